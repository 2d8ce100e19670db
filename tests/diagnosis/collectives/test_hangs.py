"""Standstills: what proves that ranks stopped, and the look-alikes that prove nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from logsleuth.diagnosis.collectives.hangs import Quiet, of_recorders, standstill
from logsleuth.model import Member, RankReport, ReportKind

NOTHING = Quiet()
STUCK = Quiet(is_stuck=True)
SILENT = Quiet(silence_s={0: 61.0})


def member(rank: int, *, done: bool = True, at: int | None = None, known: bool = True, size: int = 4) -> Member:
    """One of four ranks of a communicator."""
    return Member(
        process=f"gpu-1:{rank}",
        comm=f"0x{rank}",
        size=size,
        source="log",
        line=rank + 1,
        text=f"line of rank {rank}",
        rank=rank if known else None,
        id="0x76e3" if known else None,
        is_complete=done,
        op=None if at is None else "AllReduce",
        op_count=at,
    )


BEHIND = [member(rank, at=7 if rank == 2 else 9) for rank in range(4)]
LEVEL = [member(rank, at=9) for rank in range(4)]
HALF_DONE = [member(rank, done=rank % 2 == 0) for rank in range(4)]


@pytest.mark.parametrize("quiet", [STUCK, SILENT])
def test_operations_that_some_never_asked_for(quiet: Quiet) -> None:
    """With silence after them, the rank behind is named."""
    found = standstill(BEHIND, is_serving=True, quiet=quiet)

    assert found is not None
    assert found.finding.signature_id == "hang.collective"
    assert dict(found.finding.facts) == {"step": "AllReduce 9", "peer": "rank 2"}
    assert [report.last_enqueued for report in found.reports] == [9, 9, 7, 9]
    assert "line of rank 2" in [line.raw for line in found.finding.event.lines]


@pytest.mark.parametrize(
    ("members", "quiet"),
    [
        (BEHIND, NOTHING),
        (BEHIND, Quiet(silence_s={0: 5.0})),
        (LEVEL, STUCK),
        (BEHIND[:1], STUCK),
        ([member(rank, at=rank, known=False) for rank in range(3)], STUCK),
        ([member(rank, at=rank, known=False, size=2) for rank in range(4)], STUCK),
    ],
    ids=["busy", "pause", "idle", "one rank", "some ranks only", "two groups that cannot be told apart"],
)
def test_what_is_no_standstill(members: list[Member], quiet: Quiet) -> None:
    """Ranks out of step for a moment, ranks at one number, and ranks that may belong to different groups."""
    assert standstill(members, is_serving=True, quiet=quiet) is None


def test_all_ranks_of_an_unnamed_communicator() -> None:
    """As many as it has ranks must be the ranks of one."""
    found = standstill([member(rank, at=9 - rank // 3, known=False) for rank in range(4)], is_serving=True, quiet=STUCK)

    assert found is not None
    assert dict(found.finding.facts) == {"step": "AllReduce 9"}


def test_a_communicator_set_up_on_some_ranks() -> None:
    """Where nothing ever served, and every rank was seen to begin."""
    found = standstill(HALF_DONE, is_serving=False, quiet=NOTHING)

    assert found is not None
    assert dict(found.finding.facts) == {"step": "ncclCommInitRank", "peer": "rank 1, 3"}


@pytest.mark.parametrize(
    ("members", "is_serving", "quiet"),
    [
        (HALF_DONE, True, NOTHING),
        (HALF_DONE[:3], False, NOTHING),
        ([member(rank, done=False) for rank in range(4)], False, NOTHING),
        ([member(rank) for rank in range(4)], False, STUCK),
    ],
    ids=["serves", "a rank is not told of", "cut while it begins", "all complete"],
)
def test_a_communicator_that_may_be_well(members: list[Member], *, is_serving: bool, quiet: Quiet) -> None:
    """A server that serves, a log with gaps, and one that ends early."""
    assert standstill(members, is_serving=is_serving, quiet=quiet) is None


def test_nobody_finished_and_time_passed() -> None:
    """Then all of them wait for somebody who is not here."""
    assert standstill([member(rank, done=False) for rank in range(3)], is_serving=False, quiet=SILENT) is not None


def dump(rank: int, enqueued: int, *, seq: int | None = None) -> RankReport:
    """What the flight recorder of one of two ranks shows."""
    return RankReport(
        kind=ReportKind.DUMP,
        source=f"trace_{rank}",
        rank=rank,
        group="0(default_pg)",
        is_group_unique=True,
        members=(0, 1),
        seq=seq,
        op="ALLREDUCE" if seq else None,
        last_enqueued=enqueued,
        last_completed=18,
    )


def test_flight_recorders_alone_tell() -> None:
    """One rank waits in a collective that the other never asked for."""
    found = of_recorders([dump(0, 20, seq=19), dump(1, 18)])

    assert found is not None
    assert (found.finding.event.source, dict(found.finding.facts)) == ("trace_1", {"peer": "rank 1"})


@pytest.mark.parametrize(
    "reports",
    [
        [],
        [dump(0, 20, seq=19)],
        [dump(0, 18), dump(1, 18)],
        [dump(0, 20, seq=19), dump(1, 20, seq=19)],
        [replace(dump(0, 20, seq=19), kind=ReportKind.TIMEOUT), dump(1, 18)],
    ],
    ids=["none", "one rank", "all done", "all in one collective", "only one is a dump"],
)
def test_flight_recorders_that_tell_nothing(reports: list[RankReport]) -> None:
    """Ranks in the same collective may be well, and one rank alone cannot be compared."""
    assert of_recorders(reports) is None
