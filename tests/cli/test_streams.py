"""What a command says on its streams."""

from __future__ import annotations

import io
import sys

import pytest

from logsleuth.cli import streams
from logsleuth.cli.streams import with_progress

ITEMS = (
    b"x" * 3_000_000,
    b"",
)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It does."""
        return True


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Standard error at a terminal, with progress after every block; pytest replaces it between fixture and test."""
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(streams, "EVERY_SECONDS", -1)
    monkeypatch.setenv("TERM", "xterm")
    return stream


def test_progress_is_shown_and_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The items pass unchanged."""
    screen = terminal(monkeypatch)

    assert tuple(with_progress(iter(ITEMS), len, is_wanted=True)) == ITEMS
    assert "3 MB read" in screen.getvalue()
    assert screen.getvalue().endswith("\r\x1b[K")


def test_an_interrupt_wipes_the_progress(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line does not stay behind."""
    screen = terminal(monkeypatch)
    items = with_progress(iter(ITEMS), len, is_wanted=True)
    next(items)

    with pytest.raises(KeyboardInterrupt):
        items.throw(KeyboardInterrupt)  # type: ignore[attr-defined]  # it is a generator

    assert screen.getvalue().endswith("\r\x1b[K")


def test_quiet_and_dumb_terminals_see_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor do files and pipes."""
    screen = terminal(monkeypatch)

    assert tuple(with_progress(iter(ITEMS), len, is_wanted=False)) == ITEMS

    monkeypatch.setenv("TERM", "dumb")

    assert tuple(with_progress(iter(ITEMS), len, is_wanted=True)) == ITEMS

    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setenv("TERM", "xterm")

    assert tuple(with_progress(iter(ITEMS), len, is_wanted=True)) == ITEMS
    assert screen.getvalue() == ""
