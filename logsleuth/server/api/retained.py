"""The lines that were kept -> blocks for an analysis, with their own numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from logsleuth.errors import UsageError
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.model import Block
from logsleuth.server.store.chunks import unpack_data, unpack_times
from logsleuth.server.store.lines import LATEST
from logsleuth.sources.blocks import Cutter

SOURCES: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which lines: of a source or all those whose names begin with it up to a slash, in a stretch of time."""

    tenant: str
    source: str | None = None
    since_ns: int | None = None
    until_ns: int | None = None

    @property
    def span(self) -> tuple[int, int]:
        """The stretch of time, without an open end."""
        return self.since_ns or 0, LATEST if self.until_ns is None else self.until_ns


def blocks_of(connection: sqlite3.Connection, wish: Wish, *, most_bytes: int) -> Iterator[Block]:
    """All lines between the first and the last one of each source that fall into the time; raises UsageError."""
    sources = _sources(connection, wish)
    _check_size(connection, wish, sources, most_bytes)
    for source_id, name in sources:
        span = _numbers(connection, source_id, wish)
        if span is not None:
            yield from _blocks(connection, (source_id, name), span)


def _sources(connection: sqlite3.Connection, wish: Wish) -> list[tuple[int, str]]:
    beginning = f"{(wish.source or '').removesuffix('/')}/"
    found = connection.execute(
        "SELECT id, name FROM sources WHERE tenant = ? AND (? IS NULL OR name = ? OR substr(name, 1, ?) = ?) "
        "ORDER BY name LIMIT ?",
        (wish.tenant, wish.source, wish.source, len(beginning), beginning, SOURCES + 1),
    ).fetchall()
    if not found:
        raise UsageError(f"there is no source '{wish.source or ''}' of tenant '{wish.tenant}': /v1/sources lists them")
    if len(found) > SOURCES:
        raise UsageError(f"more than {SOURCES} sources: name one, or the beginning of some up to a slash")
    return found


def _check_size(connection: sqlite3.Connection, wish: Wish, sources: list[tuple[int, str]], most_bytes: int) -> None:
    since_ns, until_ns = wish.span
    total = 0
    for source_id, _ in sources:
        total += connection.execute(
            "SELECT coalesce(sum(raw_bytes), 0) FROM chunks WHERE source_id = ? AND last_ns >= ? AND first_ns < ?",
            (source_id, since_ns, until_ns),
        ).fetchone()[0]
    if total > most_bytes:
        raise UsageError(f"{total} bytes of lines are too much for one report ({most_bytes}): ask for a shorter time")


def _numbers(connection: sqlite3.Connection, source_id: int, wish: Wish) -> tuple[int, int] | None:
    """The numbers of the first and the last line in the time."""
    since_ns, until_ns = wish.span
    first, last = LATEST, 0
    rows = connection.execute(
        "SELECT first_line, times FROM chunks WHERE source_id = ? AND last_ns >= ? AND first_ns < ?",
        (source_id, since_ns, until_ns),
    )
    for number, times in rows:
        within = [number + index for index, time in enumerate(unpack_times(times)) if since_ns <= time < until_ns]
        if within:
            first, last = min(first, within[0]), max(last, within[-1])
    return (first, last) if last else None


def _blocks(connection: sqlite3.Connection, source: tuple[int, str], span: tuple[int, int]) -> Iterator[Block]:
    first, last = span
    cutter: Cutter | None = None
    rows = connection.execute(
        "SELECT first_line, line_count, data FROM chunks WHERE source_id = ? AND first_line <= ? "
        "AND first_line + line_count > ? ORDER BY first_line",
        (source[0], last, first),
    )
    for number, count, data in rows:
        begin, end = max(first - number, 0), min(last - number + 1, count)
        cutter = cutter or Cutter(source[1], limits=DEFAULT_LIMITS, first_line=number + begin)
        lines = unpack_data(data).split(b"\n")[begin:end]
        yield from cutter.feed(b"\n".join([*lines, b""]))
    if cutter is not None:
        yield from cutter.finish()
