"""What the worker writes: all that came of a stretch of the spool, and how far it goes, in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson

from logsleuth.live.bodies import Document
from logsleuth.live.events import News
from logsleuth.server.analyst import Harvest, Opening
from logsleuth.server.store.found import IncidentWriter
from logsleuth.server.store.kept import LineWriter
from logsleuth.server.store.kinds import write_counted
from logsleuth.server.store.schema import transaction

HEARD: Final = "heard"
CLOCK: Final = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantPart:
    """One tenant's share of a commit."""

    harvest: Harvest
    memory: bytes
    held: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """Everything that changes together: `segment` and `offset` are where the analysis goes on."""

    segment: int
    offset: int
    now_ns: int
    clock: bytes
    tenants: Mapping[str, TenantPart] = field(default_factory=dict)
    counters: Mapping[str, int] = field(default_factory=dict)
    delivered: tuple[str, ...] = ()  # events that nobody has to be told of any longer
    heard: int = 0  # the last event of people that was heeded


class Writer:
    """The worker's hold of the database; there is only one."""

    def __init__(self, connection: sqlite3.Connection, *, most_templates: int) -> None:
        self._connection = connection
        self._most_templates = most_templates
        self._lines = LineWriter(connection)
        self._incidents = IncidentWriter(connection, self._lines)

    def opening(self, tenant: str, source: str) -> Opening:
        """What is known of a source when it is read on."""
        return self._lines.opening(tenant, source)

    def tenant(self, name: str) -> tuple[bytes | None, bytes | None]:
        """What the analysis of a tenant goes on from: its memory, and the entries held back."""
        row = self._connection.execute("SELECT memory, held FROM tenants WHERE name = ?", (name,)).fetchone()
        return (None, None) if row is None else (row[0], row[1])

    def tenants(self) -> tuple[str, ...]:
        """The names of all tenants."""
        return tuple(name for (name,) in self._connection.execute("SELECT name FROM tenants ORDER BY name"))

    def waiting(self) -> tuple[str, ...]:
        """The tenants with entries held back, or with something open: those that the time goes by for."""
        rows = self._connection.execute("SELECT name FROM tenants WHERE held IS NOT NULL ORDER BY name")
        with_incidents = self._connection.execute("SELECT DISTINCT tenant FROM incidents WHERE status = 'open'")
        return tuple(sorted({name for (name,) in rows} | {name for (name,) in with_incidents}))

    def progress(self) -> tuple[int, int]:
        """Where the analysis goes on."""
        row = self._connection.execute("SELECT segment, offset FROM progress").fetchone()
        return (0, 0) if row is None else (int(row[0]), int(row[1]))

    def clock(self) -> bytes | None:
        """The state of the clock that goes with it."""
        return self._meta(CLOCK)

    def heard(self) -> int:
        """The last event of people that was heeded."""
        value = self._meta(HEARD)
        return int(value) if value else 0

    def unsent(self) -> tuple[Document, ...]:
        """The events that somebody has yet to be told of."""
        rows = self._connection.execute("SELECT body FROM outbox ORDER BY rowid")
        return tuple(orjson.loads(body) for (body,) in rows)

    def dismissals(self, after: int) -> tuple[int, tuple[tuple[str, str], ...]]:
        """The last event so far, and the (tenant, incident) pairs that people have resolved since `after`."""
        last = self._connection.execute("SELECT coalesce(max(seq), 0) FROM events").fetchone()[0]
        rows = self._connection.execute(
            "SELECT tenant, incident FROM events WHERE seq > ? AND seq <= ? AND kind = 'resolved-by-hand' ORDER BY seq",
            (after, last),
        )
        return int(last), tuple((tenant, incident) for tenant, incident in rows)

    def commit(self, commit: Commit) -> tuple[News, ...]:
        """Write it all, or nothing; the events to tell somebody of."""
        try:
            with transaction(self._connection):
                told = [
                    event for name, part in sorted(commit.tenants.items()) for event in self._tenant(name, part, commit)
                ]
                self._outbox(told, commit.delivered)
                self._count(commit.counters)
                self._state(commit)
        except BaseException:
            self._lines.forget()
            raise
        return tuple(told)

    def _tenant(self, name: str, part: TenantPart, commit: Commit) -> list[News]:
        harvest = part.harvest
        lines, size = self._lines.write(name, harvest.runs, arrived_ns=commit.now_ns)
        self._connection.execute(
            "INSERT INTO tenants (name, memory, held, lines, bytes) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET memory = excluded.memory, held = excluded.held, "
            "lines = lines + excluded.lines, bytes = bytes + excluded.bytes",
            (name, part.memory, part.held, lines, size),
        )
        write_counted(self._connection, name, harvest.counted, most=self._most_templates)
        self._count({"lines": lines, "bytes": size, "cut_lines": harvest.cut_lines})
        return [self._incidents.write(name, told) for told in harvest.told]

    def _outbox(self, told: Iterable[News], delivered: tuple[str, ...]) -> None:
        self._connection.executemany("DELETE FROM outbox WHERE event = ?", [(event,) for event in delivered])
        self._connection.executemany(
            "INSERT OR REPLACE INTO outbox (event, body) VALUES (?, ?)",
            [(news.id, orjson.dumps(dict(news.document))) for news in told],
        )

    def _count(self, counters: Mapping[str, int]) -> None:
        self._connection.executemany(
            "INSERT INTO counters (name, value) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
            [(name, value) for name, value in sorted(counters.items()) if value],
        )

    def _state(self, commit: Commit) -> None:
        self._connection.execute(
            "INSERT INTO progress (id, segment, offset) VALUES (0, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET segment = excluded.segment, offset = excluded.offset",
            (commit.segment, commit.offset),
        )
        self._connection.executemany(
            "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [(CLOCK, commit.clock), (HEARD, str(commit.heard).encode())],
        )

    def _meta(self, name: str) -> bytes | None:
        row = self._connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else bytes(row[0])
