"""Who held up the collective, from logs of two to sixteen ranks."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.diagnosis.collectives import Stragglers, read_reports, solve
from logsleuth.model import Finding, RankReport, ReportKind
from tests.diagnosis.collectives.held_up import CASES, OLD, OTHER, TP, hears, waits

ReadLog = Callable[..., list[Finding]]


def told(found: Stragglers | None) -> tuple[str, list[int], list[int], list[int]]:
    """Why, suspects, victims, unknown."""
    assert found is not None
    suspects = [suspicion.rank for suspicion in found.suspects]
    return found.why.name, suspects, list(found.victims), list(found.unknown)


@pytest.mark.parametrize(
    ("world_size", "deaths", "lines", "expected"),
    [pytest.param(size, deaths, lines, tuple(rest), id=name) for name, size, deaths, lines, *rest in CASES],
)
def test_who_is_suspected(
    read_log: ReadLog,
    world_size: int | None,
    deaths: dict[int, str],
    lines: list[str],
    expected: tuple[str, list[int], list[int], list[int]],
) -> None:
    """The reason, the suspects, those who waited, and those of whom nothing can be said."""
    found = solve(read_reports(read_log(*lines)), world_size=world_size, deaths=deaths)

    assert told(found) == expected


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("lines", [pytest.param(lines, id=name) for name, _, _, lines, *_ in CASES])
def test_the_order_of_reports_does_not_matter(read_log: ReadLog, lines: list[str], seed: int) -> None:
    """Nor that some come twice."""
    reports = list(read_reports(read_log(*lines)))
    shuffled = [*reports, *reports[:3]]
    random.Random(seed).shuffle(shuffled)

    assert solve(shuffled, world_size=8) == solve(reports, world_size=8)


def test_every_rank_has_a_log_of_its_own(read_log: ReadLog) -> None:
    """Sixteen files of two nodes give what one file gives."""
    texts = [hears(11, 0, 40) if rank == 11 else waits(rank, 42) for rank in range(16)]
    findings = [
        finding
        for rank, text in enumerate(texts)
        for finding in read_log(text, source=f"node{rank // 8}/rank{rank}.log", source_index=rank)
    ]

    found = solve(read_reports(findings), world_size=16)

    assert found is not None
    assert told(found)[:2] == ("LAGGING", [11])
    assert (found.suspects[0].detail, found.collective.seq, found.collective.group) == ("2", 42, "0(default_pg)")
    assert (found.is_partial, found.is_group_known, found.confidence) == (False, True, 0.85)


def test_less_input_gives_less_confidence(read_log: ReadLog) -> None:
    """Missing ranks, unknown groups, and a majority of suspects each cost some."""
    whole = solve(read_reports(read_log(waits(0, 17), hears(1, 0, 16))), world_size=2)
    partial = solve(read_reports(read_log(waits(0, 17), hears(1, 0, 16))), world_size=8)
    unnamed = solve(read_reports(read_log(OLD.format(0, 17, "X"), OLD.format(1, 16, "X"))), world_size=2)
    minority = solve(read_reports(read_log(waits(0, 17), hears(1, 0, 16), hears(2, 0, 16))), world_size=3)

    assert [one and one.confidence for one in (whole, partial, unnamed, minority)] == [0.85, 0.72, 0.42, 0.59]


def test_the_collective_is_that_of_the_victims(read_log: ReadLog) -> None:
    """With its size and limit, from the group that is told in the line below."""
    lines = [waits(0, 9, group=TP), waits(1, 9, group=TP, op="BROADCAST"), waits(2, 9, group=TP)]

    found = solve(read_reports(read_log(*lines)))

    assert found is not None
    one = found.collective
    assert (one.group, one.seq, one.op, one.numel_in, one.timeout_ms) == ("3(tp:0)", 9, "ALLREDUCE", 4096, 600000)


def test_a_rank_in_a_group_is_not_a_rank_of_the_job(read_log: ReadLog) -> None:
    """What the dying process prints tells only the former; it is looked up."""
    crash = "  what():  [PG ID 2 PG GUID 4(tp:1) Rank 1] Process group watchdog thread terminated with exception: [Rank 1] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=17, OpType=ALLREDUCE, NumelIn=4096, NumelOut=4096, Timeout(ms)=600000) ran for 600020 milliseconds before timing out."
    lines = [waits(6, 17, group=OTHER, group_rank=0), waits(7, 17, group=OTHER, group_rank=1), crash.strip()]

    found = solve(read_reports(read_log(*lines)))

    assert found is not None
    assert found.victims == (6, 7)


def test_names_that_several_groups_share_are_in_doubt(read_log: ReadLog) -> None:
    """Before torch 2.5 a group is numbered within its process."""
    lines = [waits(rank, 17 if rank < 2 else 5, group="PG 3", group_rank=rank % 2) for rank in range(4)]

    found = solve(read_reports(read_log(*lines)))

    assert found is not None
    assert not found.is_group_known
    assert found.confidence < 0.6


def test_hearsay_names_no_suspect(read_log: ReadLog) -> None:
    """The rank that gave up first is told, and its log is missing."""
    found = solve(read_reports(read_log(hears(0, 7, 16), hears(1, 7, 16))), world_size=8)

    assert found is not None
    assert told(found) == ("UNKNOWN", [], [], [0, 1])
    assert found.heard == ((0, 7), (1, 7))


def test_without_reports_there_is_no_answer() -> None:
    """Deaths alone are no matter of collectives."""
    assert solve((), world_size=4, deaths={1: "exit code -9"}) is None


def test_flight_recorders_are_solved_the_same_way() -> None:
    """They also tell who belongs to the group."""

    def dump(rank: int, last: int, seq: int | None) -> RankReport:
        return RankReport(
            kind=ReportKind.DUMP,
            source=f"nccl_trace_rank_{rank}.json",
            rank=rank,
            group="0(default_pg)",
            is_group_unique=True,
            members=(0, 1, 2, 3),
            seq=seq,
            op="ALLREDUCE" if seq else None,
            last_enqueued=last,
            last_completed=16,
        )

    lagging = solve([dump(0, 19, 17), dump(1, 16, None), dump(2, 19, 17), dump(3, 18, 17)])
    missing = solve([dump(0, 19, 17), dump(2, 19, 17), dump(3, 19, 17)])

    assert told(lagging) == ("LAGGING", [1], [0, 2, 3], [])
    assert told(missing) == ("SILENT", [1], [0, 2, 3], [])
    assert lagging is not None
    assert lagging.world_size == 4


NUMBERS = st.none() | st.integers(-1, 5)
REPORTS = st.builds(
    RankReport,
    kind=st.sampled_from(ReportKind),
    source=st.sampled_from(["a", "b"]),
    line=st.integers(1, 3),
    rank=st.none() | st.integers(0, 4),
    group=st.none() | st.sampled_from(["0(default_pg)", "3(tp:0)", "PG 1"]),
    group_rank=st.none() | st.integers(0, 4),
    is_group_unique=st.booleans(),
    members=st.sampled_from([(), (0, 1, 2)]),
    seq=st.none() | st.integers(0, 5),
    op=st.none() | st.sampled_from(["ALLREDUCE", "SEND", "GATHER"]),
    numel_in=NUMBERS,
    last_enqueued=NUMBERS,
    last_completed=NUMBERS,
    signal_from=st.none() | st.integers(0, 4),
    named=st.sampled_from([(), (1,), (0, 9)]),
)


@given(
    reports=st.lists(REPORTS, max_size=8), size=st.none() | st.integers(1, 6), seed=st.randoms(use_true_random=False)
)
def test_any_reports_give_a_result_that_order_does_not_change(
    reports: list[RankReport], size: int | None, seed: random.Random
) -> None:
    """Nobody is a suspect and a victim at once."""
    found = solve(reports, world_size=size, deaths={3: "exit code -9"})
    shuffled = list(reports)
    seed.shuffle(shuffled)

    assert solve(shuffled, world_size=size, deaths={3: "exit code -9"}) == found
    if found is not None:
        ranks = [suspicion.rank for suspicion in found.suspects]
        assert len(set(ranks) | set(found.victims) | set(found.unknown)) == len(
            (*ranks, *found.victims, *found.unknown)
        )
        assert 0 < found.confidence <= 0.9
