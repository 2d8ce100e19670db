"""Writes what happens to incidents: the row as it stands, its places, and the event."""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import replace
from typing import Final

import orjson

from logsleuth.live.events import News, diagnosis_document
from logsleuth.live.incidents import Kind
from logsleuth.model import Diagnosis
from logsleuth.report.captions import title
from logsleuth.server.analyst import Told
from logsleuth.server.moments import between_ns, moment_ns
from logsleuth.server.names import DEFAULT_TENANT
from logsleuth.server.store.kept import LineWriter
from logsleuth.wording import printable

ID_BYTES: Final = 6
PLACES: Final = 500  # sources and nodes kept of one incident


class IncidentWriter:
    """Writes incidents within the worker's transactions."""

    def __init__(self, connection: sqlite3.Connection, lines: LineWriter) -> None:
        self._connection = connection
        self._lines = lines

    def write(self, tenant: str, told: Told) -> News:
        """Write one event, and what it changes; the event under the incident's public id."""
        diagnosis = told.news.diagnosis
        if diagnosis is None:
            raise ValueError(f"an event of an incident without a diagnosis: {told.news.kind}")
        incident = public_id(tenant, str(told.news.document["incident"]))
        event = {
            **told.news.document,
            "event": f"{incident}-{told.news.document['revision']}",
            "incident": incident,
            "tenant": tenant,
        }
        self._row(tenant, incident, told, diagnosis)
        self._places(tenant, incident, diagnosis)
        self._connection.execute(
            "INSERT INTO events (tenant, incident, kind, time_ns, body) VALUES (?, ?, ?, ?, ?)",
            (tenant, incident, told.news.kind, told.time_ns, orjson.dumps(event)),
        )
        return replace(told.news, document=event)

    def _row(self, tenant: str, incident: str, told: Told, found: Diagnosis) -> None:
        first_ns, last_ns = self._times(tenant, told, found)
        is_over = told.news.kind == Kind.RESOLVED
        said = title(found)
        values = {
            "id": incident,
            "tenant": tenant,
            "class": found.id,
            "title": printable(said.in_language("en")),
            "title_zh": printable(said.in_language("zh")),
            "role": found.role.value,
            "severity": found.severity.value,
            "confidence": found.confidence,
            "status": "resolved" if is_over else "open",
            "opened_ns": told.time_ns,
            "updated_ns": told.time_ns,
            "resolved_ns": told.time_ns if is_over else None,
            "first_ns": first_ns,
            "last_ns": max(first_ns, last_ns),
            "count": found.count,
            "revision": told.news.document["revision"],
            "document_en": orjson.dumps(diagnosis_document(found, "en")),
            "document_zh": orjson.dumps(diagnosis_document(found, "zh")),
        }
        self._connection.execute(UPSERT, values)
        if told.news.kind == Kind.OPENED:  # of the same line once more: what people said of it is past
            self._connection.execute(
                "UPDATE incidents SET status = 'open', resolved_ns = NULL, resolved_by = NULL WHERE id = ?", (incident,)
            )

    def _times(self, tenant: str, told: Told, found: Diagnosis) -> tuple[int, int]:
        """When it was seen first and last: as the lines say, else as the shipper does."""
        proof = found.evidence[0]
        source_id = self._lines.source_id(tenant, proof.source)
        shipped = self._lines.time_of(source_id, proof.line) if source_id is not None else None
        first_ns = moment_ns(found.first_seen, told.time_ns if shipped is None else shipped)
        if found.count == 1:
            return first_ns, first_ns
        span_ns = between_ns(found.first_seen, found.last_seen)
        return first_ns, told.time_ns if span_ns is None else first_ns + span_ns

    def _places(self, tenant: str, incident: str, found: Diagnosis) -> None:
        names = dict.fromkeys([*(line.source for line in found.evidence), *(place.source for place in found.places)])
        ids = (self._lines.source_id(tenant, name) for name in list(names)[:PLACES])
        self._connection.executemany(
            "INSERT OR IGNORE INTO incident_sources (incident, source_id) VALUES (?, ?)",
            [(incident, source_id) for source_id in ids if source_id is not None],
        )
        nodes = dict.fromkeys(printable(place.node) for place in found.places if place.node)
        self._connection.executemany(
            "INSERT OR IGNORE INTO incident_nodes (incident, node) VALUES (?, ?)",
            [(incident, node) for node in list(nodes)[:PLACES]],
        )
        self._connection.executemany(
            "UPDATE sources SET node = ? WHERE tenant = ? AND name = ?",
            [(printable(place.node), tenant, place.source) for place in found.places[:PLACES] if place.node],
        )


# what people decided stays: an incident that somebody resolved is not opened again by a mere update
UPSERT: Final = """
INSERT INTO incidents (id, tenant, class, title, title_zh, role, severity, confidence, status, opened_ns, updated_ns,
    resolved_ns, first_ns, last_ns, count, revision, document_en, document_zh)
VALUES (:id, :tenant, :class, :title, :title_zh, :role, :severity, :confidence, :status, :opened_ns, :updated_ns,
    :resolved_ns, :first_ns, :last_ns, :count, :revision, :document_en, :document_zh)
ON CONFLICT (id) DO UPDATE SET class = excluded.class, title = excluded.title, title_zh = excluded.title_zh,
    role = excluded.role, severity = excluded.severity, confidence = excluded.confidence,
    status = CASE WHEN status = 'resolved' THEN status ELSE excluded.status END,
    resolved_ns = coalesce(resolved_ns, excluded.resolved_ns), updated_ns = excluded.updated_ns,
    first_ns = min(first_ns, excluded.first_ns), last_ns = max(last_ns, excluded.last_ns), count = excluded.count,
    revision = excluded.revision, document_en = excluded.document_en, document_zh = excluded.document_zh
"""


def public_id(tenant: str, incident: str) -> str:
    """The id of an incident among those of all tenants."""
    if tenant == DEFAULT_TENANT:
        return incident
    return hashlib.blake2b(f"{tenant}\0{incident}".encode(), digest_size=ID_BYTES).hexdigest()
