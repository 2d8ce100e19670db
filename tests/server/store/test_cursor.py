"""Cursors travel through addresses; others are refused."""

from __future__ import annotations

import pytest

from logsleuth.server.store.cursor import CursorError, read_cursor, write_cursor


def test_what_is_written_is_read() -> None:
    """In characters that need no escapes in an address."""
    text = write_cursor((1 << 62, "incident/é"))

    assert read_cursor(text, (int, str)) == (1 << 62, "incident/é")
    assert text.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("text", ["", "x", "!!!!", "é", "AAAA", write_cursor((1, 2)), write_cursor(("a",)), "A" * 5000])
def test_what_is_none_is_refused(text: str) -> None:
    """Damaged, foreign, of another list, or endless."""
    with pytest.raises(CursorError):
        read_cursor(text, (int, str))
