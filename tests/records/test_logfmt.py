"""Lines of `logsleuth.records.logfmt` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        'time="2024-05-01T10:00:00Z" level=error msg="failed" error="x"',
        {"layers": "logfmt", "level": "ERROR", "ts": "2024-05-01T10:00:00Z", "message": 'msg="failed" error="x"'},
    ),
    (
        'ts=2024-05-01T10:00:00.123Z caller=main.go:12 level=warn msg="x"',
        {
            "layers": "logfmt",
            "level": "WARNING",
            "ts": "2024-05-01T10:00:00.123Z",
            "code": "main.go:12",
            "message": 'msg="x"',
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
