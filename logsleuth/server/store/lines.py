"""The lines that were kept of a source, by number or by time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from logsleuth.server.store.chunks import unpack_data, unpack_times

MOST: Final = 5_000  # lines of one answer
LATEST: Final = (1 << 63) - 1
CHUNK: Final = "SELECT first_line, times, data FROM chunks WHERE source_id = ?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line as it came, without its newline; its time is the shipper's, or that of its arrival."""

    number: int
    time_ns: int
    text: bytes


def lines_by_number(connection: sqlite3.Connection, source_id: int, first: int, last: int) -> tuple[Line, ...]:
    """The lines `first` to `last` of a source that are still kept, not more than `MOST`."""
    rows = connection.execute(
        f"{CHUNK} AND first_line <= ? AND first_line + line_count > ? ORDER BY first_line", (source_id, last, first)
    )
    found = (line for row in rows for line in unpacked(*row) if first <= line.number <= last)
    return tuple(islice(found, MOST))


def lines_by_time(
    connection: sqlite3.Connection, source_id: int, since_ns: int, until_ns: int = LATEST, *, limit: int = 500
) -> tuple[Line, ...]:
    """The lines of a source in a stretch of time, in their order, not more than `limit`."""
    rows = connection.execute(
        f"{CHUNK} AND last_ns >= ? AND first_ns < ? ORDER BY first_line", (source_id, since_ns, until_ns)
    )
    found = (line for row in rows for line in unpacked(*row) if since_ns <= line.time_ns < until_ns)
    return tuple(islice(found, max(1, min(limit, MOST))))


def last_lines(connection: sqlite3.Connection, source_id: int, *, limit: int = 100) -> tuple[Line, ...]:
    """The end of a source, in order."""
    limit = max(1, min(limit, MOST))
    found: list[Line] = []
    rows = connection.execute(f"{CHUNK} ORDER BY first_line DESC", (source_id,))
    for row in rows:
        found[:0] = unpacked(*row)
        if len(found) >= limit:
            break
    return tuple(found[-limit:])


def unpacked(first_line: int, times: bytes, data: bytes) -> Iterator[Line]:
    """The lines of one chunk."""
    texts = unpack_data(data).split(b"\n")
    for index, time_ns in enumerate(unpack_times(times)):
        yield Line(number=first_line + index, time_ns=time_ns, text=texts[index])
