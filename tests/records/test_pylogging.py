"""Lines of `logsleuth.records.pylogging` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "2026-01-01 10:00:00,123 - engine.worker - ERROR - CUDA error",
        {
            "layers": "python",
            "level": "ERROR",
            "ts": "2026-01-01T10:00:00.123",
            "logger": "engine.worker",
            "message": "CUDA error",
        },
    ),
    (
        "2026-01-01 10:00:00,123 - ERROR - engine.worker - x",
        {
            "layers": "python",
            "level": "ERROR",
            "ts": "2026-01-01T10:00:00.123",
            "logger": "engine.worker",
            "message": "x",
        },
    ),
    (
        "2026-01-01 10:00:00,123 ERROR [engine] CUDA error",
        {
            "layers": "python",
            "level": "ERROR",
            "ts": "2026-01-01T10:00:00.123",
            "logger": "engine",
            "message": "CUDA error",
        },
    ),
    (
        "2026-01-01 10:00:00,123 ERROR [Errno 28] No space left",
        {"layers": "python", "level": "ERROR", "ts": "2026-01-01T10:00:00.123", "message": "[Errno 28] No space left"},
    ),
    (
        "2026-01-01 10:00:00,123 ERROR ValueError: bad",
        {"layers": "python", "level": "ERROR", "ts": "2026-01-01T10:00:00.123", "message": "ValueError: bad"},
    ),
    (
        "2026-01-01 10:00:00,123 ERROR torch.OutOfMemoryError: bad",
        {
            "layers": "python",
            "level": "ERROR",
            "ts": "2026-01-01T10:00:00.123",
            "message": "torch.OutOfMemoryError: bad",
        },
    ),
    (
        "2026-01-01 10:00:00.123 INFO 4242 --- x",
        {"layers": "python", "level": "INFO", "ts": "2026-01-01T10:00:00.123", "message": "4242 --- x"},
    ),
    (
        "25/06/09 20:10:40 WARN scheduler.TaskSetManager: Lost task",
        {
            "layers": "python",
            "level": "WARNING",
            "ts": "2025-06-09T20:10:40",
            "logger": "scheduler.TaskSetManager",
            "message": "Lost task",
        },
    ),
    (
        "2024/05/01 10:00:00 [error] 12#12: *1 upstream timed out",
        {"layers": "python", "level": "ERROR", "ts": "2024-05-01T10:00:00", "message": "12#12: *1 upstream timed out"},
    ),
    (
        "INFO 2024-05-01 10:00:00,123 engine.worker: msg",
        {
            "layers": "python",
            "level": "INFO",
            "ts": "2024-05-01T10:00:00.123",
            "logger": "engine.worker",
            "message": "msg",
        },
    ),
    (
        "engine.py           :170  2026-02-13 15:12:43,752 Error initializing",
        {"layers": "python", "ts": "2026-02-13T15:12:43.752", "code": "engine.py:170", "message": "Error initializing"},
    ),
    (
        "2026-01-01 10:00:00 INFO     padded",
        {"layers": "python", "level": "INFO", "ts": "2026-01-01T10:00:00", "message": "padded"},
    ),
    (
        '2026-01-01 10:00:00 ERROR   File "x.py"',
        {"layers": "python", "level": "ERROR", "ts": "2026-01-01T10:00:00", "message": '  File "x.py"'},
    ),
    (
        "2026-01-01 10:00:00 the pod had an ERROR state",
        {"layers": "timestamp", "ts": "2026-01-01T10:00:00", "message": "the pod had an ERROR state"},
    ),
    (
        "2026-01-01 10:00:00,123 [4242] ERROR x",
        {"layers": "python", "level": "ERROR", "ts": "2026-01-01T10:00:00.123", "message": "x"},
    ),
    (
        "2026-01-01 10:00:00,123 engine INFO x",
        {"layers": "python", "level": "INFO", "ts": "2026-01-01T10:00:00.123", "logger": "engine", "message": "x"},
    ),
    (
        "2026-01-01 10:00:00 ERROR core.py:12 - x",
        {"layers": "python", "level": "ERROR", "ts": "2026-01-01T10:00:00", "code": "core.py:12", "message": "x"},
    ),
    (
        "2026-01-01 10:00:00,123 - [UCM.Load] - x",
        {"layers": "timestamp", "ts": "2026-01-01T10:00:00.123", "logger": "UCM.Load", "message": "- [UCM.Load] - x"},
    ),
    (
        "2026-01-01 10:00:00,123 ERROR [UCM.Load] x",
        {
            "layers": "python",
            "level": "ERROR",
            "ts": "2026-01-01T10:00:00.123",
            "logger": "UCM.Load",
            "message": "[UCM.Load] x",
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_line_is_taken_apart(
    peeled: Callable[[str], dict[str, str | int]], line: str, expected: dict[str, str | int]
) -> None:
    """The whole record is compared."""
    told = peeled(line)

    assert told == expected
