"""Which sources there are, how much came of them, and what the service counts."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final

MOST: Final = 1_000
COLUMNS: Final = "id, tenant, name, node, first_ns, last_ns, lines, bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A stream of lines, as many as its last one's number; the times are those of its earliest and its latest line."""

    id: int
    tenant: str
    name: str
    node: str | None
    first_ns: int
    last_ns: int
    lines: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """How much came of one tenant."""

    name: str
    lines: int
    bytes: int


def list_sources(
    connection: sqlite3.Connection, *, tenant: str | None = None, after: int = 0, limit: int = 200
) -> tuple[Source, ...]:
    """The sources whose ids follow `after`, in the order of their ids: the last id asks for the next ones."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM sources WHERE id > ? AND (? IS NULL OR tenant = ?) ORDER BY id LIMIT ?",  # noqa: S608
        (after, tenant, tenant, max(1, min(limit, MOST))),
    )
    return tuple(_source(row) for row in rows)


def find_source(connection: sqlite3.Connection, tenant: str, name: str) -> Source | None:
    """The source of this name, or None."""
    row = connection.execute(
        f"SELECT {COLUMNS} FROM sources WHERE tenant = ? AND name = ?",  # noqa: S608  fixed texts
        (tenant, name),
    ).fetchone()
    return None if row is None else _source(row)


def source_of(connection: sqlite3.Connection, source_id: int) -> Source | None:
    """The source of this id, or None."""
    row = connection.execute(f"SELECT {COLUMNS} FROM sources WHERE id = ?", (source_id,)).fetchone()  # noqa: S608
    return None if row is None else _source(row)


def list_tenants(connection: sqlite3.Connection) -> tuple[Tenant, ...]:
    """All tenants, by name."""
    rows = connection.execute("SELECT name, lines, bytes FROM tenants ORDER BY name")
    return tuple(Tenant(name=name, lines=lines, bytes=size) for name, lines, size in rows)


def counters(connection: sqlite3.Connection) -> dict[str, int]:
    """What the worker counts, by name."""
    return dict(connection.execute("SELECT name, value FROM counters ORDER BY name").fetchall())


def progress(connection: sqlite3.Connection) -> tuple[int, int]:
    """How far the spool is analysed: (segment, offset)."""
    row = connection.execute("SELECT segment, offset FROM progress").fetchone()
    return (0, 0) if row is None else (int(row[0]), int(row[1]))


def _source(row: tuple[int, str, str, str | None, int, int, int, int]) -> Source:
    key, tenant, name, node, first_ns, last_ns, lines, size = row
    return Source(
        id=key, tenant=tenant, name=name, node=node, first_ns=first_ns, last_ns=last_ns, lines=lines, bytes=size
    )
