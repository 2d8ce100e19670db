"""Removes what is too old or too much, a little at a time: lines first, then counts, resolved incidents last."""

from __future__ import annotations

import sqlite3
from typing import Final

from logsleuth.server.settings import Retention
from logsleuth.server.store.schema import transaction

STEP: Final = 200  # rows of one transaction
PAGES: Final = 2_000  # given back to the disk in one step
SECOND_NS: Final = 1_000_000_000
MINUTE_NS: Final = 60 * SECOND_NS
SERIES_NS: Final = 7 * 24 * 3600 * SECOND_NS  # of single templates; those of levels stay as long as lines


def kept_bytes(connection: sqlite3.Connection) -> int:
    """What the lines take."""
    return int(connection.execute("SELECT coalesce(sum(kept_bytes), 0) FROM chunks").fetchone()[0])


def retain(connection: sqlite3.Connection, retention: Retention, *, now_ns: int) -> int:
    """One step; how many rows went. Call it again soon while it is not 0."""
    with transaction(connection):
        removed = _large(connection, retention)
        if retention.seconds is not None:
            removed += _old(connection, now_ns - int(retention.seconds * SECOND_NS))
        removed += _rows(connection, "template_rates", "minute < ?", (now_ns - SERIES_NS) // MINUTE_NS)
        if removed:
            connection.execute(
                "INSERT INTO counters (name, value) VALUES ('removed_rows', ?) "
                "ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
                (removed,),
            )
    connection.execute(f"PRAGMA incremental_vacuum({PAGES})").fetchall()
    return removed


def _large(connection: sqlite3.Connection, retention: Retention) -> int:
    """Remove the oldest lines of too many."""
    surplus = kept_bytes(connection) - retention.bytes if retention.bytes is not None else 0
    doomed = []
    for key, size in connection.execute("SELECT id, kept_bytes FROM chunks ORDER BY arrived_ns, id LIMIT ?", (STEP,)):
        if surplus <= 0:
            break
        doomed.append((key,))
        surplus -= size
    connection.executemany("DELETE FROM chunks WHERE id = ?", doomed)
    return len(doomed)


def _old(connection: sqlite3.Connection, oldest_ns: int) -> int:
    minute = oldest_ns // MINUTE_NS
    removed = _rows(connection, "chunks", "arrived_ns < ?", oldest_ns)
    removed += _rows(connection, "rates", "minute < ?", minute)
    removed += _rows(connection, "template_rates", "minute < ?", minute)
    removed += _rows(connection, "templates", "last_ns < ?", oldest_ns)
    return removed + _incidents(connection, oldest_ns) + _sources(connection, oldest_ns)


def _rows(connection: sqlite3.Connection, table: str, condition: str, value: int) -> int:
    """Remove some rows of a table; those without row numbers go at once, they are small."""
    if table == "chunks":
        condition = f"id IN (SELECT id FROM chunks WHERE {condition} LIMIT {STEP})"  # noqa: S608  fixed texts
    return connection.execute(f"DELETE FROM {table} WHERE {condition}", (value,)).rowcount  # noqa: S608  fixed texts


def _incidents(connection: sqlite3.Connection, oldest_ns: int) -> int:
    """Remove resolved incidents with all that belongs to them."""
    doomed = connection.execute(
        "SELECT id FROM incidents WHERE status = 'resolved' AND updated_ns < ? LIMIT ?", (oldest_ns, STEP)
    ).fetchall()
    for table, column in (
        ("incident_sources", "incident"),
        ("incident_nodes", "incident"),
        ("notes", "incident"),
        ("events", "incident"),
        ("incidents", "id"),
    ):
        connection.executemany(f"DELETE FROM {table} WHERE {column} = ?", doomed)  # noqa: S608  fixed texts
    return len(doomed)


def _sources(connection: sqlite3.Connection, oldest_ns: int) -> int:
    """Remove sources of which nothing is left."""
    return connection.execute(
        "DELETE FROM sources WHERE id IN (SELECT id FROM sources WHERE last_ns < ? "
        "AND NOT EXISTS (SELECT 1 FROM chunks WHERE source_id = sources.id) "
        "AND NOT EXISTS (SELECT 1 FROM incident_sources WHERE source_id = sources.id) LIMIT ?)",
        (oldest_ns, STEP),
    ).rowcount
