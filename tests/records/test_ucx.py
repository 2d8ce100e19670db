"""Lines of `logsleuth.records.ucx` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "[1762345678.123456] [gpu-node-3:12345:0]       ucp_worker.c:1855 UCX  ERROR no active messages transport",
        {
            "layers": "ucx",
            "level": "ERROR",
            "code": "ucp_worker.c:1855",
            "node": "gpu-node-3",
            "pid": 12345,
            "message": "no active messages transport",
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
