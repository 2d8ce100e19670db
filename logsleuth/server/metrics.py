"""The service's figures for Prometheus: what it counts itself, what the worker counts, and what the database says."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from logsleuth.server.counters import Labels
from logsleuth.server.store.retention import kept_bytes
from logsleuth.server.store.sources import counters
from logsleuth.version import __version__

MEDIA: Final = "text/plain; version=0.0.4; charset=utf-8"
PREFIX: Final = "logsleuth"
COUNTED: Final = {
    "requests": "Requests of shippers by protocol and outcome",
    "records": "Records of shippers by protocol and outcome",
    "batches": "Batches, stored or repeated",
    "connections": "Connections by what became of them",
}
GAUGES: Final = {
    "spool_bytes": "Bytes of the spool",
    "spool_lag_bytes": "Bytes of the spool that are not analysed yet",
    "in_flight_bytes": "Bytes of requests in memory",
    "connections_open": "Open connections",
    "worker_up": "Whether the analysing process runs",
    "worker_restarts": "How often the analysing process was started again",
    "ready": "Whether the service takes what is sent",
    "event_clients": "Clients of the stream of events",
    "commit_seconds": "How long the last commit to the spool took",
    "syslog_datagrams_lost": "Datagrams of syslog for which there was no room",
    "syslog_connections_refused": "Connections of syslog beyond the most there may be",
}
OPEN: Final = (
    "SELECT class, severity, acknowledged_ns IS NOT NULL, count(*) FROM incidents WHERE status = 'open' "
    "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 LIMIT 1000"
)


def _no_counts() -> list[tuple[str, Labels, int]]:
    return []


def _no_gauges() -> Mapping[str, float]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What the serving process says of itself: its counts, and figures by the names of `GAUGES`."""

    counts: Callable[[], list[tuple[str, Labels, int]]] = _no_counts
    gauges: Callable[[], Mapping[str, float]] = _no_gauges


def render(connection: sqlite3.Connection, vitals: Vitals, gauges: Mapping[str, float]) -> bytes:
    """The page of figures; `gauges` go beside those of `vitals`."""
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    families = (*_counted(vitals.counts()), *_gauges({**vitals.gauges(), **gauges}), *_stored(connection))
    registry.register(_Collector(families))
    return generate_latest(registry)


class _Collector:
    """What a registry asks for its families."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterable[Metric]:
        """The families."""
        return self._families


def _counted(counts: Iterable[tuple[str, Labels, int]]) -> Iterator[Metric]:
    families: dict[tuple[str, tuple[str, ...]], CounterMetricFamily] = {}
    for name, labels, value in counts:
        names = tuple(label for label, _ in labels)
        family = families.get((name, names))
        if family is None:
            said = COUNTED.get(name, f"Counted: {name.replace('_', ' ')}")
            family = CounterMetricFamily(f"{PREFIX}_{name}", said, labels=names)
            families[name, names] = family
        family.add_metric([text for _, text in labels], value)
    yield from families.values()


def _gauges(values: Mapping[str, float]) -> Iterator[Metric]:
    build = GaugeMetricFamily(f"{PREFIX}_build_info", "The version", labels=["version"])
    build.add_metric([__version__], 1)
    yield build
    for name, value in sorted(values.items()):
        yield GaugeMetricFamily(f"{PREFIX}_{name}", GAUGES.get(name, name.replace("_", " ")), value=value)


def _stored(connection: sqlite3.Connection) -> Iterator[Metric]:
    for name, value in counters(connection).items():
        yield CounterMetricFamily(f"{PREFIX}_analysed_{name}", f"Of the worker: {name.replace('_', ' ')}", value=value)
    yield GaugeMetricFamily(
        f"{PREFIX}_kept_line_bytes", "What the kept lines take on disk", value=kept_bytes(connection)
    )
    incidents = GaugeMetricFamily(
        f"{PREFIX}_incidents_open", "Open incidents", labels=["class", "severity", "acknowledged"]
    )
    for name, severity, is_acknowledged, count in connection.execute(OPEN):
        incidents.add_metric([name, severity, "true" if is_acknowledged else "false"], count)
    yield incidents
