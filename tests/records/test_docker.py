"""Lines of `logsleuth.records.docker` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "2024-08-12T08:49:20.000000137Z INFO 08-12 08:49:20 llm_engine.py:174] Initializing",
        {
            "layers": "docker/vllm",
            "level": "INFO",
            "ts": "2024-08-12T08:49:20.000000137Z",
            "code": "llm_engine.py:174",
            "message": "Initializing",
        },
    ),
    (
        '2025-03-16T12:11:21.6051349Z   File "x.py", line 1',
        {"layers": "docker", "ts": "2025-03-16T12:11:21.6051349Z", "message": '  File "x.py", line 1'},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_line_is_taken_apart(
    peeled: Callable[[str], dict[str, str | int]], line: str, expected: dict[str, str | int]
) -> None:
    """The whole record is compared."""
    told = peeled(line)

    assert told == expected
