"""Lines of `logsleuth.records.tracing` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "2025-03-27T15:41:41.626604Z  INFO dynamo_run: Dynamo",
        {
            "layers": "tracing",
            "level": "INFO",
            "ts": "2025-03-27T15:41:41.626604Z",
            "logger": "dynamo_run",
            "message": "Dynamo",
        },
    ),
    (
        "2024-02-28T10:01:01.123456Z ERROR text_generation_launcher:   x",
        {
            "layers": "tracing",
            "level": "ERROR",
            "ts": "2024-02-28T10:01:01.123456Z",
            "logger": "text_generation_launcher",
            "message": "  x",
        },
    ),
    (
        "2024-02-28T10:01:01.123456Z ERROR health:batch{id=1}: text_generation_client: router/src/lib.rs:33: Server error",
        {
            "layers": "tracing",
            "level": "ERROR",
            "ts": "2024-02-28T10:01:01.123456Z",
            "code": "router/src/lib.rs:33",
            "logger": "text_generation_client",
            "message": "Server error",
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
