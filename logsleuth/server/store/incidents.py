"""Incidents as they stand in the database: a list with filters, one with all that belongs to it, those nearby."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from logsleuth.server.store.cursor import read_cursor, write_cursor

COLUMNS: Final = (
    "id, tenant, class, title, title_zh, role, severity, confidence, status, acknowledged_ns, acknowledged_by, "
    "resolved_by, opened_ns, updated_ns, resolved_ns, first_ns, last_ns, count, revision"
)
FIELDS: Final = tuple(COLUMNS.replace("class", "signature").split(", "))
MOST: Final = 500  # of one page


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One row of the list; `signature` is the id of the cause, `resolved_by` a person or None for the analysis."""

    id: str
    tenant: str
    signature: str
    title: str
    title_zh: str
    role: str
    severity: str
    confidence: float
    status: str
    acknowledged_ns: int | None
    acknowledged_by: str | None
    resolved_by: str | None
    opened_ns: int
    updated_ns: int
    resolved_ns: int | None
    first_ns: int
    last_ns: int
    count: int
    revision: int
    sources: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPage:
    """A part of a list, newest first; `cursor` asks for the next part, None at the end."""

    items: tuple[Incident, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which incidents are asked for; None asks for any. They overlap `since_ns`..`until_ns`.

    `signature` is an id or the beginning of one up to a dot, `source` a name or the beginning of one up to a slash.
    """

    tenant: str | None = None
    since_ns: int | None = None
    until_ns: int | None = None
    source: str | None = None
    signature: str | None = None
    node: str | None = None
    status: str | None = None
    severity: str | None = None
    is_acknowledged: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a person wrote."""

    id: int
    time_ns: int
    author: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEvent:
    """Something that happened to an incident; `body` is JSON."""

    seq: int
    tenant: str
    incident: str
    kind: str
    time_ns: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDetail:
    """One incident with all that belongs to it; the documents are a diagnosis in the report's JSON."""

    incident: Incident
    document_en: bytes
    document_zh: bytes
    notes: tuple[Note, ...]
    history: tuple[HistoryEvent, ...]


def list_incidents(
    connection: sqlite3.Connection, wanted: Wanted, *, limit: int = 50, cursor: str | None = None
) -> IncidentPage:
    """The incidents wanted, the last opened first; raises CursorError for a cursor that is none."""
    clauses, values = _conditions(wanted)
    if cursor is not None:
        opened_ns, last_id = read_cursor(cursor, (int, str))
        clauses.append("(opened_ns, id) < (?, ?)")
        values += [opened_ns, last_id]
    limit = max(1, min(limit, MOST))
    where = f"WHERE {' AND '.join(clauses)}" if clauses else ""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM incidents {where} ORDER BY opened_ns DESC, id DESC LIMIT ?",  # noqa: S608  fixed texts
        (*values, limit + 1),
    ).fetchall()
    items = _complete(connection, rows[:limit])
    more = write_cursor((items[-1].opened_ns, items[-1].id)) if len(rows) > limit else None
    return IncidentPage(items=items, cursor=more)


def find_incident(connection: sqlite3.Connection, incident_id: str) -> IncidentDetail | None:
    """One incident, or None where there is none of this id."""
    row = connection.execute(
        f"SELECT {COLUMNS}, document_en, document_zh FROM incidents WHERE id = ?",  # noqa: S608  fixed texts
        (incident_id,),
    ).fetchone()
    if row is None:
        return None
    notes = connection.execute(
        "SELECT id, time_ns, author, text FROM notes WHERE incident = ? ORDER BY id", (incident_id,)
    )
    return IncidentDetail(
        incident=_complete(connection, [row[:-2]])[0],
        document_en=row[-2],
        document_zh=row[-1],
        notes=tuple(Note(id=key, time_ns=time, author=author, text=text) for key, time, author, text in notes),
        history=history(connection, incident_id),
    )


def history(connection: sqlite3.Connection, incident_id: str, *, limit: int = 1000) -> tuple[HistoryEvent, ...]:
    """What happened to an incident, in order."""
    rows = connection.execute(
        "SELECT seq, tenant, incident, kind, time_ns, body FROM events WHERE incident = ? ORDER BY seq LIMIT ?",
        (incident_id, limit),
    )
    return tuple(map(_event, rows))


