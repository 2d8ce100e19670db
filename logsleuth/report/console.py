"""Styled lines in, text out: no markup or emoji is ever read out of what is given."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Final

from rich.text import Text

NARROWEST: Final = 40  # columns of a page, whatever the terminal says
TAB: Final = 8


def printed(lines: Iterable[Text], *, color: bool) -> str:
    """These lines as they are, however long, without the space at their ends; with ANSI colours if `color`."""
    said = _colored(lines) if color else "".join(f"{_plain(line)}\n" for line in lines)
    return "\n".join(line.rstrip() for line in said.split("\n"))


def _plain(line: Text) -> str:
    if "\t" in line.plain:
        line = line.copy()
        line.expand_tabs(TAB)
    return line.plain


def _colored(lines: Iterable[Text]) -> str:
    from rich.console import Console  # noqa: PLC0415  half of what a report costs, and a pipe has no colours

    file = io.StringIO()
    console = Console(
        file=file,
        width=NARROWEST,  # of no account: lines are broken before
        tab_size=TAB,
        force_terminal=True,
        no_color=False,
        color_system="standard",
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    for line in lines:
        console.print(line, soft_wrap=True)
    return file.getvalue()
