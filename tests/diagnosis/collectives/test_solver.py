"""Who held up the collective, from logs of two to sixteen ranks."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.diagnosis.collectives import Stragglers, read_reports, solve
from logsleuth.model import Finding, RankReport, ReportKind

ReadLog = Callable[..., list[Finding]]
TP = "PG ID 2 PG GUID 3(tp:0)"
OTHER = "PG ID 2 PG GUID 4(tp:1)"
OLD = "[E ProcessGroupNCCL.cpp:737] [Rank {}] Watchdog caught collective operation timeout: WorkNCCL(SeqNum={}, OpType={}, Timeout(ms)=1800000) ran for 1802212 milliseconds before timing out."


def at(rank: int, place: int) -> str:
    """The prefix of c10's logger."""
    return f"[rank{rank}]:[E1120 04:11:02.{rank:09d} ProcessGroupNCCL.cpp:{place}] "


def waits(  # noqa: PLR0913  a builder for tables
    rank: int,
    seq: int,
    *,
    enqueued: int | None = None,
    group: str = "PG ID 0 PG GUID 0(default_pg)",
    group_rank: int | None = None,
    op: str = "ALLREDUCE",
    numel: int = 4096,
) -> str:
    """What a rank of torch 2.6 or later prints that gave up in collective `seq`."""
    inner = rank if group_rank is None else group_rank
    return (
        f"{at(rank, 632)}[Rank {inner}] Watchdog caught collective operation timeout: WorkNCCL(SeqNum={seq}, OpType={op},"
        f" NumelIn={numel}, NumelOut={numel}, Timeout(ms)=600000) ran for 60002{rank} milliseconds before timing out.\n"
        f"{at(rank, 2271)}[{group} Rank {inner}]  failure detected by watchdog at work sequence id: {seq} PG status:"
        f" last enqueued work: {seq + 2 if enqueued is None else enqueued}, last completed work: {seq - 1}"
    )


def hears(rank: int, by: int, last: int) -> str:
    """What a rank prints that only learns of the time-out; its progress is that of the default group."""
    return (
        f"{at(rank, 1685)}[PG ID 0 PG GUID 0(default_pg) Rank {rank}] Observed flight recorder dump signal from another"
        f" rank via TCPStore.\n"
        f"{at(rank, 1746)}[PG ID 0 PG GUID 0(default_pg) Rank {rank}] Received a dump signal due to a collective timeout"
        f" from  rank {by} and we will try our best to dump the debug info. Last enqueued NCCL work: {last}, last"
        f" completed NCCL work: {last}.This is most likely caused by incorrect usages of collectives"
    )


def told(found: Stragglers | None) -> tuple[str, list[int], list[int], list[int]]:
    """Why, suspects, victims, unknown."""
    assert found is not None
    suspects = [suspicion.rank for suspicion in found.suspects]
    return found.why.name, suspects, list(found.victims), list(found.unknown)


