"""Lines of `logsleuth.records.process` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "(EngineCore_DP0 pid=321) ERROR 06-10 21:32:17 [core.py:58] x",
        {
            "layers": "process/vllm",
            "level": "ERROR",
            "ts": "06-10T21:32:17",
            "code": "core.py:58",
            "process": "EngineCore_DP0",
            "pid": 321,
            "message": "x",
        },
    ),
    (
        "(VllmWorker rank=1 pid=273) x",
        {"layers": "process", "process": "VllmWorker", "pid": 273, "rank": 1, "message": "x"},
    ),
    (
        "(Worker_TP1_EP1 pid=77) x",
        {"layers": "process", "process": "Worker_TP1_EP1", "pid": 77, "rank": 1, "message": "x"},
    ),
    ("(Worker_DP1_TP0 pid=77) x", {"layers": "process", "process": "Worker_DP1_TP0", "pid": 77, "message": "x"}),
    ("(Worker_PP2 pid=77) x", {"layers": "process", "process": "Worker_PP2", "pid": 77, "rank": 2, "message": "x"}),
    ("(Worker_PP1_TP2 pid=77) x", {"layers": "process", "process": "Worker_PP1_TP2", "pid": 77, "message": "x"}),
    (
        "(RayWorkerWrapper pid=1301, ip=10.0.0.2) x [repeated 7x across cluster]",
        {"layers": "ray", "node": "10.0.0.2", "process": "RayWorkerWrapper", "pid": 1301, "repeats": 7, "message": "x"},
    ),
    ("(raylet, ip=10.216.210.236) x", {"layers": "ray", "node": "10.216.210.236", "process": "raylet", "message": "x"}),
    ("(autoscaler +12s) Tip", {"layers": "ray", "process": "autoscaler", "message": "Tip"}),
    ("(pid=1301) x", {"layers": "ray", "pid": 1301, "message": "x"}),
    (
        "(Worker pid=303) (Worker_TP0 pid=303)   File",
        {"layers": "process/process", "process": "Worker_TP0", "pid": 303, "rank": 0, "message": "  File"},
    ),
    (
        "(ServeReplica:default:LLMServer pid=12, ip=10.0.0.2) x",
        {"layers": "ray", "node": "10.0.0.2", "process": "ServeReplica:default:LLMServer", "pid": 12, "message": "x"},
    ),
    ("(see pid=12 for details) x", {"message": "(see pid=12 for details) x"}),
    ("(Actor(rank=3) pid=9) x", {"layers": "process", "process": "Actor(rank=3)", "pid": 9, "message": "x"}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_line_is_taken_apart(
    peeled: Callable[[str], dict[str, str | int]], line: str, expected: dict[str, str | int]
) -> None:
    """The whole record is compared."""
    told = peeled(line)

    assert told == expected
