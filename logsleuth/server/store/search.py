"""The search in the lines that are kept, newest first: bounded in time and results, and it goes on where it stopped."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import hyperscan

from logsleuth.errors import LogsleuthError
from logsleuth.scan import Expression, Scanner
from logsleuth.server.store.chunks import unpack_data, unpack_times
from logsleuth.server.store.cursor import read_cursor, write_cursor

MOST_HITS: Final = 500
QUERY_BYTES: Final = 500
LATEST: Final = (1 << 63) - 1


class QueryError(LogsleuthError):
    """Something that cannot be searched for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is sought: a text, or with `is_pattern` an expression in hyperscan's linear syntax, within a line.

    `source` is a name or the beginning of one up to a slash.
    """

    text: str
    is_pattern: bool = False
    tenant: str | None = None
    source: str | None = None
    since_ns: int = 0
    until_ns: int = LATEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A line that was found."""

    tenant: str
    source: str
    source_id: int
    number: int
    time_ns: int
    text: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search has found so far; `cursor` goes on, and is None when all was searched."""

    hits: tuple[Hit, ...]
    cursor: str | None
    searched_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a search stands: the chunk and the line that it was at."""

    last_ns: int = LATEST
    chunk: int = LATEST
    line: int = LATEST


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chunk:
    id: int
    source_id: int
    tenant: str
    source: str
    first_line: int
    last_ns: int
    times: bytes
    data: bytes


def search(
    connection: sqlite3.Connection,
    query: Query,
    *,
    clock: Callable[[], float],
    cursor: str | None = None,
    limit: int = 100,
    limit_s: float = 2.0,
) -> Found:
    """What is found of `query`; raises QueryError for what cannot be sought, CursorError for what is no cursor."""
    scanner = _scanner(query)
    place = _Place() if cursor is None else _place(cursor)
    limit = max(1, min(limit, MOST_HITS))
    hits: list[Hit] = []
    searched_bytes, until = 0, clock() + limit_s
    for chunk in _chunks(connection, query, place):
        if chunk.id == place.chunk and not place.line:  # searched to its end before
            continue
        data = unpack_data(chunk.data)
        searched_bytes += len(data)
        below = place.line if chunk.id == place.chunk else LATEST
        for hit in _hits(chunk, data, scanner, query, below):
            hits.append(hit)
            if len(hits) == limit:
                return Found(hits=tuple(hits), cursor=_cursor(chunk, hit.number), searched_bytes=searched_bytes)
        if clock() >= until:
            return Found(hits=tuple(hits), cursor=_cursor(chunk, 0), searched_bytes=searched_bytes)
    return Found(hits=tuple(hits), cursor=None, searched_bytes=searched_bytes)


def _scanner(query: Query) -> Scanner:
    text = query.text.encode("utf-8", "replace")
    if not text or len(text) > QUERY_BYTES:
        raise QueryError(f"a search takes 1 to {QUERY_BYTES} bytes, not {len(text)}")
    if b"\n" in text or b"\0" in text:
        raise QueryError("a search is for something within one line")
    try:
        return Scanner([Expression(text=text, is_literal=not query.is_pattern)])
    except hyperscan.error as error:
        raise QueryError(f"'{query.text}' cannot be searched for: {error}") from None


def _place(cursor: str) -> _Place:
    last_ns, chunk, line = read_cursor(cursor, (int, int, int))
    return _Place(last_ns=int(last_ns), chunk=int(chunk), line=int(line))


def _cursor(chunk: _Chunk, line: int) -> str:
    return write_cursor((chunk.last_ns, chunk.id, line))


def _chunks(connection: sqlite3.Connection, query: Query, place: _Place) -> Iterator[_Chunk]:
    """The chunks that may hold a hit, from `place` on, the newest first."""
    conditions = ["(last_ns, chunks.id) <= (?, ?)", "chunks.last_ns >= ?", "chunks.first_ns < ?"]
    values: list[Any] = [place.last_ns, place.chunk, query.since_ns, query.until_ns]
    if query.tenant is not None:
        conditions.append("tenant = ?")
        values.append(query.tenant)
    if query.source is not None:
        beginning = query.source.removesuffix("/") + "/"
        conditions.append("(name = ? OR substr(name, 1, ?) = ?)")
        values += [query.source, len(beginning), beginning]
    where = " AND ".join(conditions).replace("(last_ns", "(chunks.last_ns")
    rows = connection.execute(
        "SELECT chunks.id, source_id, tenant, name, first_line, chunks.last_ns, times, data "  # noqa: S608  fixed texts
        f"FROM chunks CROSS JOIN sources ON sources.id = source_id WHERE {where} "
        "ORDER BY chunks.last_ns DESC, chunks.id DESC",
        values,
    )
    for key, source_id, tenant, name, first_line, last_ns, times, data in rows:
        yield _Chunk(
            id=key,
            source_id=source_id,
            tenant=tenant,
            source=name,
            first_line=first_line,
            last_ns=last_ns,
            times=times,
            data=data,
        )


def _hits(chunk: _Chunk, data: bytes, scanner: Scanner, query: Query, below: int) -> Iterator[Hit]:
    """The hits of one chunk whose lines have smaller numbers than `below`, the last first."""
    marks = scanner.marks(data)
    if not marks:
        return
    times = unpack_times(chunk.times)
    counted, index, found = 0, 0, []
    for mark in marks:
        index += data.count(b"\n", counted, mark.start)
        counted = mark.start
        found.append((index, mark.start))
    for index, start in reversed(found):
        if chunk.first_line + index < below and query.since_ns <= times[index] < query.until_ns:
            yield Hit(
                tenant=chunk.tenant,
                source=chunk.source,
                source_id=chunk.source_id,
                number=chunk.first_line + index,
                time_ns=times[index],
                text=data[start : data.find(b"\n", start)],
            )
