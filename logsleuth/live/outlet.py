"""Where events go: a stream, or a file that never holds an event twice, though the writer be killed."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import orjson

from logsleuth.errors import UsageError
from logsleuth.live.events import News
from logsleuth.live.state import Written


class Style(StrEnum):
    """How events are written."""

    TEXT = "text"
    JSONL = "jsonl"


class Outlet(Protocol):
    """Takes events and the report at the end."""

    def tell(self, news: News) -> None:
        """Pass one event on, at once."""
        ...


def encoded(news: News, style: Style) -> bytes:
    """One event as one line."""
    if style is Style.JSONL:
        return orjson.dumps(dict(news.document)) + b"\n"
    return news.line.encode("utf-8", "backslashreplace") + b"\n" if news.line else b""


def write_all(descriptor: int, data: bytes) -> None:
    """Write to the end, whatever the reader takes at once."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


class Stream:
    """Writes to a descriptor, line by line."""

    def __init__(self, descriptor: int, style: Style) -> None:
        self._descriptor = descriptor
        self._style = style

    def tell(self, news: News) -> None:
        """Pass one event on, at once."""
        write_all(self._descriptor, encoded(news, self._style))

    def write(self, data: bytes) -> None:
        """Write what is no event."""
        write_all(self._descriptor, data)


class EventFile:
    """A file of events; what was written after the last state is taken back at the next start, and written again."""

    def __init__(self, path: Path, style: Style, before: Written | None) -> None:
        self._style = style
        try:
            self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
            status = os.fstat(self._descriptor)
            is_same = before is not None and (status.st_dev, status.st_ino) == (before.device, before.inode)
            if before is not None and is_same and status.st_size > before.size:
                os.ftruncate(self._descriptor, before.size)
        except OSError as error:
            raise UsageError(f"{path}: cannot be written: {error.strerror}") from None

    def tell(self, news: News) -> None:
        """Pass one event on, at once."""
        write_all(self._descriptor, encoded(news, self._style))

    def written(self) -> Written:
        """How far the file has come, on the disk."""
        os.fsync(self._descriptor)
        status = os.fstat(self._descriptor)
        return Written(device=status.st_dev, inode=status.st_ino, size=status.st_size)
