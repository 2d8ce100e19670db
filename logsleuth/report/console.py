"""A console that writes to a text: no markup or emoji is ever read out of what it is given."""

from __future__ import annotations

import io
from typing import Final

from rich.console import Console

NARROWEST: Final = 40


def text_console(file: io.StringIO, *, width: int, color: bool) -> Console:
    """A console of `width` columns on `file`, with ANSI colours if `color`."""
    return Console(
        file=file,
        width=max(width, NARROWEST),
        force_terminal=color,
        no_color=not color,
        color_system="standard" if color else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
