"""Lines of `logsleuth.records.kernel` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    ("[12345.678901] NVRM: Xid", {"layers": "kernel", "process": "kernel", "message": "NVRM: Xid"}),
    (
        "[    5.123456][ T1234] nvidia 0000:01:00.0: x",
        {"layers": "kernel", "process": "kernel", "message": "nvidia 0000:01:00.0: x"},
    ),
    (
        "[Tue Mar  3 10:00:00 2026] Out of memory: Killed process 4242",
        {
            "layers": "kernel",
            "ts": "2026-03-03T10:00:00",
            "process": "kernel",
            "message": "Out of memory: Killed process 4242",
        },
    ),
    ("<4>[12345.678901] NVRM: x", {"layers": "kernel", "level": "WARNING", "process": "kernel", "message": "NVRM: x"}),
    (
        "kern  :warn  : [12345.678901] NVRM: x",
        {"layers": "kernel", "level": "WARNING", "process": "kernel", "message": "NVRM: x"},
    ),
    ("kernel: [ 8231.518049] NVRM: Xid", {"layers": "kernel", "process": "kernel", "message": "NVRM: Xid"}),
    ("[12345.678901]  ? __schedule+0x1", {"layers": "kernel", "process": "kernel", "message": " ? __schedule+0x1"}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_line_is_taken_apart(
    peeled: Callable[[str], dict[str, str | int]], line: str, expected: dict[str, str | int]
) -> None:
    """The whole record is compared."""
    told = peeled(line)

    assert told == expected
