"""Ranks that stop inside a collective, through the whole analysis, and healthy logs that look alike."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

import logsleuth

START = (
    "gpu-1:41{0}:50{0} [{0}] NCCL INFO ncclCommInitRank comm 0x55d{0} rank {0} nranks 4 cudaDev {0} nvmlDev {0} "
    "busId {0}9000 commId 0x76e3 - Init START"
)
BEGUN = [START.format(rank) for rank in range(4)]
DONE = [line.replace("START", "COMPLETE") for line in BEGUN]
SERVED = 'INFO:     10.42.1.3:40000 - "POST /v1/completions HTTP/1.1" 200 OK'


def operations(last: list[int]) -> list[str]:
    """Each rank's operations up to its last one."""
    line = (
        "gpu-1:41{0}:50{0} [{0}] NCCL INFO AllReduce: opCount {1:x} sendbuff 0x7f2a recvbuff 0x7f2b count 8 datatype 9 "
        "op 0 root 0 comm 0x55d{0} [nranks=4] stream 0x4b"
    )
    return [line.format(rank, at) for at in range(max(last) + 1) for rank in range(4) if at <= last[rank]]


def at(minute: int, lines: list[str]) -> list[str]:
    """The lines as a container runtime writes them."""
    return [f"2026-04-14T08:{minute:02d}:05.000000000Z stderr F {line}" for line in lines]


def ids(lines: list[str]) -> list[str]:
    """The diagnoses of a log."""
    report = logsleuth.analyze("\n".join([*lines, ""]).encode())
    return [diagnosis.id for diagnosis in report.diagnoses]


@pytest.mark.parametrize(
    "lines",
    [
        [*at(1, BEGUN), *at(1, DONE), *at(2, operations([9, 9, 7, 9])), *at(9, ["tick"])],
        [*BEGUN, *DONE[:3]],
        [*at(1, BEGUN), *at(9, ["tick"])],
    ],
    ids=["an operation that one rank never asked for", "three of four are set up", "nobody is set up"],
)
def test_ranks_that_stopped(lines: list[str]) -> None:
    """The hang is the answer."""
    assert ids(lines)[0] == "hang.collective"


@pytest.mark.parametrize(
    "lines",
    [
        [*at(1, BEGUN), *at(1, DONE), *at(2, operations([9, 9, 7, 9]))],
        [*at(1, BEGUN), *at(1, DONE), *at(2, operations([9, 9, 9, 9])), *at(9, ["tick"])],
        [*BEGUN, *DONE[:3], SERVED],
        [*BEGUN, *DONE],
        BEGUN,
    ],
    ids=["cut while busy", "idle", "serves", "all set up", "cut at the start"],
)
def test_look_alikes(lines: list[str]) -> None:
    """Nothing is reported of logs that merely end."""
    assert ids(lines) == []


def test_flight_recorders_without_any_log(tmp_path: Path) -> None:
    """They are an input of their own, and the rank that is missing is named."""
    for rank, enqueued in ((0, 20), (1, 18)):
        entries = [
            {
                "pg_id": 0,
                "process_group": ["0", "default_pg"],
                "collective_seq_id": seq,
                "profiling_name": "nccl:all_reduce",
                "state": "completed" if seq <= 18 else "scheduled",
            }
            for seq in range(10, enqueued + 1)
        ]
        config = {"0": {"name": "0", "desc": "default_pg", "ranks": "[0, 1]"}}
        dump = {"version": "2.5", "pg_config": config, "entries": entries}
        (tmp_path / f"trace_rank_{rank}").write_bytes(orjson.dumps(dump))

    report = logsleuth.analyze(tmp_path)

    assert [(one.id, dict(one.facts)["suspect"]) for one in report.diagnoses] == [("hang.collective", "rank 1")]
    assert report.stats.sources == 2