EVERYBODY = tuple(waits(rank, 17) for rank in range(8))
# (name, world size, deaths, lines, why, suspects, victims, unknown)
CASES = [
    ("one lags", 8, {}, [*EVERYBODY[:5], hears(5, 0, 12), *EVERYBODY[6:]], "LAGGING", [5], [0, 1, 2, 3, 4, 6, 7], []),
    ("one of two lags", 2, {}, [waits(0, 17), hears(1, 0, 16)], "LAGGING", [1], [0], []),
    (
        "one waits in an earlier one, and asked for no more",
        4,
        {},
        [waits(0, 42), waits(1, 42), waits(2, 40, enqueued=40, op="ALLGATHER"), waits(3, 42)],
        "LAGGING",
        [2],
        [0, 1, 3],
        [],
    ),
    (
        "one issued another operation",
        4,
        {},
        [waits(0, 9), waits(1, 9, op="BROADCAST"), waits(2, 9), waits(3, 9)],
        "MISMATCHED",
        [1],
        [0, 2, 3],
        [],
    ),
    (
        "one issued another size",
        4,
        {},
        [waits(0, 9), waits(1, 9), waits(2, 9), waits(3, 9, numel=8192)],
        "MISMATCHED",
        [3],
        [0, 1, 2],
        [],
    ),
    ("two disagree", 2, {}, [waits(0, 9), waits(1, 9, op="BROADCAST")], "MISMATCHED", [0, 1], [], []),
    (
        "one was killed",
        4,
        {2: "exit code -9, SIGKILL"},
        [waits(0, 9), waits(1, 9), waits(3, 9)],
        "DIED",
        [2],
        [0, 1, 3],
        [],
    ),
    (
        "who waited did not die first",
        4,
        {1: "exit code 1"},
        [waits(0, 9), waits(1, 9), hears(2, 0, 8), waits(3, 9)],
        "LAGGING",
        [2],
        [0, 1, 3],
        [],
    ),
    ("one is silent", 8, {}, [*EVERYBODY[:6], EVERYBODY[7]], "SILENT", [6], [0, 1, 2, 3, 4, 5, 7], []),
    ("one of two is silent", 2, {}, [waits(0, 9)], "SILENT", [1], [0], []),
    ("all are even", 8, {}, EVERYBODY, "EVEN", [], list(range(8)), []),
    ("most logs are missing", 16, {}, EVERYBODY[:2], "UNKNOWN", [], [0, 1], list(range(2, 16))),
    ("nothing is known of the world", None, {}, EVERYBODY[:4], "EVEN", [], [0, 1, 2, 3], []),
    (
        "a rank heard of a group's time-out and waits nowhere",
        4,
        {},
        [*(waits(rank, 17, group=TP) for rank in (0, 1, 3)), hears(2, 0, 9)],
        "ABSENT",
        [2],
        [0, 1, 3],
        [],
    ),
    (
        "another group only hears of it",
        8,
        {},
        [*(waits(rank, 17, group=TP) for rank in range(4)), *(hears(rank, 0, 9) for rank in range(4, 8))],
        "UNKNOWN",
        [],
        [0, 1, 2, 3],
        [4, 5, 6, 7],
    ),
    (
        "numbers of two groups are not compared",
        4,
        {},
        [
            *(waits(rank, 90, group=TP) for rank in (0, 1)),
            *(waits(rank, 17, group=OTHER, group_rank=rank - 2) for rank in (2, 3)),
        ],
        "EVEN",
        [],
        [0, 1],
        [2, 3],
    ),
    (
        "a rank that waits in one group holds up the other",
        4,
        {},
        [
            *(waits(rank, 90) for rank in (0, 1, 2)),
            hears(3, 0, 88),
            waits(3, 17, group=OTHER, group_rank=1),
            (
                f"{at(2, 1746)}[{OTHER} Rank 0] Received a dump signal due to a collective timeout from this local rank."
                " Last enqueued NCCL work: 16, last completed NCCL work: 16."
            ),
        ],
        "LAGGING",
        [3],
        [0, 1, 2],
        [],
    ),
    (
        "PyTorch names one",
        8,
        {},
        [
            EVERYBODY[0],
            f"{at(0, 1937)}To our best knowledge, ranks [7] are the lagging ranks that caused this timeout.",
        ],
        "NAMED",
        [7],
        [0],
        [1, 2, 3, 4, 5, 6],
    ),
    (
        "a stuck watchdog",
        4,
        {},
        [waits(0, 9), waits(1, 9), waits(3, 9), f"{at(2, 1)}ProcessGroupNCCL's watchdog got stuck for 480 seconds"],
        "STUCK",
        [2],
        [0, 1, 3],
        [],
    ),
    (
        "one went ahead",
        4,
        {},
        [waits(0, 9), waits(1, 9), waits(2, 9), waits(3, 12)],
        "AHEAD",
        [3],
        [0, 1, 2],
        [],
    ),
    (
        "one stands behind in the GPU's queue",
        4,
        {},
        [*(waits(rank, 5730, enqueued=6464, op="BROADCAST") for rank in (0, 1, 2)), waits(3, 5729, enqueued=6464)],
        "BEHIND",
        [3],
        [0, 1, 2],
        [],
    ),
    (
        "one program is slower",
        4,
        {},
        [*(waits(rank, 17, enqueued=40) for rank in (0, 1, 3)), waits(2, 17, enqueued=17)],
        "SLOWER",
        [2],
        [0, 1, 3],
        [],
    ),
    (
        "torch before groups had names",
        4,
        {},
        [OLD.format(0, 17, "ALLREDUCE"), OLD.format(1, 16, "ALLREDUCE"), OLD.format(3, 17, "ALLREDUCE")],
        "SILENT",
        [2, 1],
        [0, 3],
        [],
    ),
    (
        "a send and its receive are no mismatch",
        2,
        {},
        [waits(0, 4, op="SEND"), waits(1, 4, op="RECV")],
        "EVEN",
        [],
        [0, 1],
        [],
    ),
    (
        "a root that gathers has other sizes",
        3,
        {},
        [waits(0, 4, op="GATHER", numel=4), waits(1, 4, op="GATHER", numel=0), waits(2, 4, op="GATHER", numel=0)],
        "EVEN",
        [],
        [0, 1, 2],
        [],
    ),
    (
        "a gap between those that speak",
        None,
        {},
        [*(waits(rank, 17, group=TP) for rank in (8, 9, 10, 12, 13, 14, 15))],
        "SILENT",
        [11],
        [8, 9, 10, 12, 13, 14, 15],
        [],
    ),
    (
        "many gaps are other groups' ranks",
        None,
        {},
        [OLD.format(rank, 17, "ALLREDUCE") for rank in (25, 28, 30)],
        "UNKNOWN",
        [],
        [25, 28, 30],
        [],
    ),
    (
        "far numbers without a group are another group's",
        2,
        {},
        [OLD.format(0, 96120, "ALLREDUCE"), OLD.format(1, 64088, "ALLREDUCE")],
        "UNKNOWN",
        [],
        [0, 1],
        [],
    ),
    (
        "a rank number out of a damaged line",
        None,
        {},
        [waits(0, 17), waits(9_999_999, 17)],
        "UNKNOWN",
        [],
        [0, 9_999_999],
        list(range(1, 100_000)),
    ),
    (
        "rank 0 alone took another path",
        8,
        {},
        [waits(0, 17), *(hears(rank, 0, 16) for rank in range(1, 8))],
        "LAGGING",
        [1, 2, 3, 4, 5, 6, 7],
        [0],
        [],
    ),
]


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
