"""Lines of `logsleuth.records.uvicorn` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        'INFO:     10.0.0.1:5000 - "POST /v1/completions HTTP/1.1" 500 Internal Server Error',
        {
            "layers": "uvicorn",
            "level": "INFO",
            "message": '10.0.0.1:5000 - "POST /v1/completions HTTP/1.1" 500 Internal Server Error',
        },
    ),
    (
        "ERROR:    Exception in ASGI application",
        {"layers": "uvicorn", "level": "ERROR", "message": "Exception in ASGI application"},
    ),
    ("WARNING:  x", {"layers": "uvicorn", "level": "WARNING", "message": "x"}),
    (
        'INFO: user said "Traceback (most recent call last):"',
        {"layers": "uvicorn", "level": "INFO", "message": 'user said "Traceback (most recent call last):"'},
    ),
    (
        "ERROR:asyncio:Task exception was never retrieved",
        {"layers": "python", "level": "ERROR", "logger": "asyncio", "message": "Task exception was never retrieved"},
    ),
    ("INFO://x", {"message": "INFO://x"}),
    ("ERROR:", {"layers": "uvicorn", "level": "ERROR", "message": ""}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_line_is_taken_apart(
    peeled: Callable[[str], dict[str, str | int]], line: str, expected: dict[str, str | int]
) -> None:
    """The whole record is compared."""
    told = peeled(line)

    assert told == expected
