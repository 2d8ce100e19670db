"""Lines of `logsleuth.records.sglang` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "[2026-01-01 10:00:00 TP0] MLA",
        {"layers": "sglang", "ts": "2026-01-01T10:00:00", "process": "TP0", "rank": 0, "message": "MLA"},
    ),
    (
        "[2026-01-01 10:00:00 DP1 TP8 EP8] x",
        {"layers": "sglang", "ts": "2026-01-01T10:00:00", "process": "DP1_TP8_EP8", "message": "x"},
    ),
    (
        "[2026-01-01 10:00:00 TP3 EP3] x",
        {"layers": "sglang", "ts": "2026-01-01T10:00:00", "process": "TP3_EP3", "rank": 3, "message": "x"},
    ),
    (
        "[2026-01-01 10:00:00] server_args=x",
        {"layers": "sglang", "ts": "2026-01-01T10:00:00", "message": "server_args=x"},
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_line_is_taken_apart(
    peeled: Callable[[str], dict[str, str | int]], line: str, expected: dict[str, str | int]
) -> None:
    """The whole record is compared."""
    told = peeled(line)

    assert told == expected
