"""What people decide about incidents: short transactions beside those of the worker."""

from __future__ import annotations

import sqlite3
from typing import Final

import orjson

from logsleuth.server.store.schema import transaction

NOTE_CHARS: Final = 10_000
NOTES: Final = 1_000  # of one incident
NAME_CHARS: Final = 200
ACKNOWLEDGED: Final = "acknowledged"
RESOLVED: Final = "resolved-by-hand"
REOPENED: Final = "reopened"
NOTED: Final = "noted"


def acknowledge(connection: sqlite3.Connection, incident_id: str, *, by: str, now_ns: int) -> bool:
    """Say that somebody is at it; whether that changed anything."""
    return _change(
        connection,
        "UPDATE incidents SET acknowledged_ns = ?, acknowledged_by = ?, updated_ns = max(updated_ns, ?) "
        "WHERE id = ? AND acknowledged_ns IS NULL",
        (now_ns, by[:NAME_CHARS], now_ns, incident_id),
        (incident_id, ACKNOWLEDGED, by, now_ns),
    )


def resolve(connection: sqlite3.Connection, incident_id: str, *, by: str, now_ns: int) -> bool:
    """Say that it is over; whether it was open. What comes of the same failure later is an incident of its own."""
    return _change(
        connection,
        "UPDATE incidents SET status = 'resolved', resolved_ns = ?, resolved_by = ?, updated_ns = max(updated_ns, ?) "
        "WHERE id = ? AND status = 'open'",
        (now_ns, by[:NAME_CHARS], now_ns, incident_id),
        (incident_id, RESOLVED, by, now_ns),
    )


def reopen(connection: sqlite3.Connection, incident_id: str, *, by: str, now_ns: int) -> bool:
    """Say that it is not over after all; whether it was taken as over."""
    return _change(
        connection,
        "UPDATE incidents SET status = 'open', resolved_ns = NULL, resolved_by = NULL, updated_ns = max(updated_ns, ?) "
        "WHERE id = ? AND status = 'resolved'",
        (now_ns, incident_id),
        (incident_id, REOPENED, by, now_ns),
    )


def add_note(connection: sqlite3.Connection, incident_id: str, *, author: str, text: str, now_ns: int) -> int | None:
    """Keep what a person wrote; the note's id, or None without such an incident or room for another note."""
    with transaction(connection):
        tenant = _tenant(connection, incident_id)
        count = connection.execute("SELECT count(*) FROM notes WHERE incident = ?", (incident_id,)).fetchone()[0]
        if tenant is None or count >= NOTES:
            return None
        note = connection.execute(
            "INSERT INTO notes (incident, time_ns, author, text) VALUES (?, ?, ?, ?)",
            (incident_id, now_ns, author[:NAME_CHARS], text[:NOTE_CHARS]),
        ).lastrowid
        _tell(connection, tenant, (incident_id, NOTED, author, now_ns))
    return note


def _change(
    connection: sqlite3.Connection,
    statement: str,
    values: tuple[int | str, ...],
    told: tuple[str, str, str, int],
) -> bool:
    with transaction(connection):
        is_changed = connection.execute(statement, values).rowcount > 0
        tenant = _tenant(connection, told[0])
        if is_changed and tenant is not None:
            _tell(connection, tenant, told)
    return is_changed


def _tenant(connection: sqlite3.Connection, incident_id: str) -> str | None:
    row = connection.execute("SELECT tenant FROM incidents WHERE id = ?", (incident_id,)).fetchone()
    return None if row is None else str(row[0])


def _tell(connection: sqlite3.Connection, tenant: str, told: tuple[str, str, str, int]) -> None:
    incident_id, kind, by, now_ns = told
    body = orjson.dumps({"type": kind, "incident": incident_id, "by": by[:NAME_CHARS]})
    connection.execute(
        "INSERT INTO events (tenant, incident, kind, time_ns, body) VALUES (?, ?, ?, ?, ?)",
        (tenant, incident_id, kind, now_ns, body),
    )
