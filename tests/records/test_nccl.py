"""Lines of `logsleuth.records.nccl` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "gpu-b03:21405:22305 [0] misc/socket.cc:50 NCCL WARN socketProgress: x",
        {
            "layers": "nccl",
            "level": "WARNING",
            "code": "misc/socket.cc:50",
            "node": "gpu-b03",
            "pid": 21405,
            "rank": 0,
            "message": "socketProgress: x",
        },
    ),
    (
        "[2026-01-01 10:00:00] gpu-b03:21405:22305 [0] misc/socket.cc:71 (ncclSocketPoll) NCCL WARN x",
        {
            "layers": "nccl",
            "level": "WARNING",
            "ts": "2026-01-01T10:00:00",
            "code": "misc/socket.cc:71",
            "node": "gpu-b03",
            "pid": 21405,
            "rank": 0,
            "message": "x",
        },
    ),
    (
        "node5:4100:4160 [0] NCCL INFO transport/net_socket.cc:420 -> 6",
        {
            "layers": "nccl",
            "level": "INFO",
            "node": "node5",
            "pid": 4100,
            "rank": 0,
            "message": "transport/net_socket.cc:420 -> 6",
        },
    ),
    (
        "(RayWorkerWrapper pid=3468, ip=10.0.0.2) kp-0:3468:3905 [4] transport/net_ib.cc:1909 NCCL WARN x",
        {
            "layers": "ray/nccl",
            "level": "WARNING",
            "code": "transport/net_ib.cc:1909",
            "node": "10.0.0.2",
            "process": "RayWorkerWrapper",
            "pid": 3468,
            "rank": 4,
            "message": "x",
        },
    ),
    (
        "[rank9]:kp-0:3468:3905 [1] NCCL INFO x",
        {"layers": "rank/nccl", "level": "INFO", "node": "kp-0", "pid": 3468, "rank": 9, "message": "x"},
    ),
    ("NCCL WARN x", {"message": "NCCL WARN x"}),
    ("host vllm: NCCL WARN x", {"message": "host vllm: NCCL WARN x"}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_line_is_taken_apart(
    peeled: Callable[[str], dict[str, str | int]], line: str, expected: dict[str, str | int]
) -> None:
    """The whole record is compared."""
    told = peeled(line)

    assert told == expected
