"""Lines of `logsleuth.records.loguru` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "2026-01-01 10:00:00.123 | ERROR    | engine.worker:run:12 - CUDA error",
        {
            "layers": "loguru",
            "level": "ERROR",
            "ts": "2026-01-01T10:00:00.123",
            "code": "engine.worker:12",
            "logger": "engine.worker",
            "message": "CUDA error",
        },
    ),
    (
        "2026-01-01 10:00:00.123 | INFO | plain",
        {"layers": "loguru", "level": "INFO", "ts": "2026-01-01T10:00:00.123", "message": "plain"},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_line_is_taken_apart(
    peeled: Callable[[str], dict[str, str | int]], line: str, expected: dict[str, str | int]
) -> None:
    """The whole record is compared."""
    told = peeled(line)

    assert told == expected
