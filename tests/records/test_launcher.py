"""Lines of `logsleuth.records.launcher` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "0: INFO 06-10 21:32:17 [core.py:58] x",
        {
            "layers": "srun/vllm",
            "level": "INFO",
            "ts": "06-10T21:32:17",
            "code": "core.py:58",
            "rank": 0,
            "message": "x",
        },
    ),
    (
        " 3: Traceback (most recent call last):",
        {"layers": "srun", "rank": 3, "message": "Traceback (most recent call last):"},
    ),
    ('12:   File "x.py", line 1', {"layers": "srun", "rank": 12, "message": '  File "x.py", line 1'}),
    ("   0: rust_begin_unwind", {"message": "   0: rust_begin_unwind"}),
    (
        "[default0]:[rank8]: Traceback (most recent call last):",
        {"layers": "torchrun/rank", "rank": 8, "message": "Traceback (most recent call last):"},
    ),
    ('[default3]:  File "x.py", line 1', {"layers": "torchrun", "rank": 3, "message": '  File "x.py", line 1'}),
    (
        "[rank1]:[E810 03:04:11.061727749 ProcessGroupNCCL.cpp:683] [Rank 1] Watchdog caught",
        {
            "layers": "rank/glog",
            "level": "ERROR",
            "ts": "08-10T03:04:11.061727749",
            "code": "ProcessGroupNCCL.cpp:683",
            "rank": 1,
            "message": "[Rank 1] Watchdog caught",
        },
    ),
    ('[rank1]:   File "x.py"', {"layers": "rank", "rank": 1, "message": '  File "x.py"'}),
    ("[1,3]<stderr>:RuntimeError: x", {"layers": "mpirun", "rank": 3, "message": "RuntimeError: x"}),
    (
        "[gpu-node-3:12345] *** Process received signal ***",
        {"layers": "mpirun", "node": "gpu-node-3", "pid": 12345, "message": "*** Process received signal ***"},
    ),
    ("[core.py:58] x", {"message": "[core.py:58] x"}),
    ("[Rank 1] Watchdog caught", {"message": "[Rank 1] Watchdog caught"}),
    (
        "[launcher]: I0908 17:40:30.911 launch.py:212] x",
        {
            "layers": "torchrun/glog",
            "level": "INFO",
            "ts": "09-08T17:40:30.911",
            "code": "launch.py:212",
            "process": "launcher",
            "message": "x",
        },
    ),
    ("[info1]: x", {"message": "[info1]: x"}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_line_is_taken_apart(
    peeled: Callable[[str], dict[str, str | int]], line: str, expected: dict[str, str | int]
) -> None:
    """The whole record is compared."""
    told = peeled(line)

    assert told == expected
