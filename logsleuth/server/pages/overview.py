"""What the first page shows: what is broken, since when, and whether logs come."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from logsleuth.server.api.web import Web
from logsleuth.server.aside import BATCHES, TENANTS
from logsleuth.server.pages.charts import Lane, Mark, Span, marks, rate_lanes
from logsleuth.server.store.incidents import Incident, Wanted, count_incidents, list_incidents
from logsleuth.server.store.sources import Source, Tenant, counters, list_sources, list_tenants
from logsleuth.server.store.templates import rates

MINUTE_NS: Final = 60_000_000_000
WINDOWS: Final = {"1h": 60, "6h": 360, "24h": 1440, "7d": 10_080}
USUAL: Final = "6h"
SEVERITIES: Final = ("critical", "error", "warning", "info")
MOST_OPEN: Final = 50
MOST_RESOLVED: Final = 8
MOST_SOURCES: Final = 10
MOST_MARKS: Final = 200
LATELY_MINUTES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """The chart of a window of time."""

    window: str
    span: Span
    marks: tuple[Mark, ...]
    lines: Lane
    grave: Lane

    @property
    def is_long(self) -> bool:
        """Whether its times need their day."""
        return WINDOWS[self.window] >= WINDOWS["24h"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingest:
    """How the taking of logs goes; figures that nobody gives are None."""

    problem: str | None
    lately: int
    is_analysing: bool | None
    lag_bytes: float | None
    spool_bytes: float | None
    refused: int
    set_aside: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All of it."""

    open: tuple[Incident, ...]
    counts: tuple[tuple[str, int], ...]
    resolved: tuple[Incident, ...]
    picture: Picture
    sources: tuple[Source, ...]
    tenants: tuple[Tenant, ...]
    ingest: Ingest

    @property
    def open_count(self) -> int:
        """How many are open."""
        return sum(count for _, count in self.counts)


def overview(web: Web, tenant: str | None, window: str, now_ns: int) -> Overview:
    """The page's values."""
    with web.database.reading() as connection:
        found = count_incidents(connection, tenant=tenant)
        counts = {severity: count for status, severity, count in found if status == "open"}
        opened = list_incidents(connection, Wanted(tenant=tenant, status="open"), limit=MOST_OPEN).items
        resolved = list_incidents(connection, Wanted(tenant=tenant, status="resolved"), limit=MOST_MARKS).items
        return Overview(
            open=tuple(sorted(opened, key=gravity)),
            counts=tuple((name, counts[name]) for name in SEVERITIES if counts.get(name)),
            resolved=tuple(sorted(resolved, key=lambda item: -(item.resolved_ns or 0)))[:MOST_RESOLVED],
            picture=picture(connection, (*opened, *resolved), (tenant, window), now_ns),
            sources=latest_sources(connection, tenant),
            tenants=list_tenants(connection),
            ingest=ingest(connection, web, now_ns),
        )


def gravity(item: Incident) -> tuple[bool, int, int]:
    """What somebody has to look at first: what nobody is at, the gravest, the newest."""
    return item.acknowledged_ns is not None, SEVERITIES.index(item.severity), -item.opened_ns


def picture(
    connection: sqlite3.Connection, incidents: Iterable[Incident], chosen: tuple[str | None, str], now_ns: int
) -> Picture:
    """The chart of a tenant and a window."""
    tenant, wish = chosen
    window = wish if wish in WINDOWS else USUAL
    until = now_ns // MINUTE_NS + 1
    since = until - WINDOWS[window]
    span = Span(since_ns=since * MINUTE_NS, until_ns=until * MINUTE_NS)
    lines, grave = rate_lanes(rates(connection, since_minute=since, until_minute=until, tenant=tenant), span)
    return Picture(window=window, span=span, marks=marks(incidents, span, now_ns), lines=lines, grave=grave)


def latest_sources(connection: sqlite3.Connection, tenant: str | None) -> tuple[Source, ...]:
    """The sources that were heard of last."""
    found = list_sources(connection, tenant=tenant, limit=1000)
    return tuple(sorted(found, key=lambda item: (-item.last_ns, item.id)))[:MOST_SOURCES]


def ingest(connection: sqlite3.Connection, web: Web, now_ns: int) -> Ingest:
    """How it goes."""
    minute = now_ns // MINUTE_NS
    lately = rates(connection, since_minute=minute - LATELY_MINUTES, until_minute=minute + 1)
    gauges, known = web.vitals.gauges(), counters(connection)
    refused = sum(
        value
        for name, labels, value in web.vitals.counts()
        if name == "requests" and dict(labels).get("outcome") not in {"taken", "repeated"}
    )
    return Ingest(
        problem=web.readiness(),
        lately=sum(rate.lines for rate in lately),
        is_analysing=bool(gauges["worker_up"]) if "worker_up" in gauges else None,
        lag_bytes=gauges.get("spool_lag_bytes"),
        spool_bytes=gauges.get("spool_bytes"),
        refused=refused,
        set_aside=known.get(BATCHES, 0) + known.get(TENANTS, 0),
    )
