"""Lines of `logsleuth.records.cri` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "2026-04-22T20:58:00.000000137Z stderr F INFO 04-22 20:58:00 [__init__.py:225] Automatically detected platform cuda.",
        {
            "layers": "cri/vllm",
            "level": "INFO",
            "ts": "2026-04-22T20:58:00.000000137Z",
            "code": "__init__.py:225",
            "message": "Automatically detected platform cuda.",
        },
    ),
    (
        "2026-11-20T06:00:00.123456789+08:00 stdout P   the first part",
        {"layers": "cri", "ts": "2026-11-20T06:00:00.123456789+08:00", "message": "  the first part"},
    ),
    ("2026-11-20T06:00:00Z stdout F", {"layers": "cri", "ts": "2026-11-20T06:00:00Z", "message": ""}),
    ("2026-11-20T06:00:00Z stdin F x", {"layers": "timestamp", "ts": "2026-11-20T06:00:00Z", "message": "stdin F x"}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_line_is_taken_apart(
    peeled: Callable[[str], dict[str, str | int]], line: str, expected: dict[str, str | int]
) -> None:
    """The whole record is compared."""
    told = peeled(line)

    assert told == expected
