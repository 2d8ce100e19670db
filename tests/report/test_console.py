"""Lines come out as they are; colours change nothing else."""

from __future__ import annotations

import re

import pytest
from rich.text import Text

from logsleuth.report.console import printed

ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (Text("[bold]x[/] :smile: https://x.y"), "[bold]x[/] :smile: https://x.y\n"),
        (Text("word " * 40), ("word " * 40).rstrip() + "\n"),
        (Text("a\tb 你\tc"), "a       b 你    c\n"),
        (Text("a  \n\n  b"), "a\n\n  b\n"),
        (Text(), "\n"),
        (Text("a\x07\x1b[31mb"), "a\x1b[31mb\n"),
        (Text("red ", "bold red").append("dim", "dim"), "red dim\n"),
    ],
)
def test_a_line_is_not_touched(line: Text, said: str) -> None:
    """Whether or not it is coloured; sequences of the log were made harmless before."""
    assert printed([line], color=False) == said
    assert ANSI.sub("", printed([line], color=True)) == ANSI.sub("", said)


def test_colours() -> None:
    """Those of the standard palette."""
    assert printed([Text("x", "bold red"), Text("y")], color=True) == "\x1b[1;31mx\x1b[0m\ny\n"
