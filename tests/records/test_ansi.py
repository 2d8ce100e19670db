"""Colour sequences in all the forms that files hold."""

from __future__ import annotations

import pytest

from logsleuth.records.ansi import strip_ansi


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[1;36m(EngineCore pid=1)\x1b[0;0m x", "(EngineCore pid=1) x"),
        ("#033[36m(a pid=2)#033[0m x", "(a pid=2) x"),
        ("^[[36m(a pid=2)^[[0m x", "(a pid=2) x"),
        ("\\x1b[36m(a pid=2)\\x1b[0m x", "(a pid=2) x"),
        ("[36m(a pid=2)[0m x", "(a pid=2) x"),
        ("[32;20m[2026-01-06 10:21:05,355] LMCache INFO:\x1b[0m x", "[2026-01-06 10:21:05,355] LMCache INFO: x"),
        ("\x1b]0;title\x07x\x1b[K\x1b[2Ay", "xy"),
        ("a\x1bHello", "aHello"),
        ("rate(x[5m]) [0 minutes]", "rate(x[5m]) [0 minutes]"),
        ("x [0m] y", "x [0m] y"),
        ("plain", "plain"),
    ],
)
def test_colours_go_and_text_stays(text: str, expected: str) -> None:
    """Only what a terminal would have swallowed is taken out."""
    stripped = strip_ansi(text)

    assert stripped == expected
