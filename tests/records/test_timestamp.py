"""Lines of `logsleuth.records.timestamp` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "2024-11-25T08:17:20.123Z WARNING 11-25 08:17:20 multiproc_gpu_executor.py:53] Reducing",
        {
            "layers": "timestamp/vllm",
            "level": "WARNING",
            "ts": "2024-11-25T08:17:20.123Z",
            "code": "multiproc_gpu_executor.py:53",
            "message": "Reducing",
        },
    ),
    (
        "2026-01-01 10:00:00 Loading safetensors checkpoint shards",
        {"layers": "timestamp", "ts": "2026-01-01T10:00:00", "message": "Loading safetensors checkpoint shards"},
    ),
    (
        "2026-03-03T10:00:00,123456+08:00 NVRM: Xid",
        {"layers": "timestamp", "ts": "2026-03-03T10:00:00.123456+08:00", "message": "NVRM: Xid"},
    ),
    (
        "Jun 10 21:32:17 INFO 06-10 21:32:17 [core.py:58] Initializing",
        {
            "layers": "timestamp/vllm",
            "level": "INFO",
            "ts": "06-10T21:32:17",
            "code": "core.py:58",
            "message": "Initializing",
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
