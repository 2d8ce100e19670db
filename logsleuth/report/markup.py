"""Markdown of our own in, text for a terminal out."""

from __future__ import annotations

import io

from rich.console import Console
from rich.markdown import Markdown


def for_terminal(markdown: str, *, width: int, color: bool) -> str:
    """The text as a terminal of this width shows it, with emphasis and, if wanted, colours."""
    written = io.StringIO()
    console = Console(
        file=written, width=width, force_terminal=True, no_color=not color, legacy_windows=False, highlight=False
    )
    console.print(Markdown(markdown, hyperlinks=False))
    return "\n".join(line.rstrip() for line in written.getvalue().split("\n"))
