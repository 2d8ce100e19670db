"""Where events go."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from logsleuth.errors import UsageError
from logsleuth.live.events import News
from logsleuth.live.outlet import EventFile, Stream, Style, encoded
from logsleuth.live.state import Written


def test_one_event_is_one_line(opened: News) -> None:
    """In both styles."""
    assert encoded(opened, Style.TEXT) == opened.line.encode() + b"\n"
    assert json.loads(encoded(opened, Style.JSONL)) == opened.document
    assert encoded(opened, Style.JSONL).count(b"\n") == 1


def test_a_stream_is_written_at_once(opened: News) -> None:
    """Nothing is kept back."""
    reading, writing = os.pipe()
    Stream(writing, Style.JSONL).tell(opened)

    assert json.loads(os.read(reading, 65536)) == opened.document
    os.close(reading)
    os.close(writing)


def test_what_a_killed_watch_wrote_last_is_taken_back(tmp_path: Path, opened: News) -> None:
    """For it will be told again; what the state knows of stays, and so does another file of that name."""
    path = tmp_path / "events"
    first = EventFile(path, Style.JSONL, None)
    first.tell(opened)
    known = first.written()
    first.tell(opened)

    second = EventFile(path, Style.JSONL, known)

    assert path.stat().st_size == known.size
    second.tell(opened)
    EventFile(path, Style.JSONL, Written(device=known.device, inode=known.inode + 1, size=1))
    assert path.read_bytes().count(b"\n") == 2


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """Is said."""
    with pytest.raises(UsageError, match="cannot be written"):
        EventFile(tmp_path, Style.TEXT, None)
