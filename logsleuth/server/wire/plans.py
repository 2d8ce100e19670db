"""The names that a record has -> where its text, its time and its origin stand; worked out once per set of names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from logsleuth.records.ladders import EVERY, Path

TEXT: Final = (
    "log",
    "message",
    "msg",
    "MESSAGE",
    "_msg",
    "body",
    "event",
    "line",
    "text",
    "event.original",
    "short_message",
    "@message",
    "textPayload",
    "_raw",
)
TIME: Final = (
    "timeUnixNano",
    "@timestamp",
    "date",
    "timestamp",
    "time",
    "ts",
    "__REALTIME_TIMESTAMP",
    "_SOURCE_REALTIME_TIMESTAMP",
    "_time",
    "asctime",
    "@t",
)
# Shippers write these, and in UTC; the others may be a program's local time.
UTC_TIMES: Final = frozenset({"@timestamp", "date", "_time"})


def _paths(*names: str) -> tuple[Path, ...]:
    """`host.name` as one name, and as a name within an object."""
    found: list[Path] = []
    for name in names:
        pieces = tuple(name.split("."))
        found += [(".".join(pieces[:at]), *pieces[at:]) for at in range(len(pieces), 0, -1)]
    return tuple(found)


# The labels of a source, under the names by which `origin` knows them.
ORIGIN: Final[tuple[tuple[str, tuple[Path, ...]], ...]] = (
    (
        "namespace",
        _paths(
            "kubernetes.namespace_name",
            "kubernetes.namespace",
            "kubernetes.pod_namespace",
            "k8s.namespace.name",
            "resource.k8s.namespace.name",
            "resource.attributes.k8s.namespace.name",
            "kube_namespace",
            "namespace_name",
            "namespace",
        ),
    ),
    (
        "pod",
        _paths(
            "kubernetes.pod_name",
            "kubernetes.pod.name",
            "k8s.pod.name",
            "resource.k8s.pod.name",
            "resource.attributes.k8s.pod.name",
            "pod_name",
            "pod",
        ),
    ),
    (
        "container",
        _paths(
            "kubernetes.container_name",
            "kubernetes.container.name",
            "k8s.container.name",
            "resource.k8s.container.name",
            "resource.attributes.k8s.container.name",
            "kube_container_name",
            "container_name",
            "container.name",
        ),
    ),
    (
        "host",
        _paths(
            "_HOSTNAME", "host.name", "host.hostname", "hostname", "host", "node_name", "nodename", "syslog.hostname"
        ),
    ),
    ("filename", _paths("filename", "log.file.path", "file.path", "file_path", "filepath", "path", "file")),
    ("unit", _paths("_SYSTEMD_UNIT", "systemd.unit", "unit")),
    (
        "service",
        _paths(
            "service.name", "service_name", "service", "app", "appname", "application", "SYSLOG_IDENTIFIER", "ident"
        ),
    ),
)
_TELLING: Final = frozenset(
    path
    for ladder in (
        EVERY.traceback,
        EVERY.cause_type,
        EVERY.cause_text,
        EVERY.level,
        EVERY.python_level,
        EVERY.otel_level,
        EVERY.logger,
        EVERY.process,
        EVERY.pid,
    )
    for path in ladder
)
_TELLING_NAMES: Final = frozenset(path[0] for path in _TELLING) - {
    "source_type",
    "attributes",
    "log",
    "record",
    "scope",
}
_DOCKER: Final = ({"log", "stream", "time"}, {"log", "stream", "time", "attrs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to ask for, in this order; `is_docker` is a line of docker's own file, `tag` names the CRI's flag."""

    text: tuple[str, ...]
    time: tuple[str, ...]
    labels: tuple[str, ...]
    origin: tuple[tuple[Path, ...], ...]  # of each label
    is_telling: bool
    is_docker: bool
    tag: str


def plan_of(names: tuple[str, ...], *, text: tuple[str, ...] = (), time: tuple[str, ...] = ()) -> Plan:
    """The plan for records with these names; `text` and `time` are asked for before all others."""
    found = frozenset(names)
    narrowed = ((label, tuple(path for path in paths if path[0] in found)) for label, paths in ORIGIN)
    origin = [(label, paths) for label, paths in narrowed if paths]
    tags = ("_p", "logtag") if {"log", "stream", "time"} <= found else ()
    return Plan(
        text=tuple(name for name in dict.fromkeys((*text, *TEXT)) if name in found or ("." in name and name in found)),
        time=tuple(name for name in dict.fromkeys((*time, *TIME)) if name in found),
        labels=tuple(label for label, _ in origin),
        origin=tuple(paths for _, paths in origin),
        is_telling=not _TELLING_NAMES.isdisjoint(found),
        is_docker=found in _DOCKER,
        tag=next((name for name in tags if name in found), ""),
    )
