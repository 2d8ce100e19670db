"""Markdown becomes text for a terminal."""

from __future__ import annotations

from logsleuth.report.markup import for_terminal

PAGE = "# Title\n\n`an.id` and more words than fit into one line of this terminal\n\n```sh\nls  -l\n```\n"


def test_without_colours() -> None:
    """Wrapped, with emphasis alone; commands stay as they are."""
    text = for_terminal(PAGE, width=40, color=False)

    assert "Title" in text
    assert "ls  -l" in text
    assert "```" not in text
    assert "\x1b[3" not in text
    assert not any(line.endswith(" ") for line in text.split("\n"))


def test_with_colours() -> None:
    """Where the terminal shows them."""
    assert "\x1b[" in for_terminal(PAGE, width=40, color=True)
