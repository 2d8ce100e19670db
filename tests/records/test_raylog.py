"""Lines of `logsleuth.records.raylog` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "2026-01-01 10:00:00,123\tINFO worker.py:1777 -- Started",
        {
            "layers": "ray-log",
            "level": "INFO",
            "ts": "2026-01-01T10:00:00.123",
            "code": "worker.py:1777",
            "message": "Started",
        },
    ),
    (
        "[2024-06-22 14:38:16,071 E 1633 1661] (raylet) file_system_monitor.cc:111: /tmp/ray is over 95% full",
        {
            "layers": "ray-log",
            "level": "ERROR",
            "ts": "2024-06-22T14:38:16.071",
            "code": "file_system_monitor.cc:111",
            "process": "raylet",
            "pid": 1633,
            "message": "/tmp/ray is over 95% full",
        },
    ),
    (
        "[2024-06-22 14:310:16,071 C 89 89] core_worker.cc:12: Check failed",
        {
            "layers": "ray-log",
            "level": "CRITICAL",
            "ts": "2024-06-22T14:310:16.071",
            "code": "core_worker.cc:12",
            "pid": 89,
            "message": "Check failed",
        },
    ),
    (
        "(raylet) [2024-06-22 14:38:16,071 E 1633 1661] (raylet) x.cc:1: y",
        {
            "layers": "ray/ray-log",
            "level": "ERROR",
            "ts": "2024-06-22T14:38:16.071",
            "code": "x.cc:1",
            "process": "raylet",
            "pid": 1633,
            "message": "y",
        },
    ),
    (
        "INFO 2024-05-01 12:00:00,123 default_VLLMDeployment 7x2k replica.py:373 -- Started",
        {
            "layers": "ray-log",
            "level": "INFO",
            "ts": "2024-05-01T12:00:00.123",
            "code": "replica.py:373",
            "logger": "default_VLLMDeployment",
            "message": "Started",
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
