"""Logs of two to sixteen ranks that gave up in a collective, each with who held it up."""

from __future__ import annotations

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
