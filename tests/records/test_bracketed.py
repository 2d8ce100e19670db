"""Lines of `logsleuth.records.bracketed` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "[2026-01-01 10:00:00,123] ERROR [engine] CUDA error",
        {
            "layers": "python",
            "level": "ERROR",
            "ts": "2026-01-01T10:00:00.123",
            "logger": "engine",
            "message": "CUDA error",
        },
    ),
    (
        "[2024-05-01 10:00:00,123] [INFO] [runner.py:568:main] cmd",
        {
            "layers": "python",
            "level": "INFO",
            "ts": "2024-05-01T10:00:00.123",
            "code": "runner.py:568:main",
            "message": "cmd",
        },
    ),
    (
        "[2024-05-01 10:00:00,123][__main__][INFO] - starting",
        {
            "layers": "python",
            "level": "INFO",
            "ts": "2024-05-01T10:00:00.123",
            "logger": "__main__",
            "message": "starting",
        },
    ),
    (
        "[2024-05-01 10:00:00,123] torch.distributed.elastic.multiprocessing.api: [ERROR] failed",
        {
            "layers": "python",
            "level": "ERROR",
            "ts": "2024-05-01T10:00:00.123",
            "logger": "torch.distributed.elastic.multiprocessing.api",
            "message": "failed",
        },
    ),
    (
        "[2024-05-01 10:00:00 +0000] [12] [INFO] Booting",
        {"layers": "python", "level": "INFO", "ts": "2024-05-01T10:00:00+0000", "message": "Booting"},
    ),
    (
        "[INFO|modeling_utils.py:3474] 2024-05-01 10:00:00,123 >> loading",
        {
            "layers": "python",
            "level": "INFO",
            "ts": "2024-05-01T10:00:00.123",
            "code": "modeling_utils.py:3474",
            "message": "loading",
        },
    ),
    (
        "[ERROR] 2024-05-01 10:00:00,123 engine: CUDA error",
        {"layers": "python", "level": "ERROR", "ts": "2024-05-01T10:00:00.123", "message": "engine: CUDA error"},
    ),
    ("[ERROR] x", {"layers": "python", "level": "ERROR", "message": "x"}),
    ("[ERROR]: x", {"layers": "python", "level": "ERROR", "message": "x"}),
    (
        "[2024-05-01 10:00:00,123] {file.py:12} ERROR - x",
        {"layers": "python", "level": "ERROR", "ts": "2024-05-01T10:00:00.123", "message": "x"},
    ),
    (
        "[2024-05-01 10:00:00] he saw an ERROR there",
        {"layers": "sglang", "ts": "2024-05-01T10:00:00", "message": "he saw an ERROR there"},
    ),
    (
        "[2025-06-05 01:31:05] INFO configprovider.py:998: Found",
        {
            "layers": "python",
            "level": "INFO",
            "ts": "2025-06-05T01:31:05",
            "code": "configprovider.py:998",
            "message": "Found",
        },
    ),
    (
        "[2024-05-01 10:00:00 INFO main] x",
        {"layers": "python", "level": "INFO", "ts": "2024-05-01T10:00:00", "message": "x"},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_line_is_taken_apart(
    peeled: Callable[[str], dict[str, str | int]], line: str, expected: dict[str, str | int]
) -> None:
    """The whole record is compared."""
    told = peeled(line)

    assert told == expected