def neighbours(
    connection: sqlite3.Connection, incident: Incident, *, within_ns: int, limit: int = 20
) -> tuple[Incident, ...]:
    """Other incidents of the tenant whose time comes within `within_ns` of this one's, the nearest first."""
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM incidents WHERE tenant = ? AND id <> ? AND last_ns >= ? AND first_ns <= ? "  # noqa: S608
        "ORDER BY abs(first_ns - ?), id LIMIT ?",
        (
            incident.tenant,
            incident.id,
            incident.first_ns - within_ns,
            incident.last_ns + within_ns,
            incident.first_ns,
            max(1, min(limit, MOST)),
        ),
    ).fetchall()
    return _complete(connection, rows)


def events_since(
    connection: sqlite3.Connection, seq: int, *, tenant: str | None = None, limit: int = 500
) -> tuple[HistoryEvent, ...]:
    """What happened after event `seq`, in order."""
    rows = connection.execute(
        "SELECT seq, tenant, incident, kind, time_ns, body FROM events WHERE seq > ? AND (? IS NULL OR tenant = ?) "
        "ORDER BY seq LIMIT ?",
        (seq, tenant, tenant, limit),
    )
    return tuple(map(_event, rows))


def last_event(connection: sqlite3.Connection) -> int:
    """The number of the latest event, 0 where there was none."""
    return int(connection.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0])


def count_incidents(connection: sqlite3.Connection, *, tenant: str | None = None) -> tuple[tuple[str, str, int], ...]:
    """How many incidents of each (status, severity) there are."""
    rows = connection.execute(
        "SELECT status, severity, count(*) FROM incidents WHERE (? IS NULL OR tenant = ?) GROUP BY 1, 2 ORDER BY 1, 2",
        (tenant, tenant),
    )
    return tuple((status, severity, count) for status, severity, count in rows)


def _conditions(wanted: Wanted) -> tuple[list[str], list[int | str]]:
    clauses: list[str] = []
    values: list[int | str] = []

    def add(clause: str, *items: int | str | None) -> None:
        given = [item for item in items if item is not None]
        if len(given) == len(items):
            clauses.append(clause)
            values.extend(given)

    add("tenant = ?", wanted.tenant)
    add("last_ns >= ?", wanted.since_ns)
    add("first_ns < ?", wanted.until_ns)
    add("status = ?", wanted.status)
    add("severity = ?", wanted.severity)
    if wanted.signature is not None:
        add("(class = ? OR substr(class, 1, ?) = ?)", wanted.signature, *_beginning(wanted.signature, "."))
    add("id IN (SELECT incident FROM incident_nodes WHERE node = ?)", wanted.node)
    if wanted.source is not None:
        inner = "SELECT id FROM sources WHERE name = ? OR substr(name, 1, ?) = ?"
        clause = f"id IN (SELECT incident FROM incident_sources WHERE source_id IN ({inner}))"  # noqa: S608  fixed texts
        add(clause, wanted.source, *_beginning(wanted.source, "/"))
    if wanted.is_acknowledged is not None:
        clauses.append(f"acknowledged_ns IS {'NOT ' if wanted.is_acknowledged else ''}NULL")
    return clauses, values


def _beginning(text: str, end: str) -> tuple[int, str]:
    beginning = f"{text.removesuffix(end)}{end}"
    return len(beginning), beginning


def _complete(connection: sqlite3.Connection, rows: Iterable[tuple[Any, ...]]) -> tuple[Incident, ...]:
    return tuple(_with_places(connection, row) for row in rows)


def _with_places(connection: sqlite3.Connection, row: tuple[Any, ...]) -> Incident:
    sources = connection.execute(
        "SELECT name FROM sources JOIN incident_sources ON source_id = id WHERE incident = ? ORDER BY name", (row[0],)
    )
    nodes = connection.execute("SELECT node FROM incident_nodes WHERE incident = ? ORDER BY node", (row[0],))
    return Incident(
        **dict(zip(FIELDS, row, strict=True)),
        sources=tuple(name for (name,) in sources),
        nodes=tuple(node for (node,) in nodes),
    )


def _event(row: tuple[int, str, str, str, int, bytes]) -> HistoryEvent:
    seq, tenant, incident, kind, time_ns, body = row
    return HistoryEvent(seq=seq, tenant=tenant, incident=incident, kind=kind, time_ns=time_ns, body=body)
