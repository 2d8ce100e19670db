"""The names that loggers and shippers give to the same thing, in the order in which they are asked for.

Origins: docker's json-file, `journalctl -o json`, Cloud Logging, CloudWatch, python-json-logger (vLLM's own JSON too),
structlog, loguru's serialize, the Elastic Common Schema, OpenTelemetry, Fluent Bit, Vector, Loki, pino, zap, GELF.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Final

from logsleuth.records.jsonl import Object

Path = tuple[str, ...]


def _paths(*names: str) -> tuple[Path, ...]:
    """`log.level` is looked for as one name first, then as a name within an object."""
    found: list[Path] = []
    for name in names:
        found.append((name,))
        if "." in name:
            found.append(tuple(name.split(".")))
            head, _, rest = name.partition(".")
            found.extend([(head, rest)] if "." in rest else [])
    return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladders:
    """One ladder for each thing that a record may tell."""

    # A text under these names is a log's message wherever it stands ...
    text: tuple[Path, ...] = _paths(
        "log", "message", "msg", "MESSAGE", "_msg", "short_message", "@message", "@m", "textPayload"
    )
    # ... under these only beside a time, a level or the like: outputs and data sets use the names too.
    weak_text: tuple[Path, ...] = _paths(
        "body", "event", "line", "text", "event.original", "body.stringValue", "record.message", "_raw"
    )
    inner: tuple[Path, ...] = _paths(
        "jsonPayload", "log", "message", "event", "_source", "result", "fields", "log_processed"
    )
    traceback: tuple[Path, ...] = _paths(
        "exc_info",
        "exception.stacktrace",
        "attributes.exception.stacktrace",
        "error.stack_trace",
        "error.stack",
        "error.traceback",
        "exception",
        "stack_trace",
        "stacktrace",
        "traceback",
        "exc_text",
        "exc",
        "err.stack",
        "stack",
        "@x",
    )
    cause_type: tuple[Path, ...] = _paths("exception.type", "attributes.exception.type", "error.type", "err.type")
    cause_text: tuple[Path, ...] = _paths(
        "exception.message", "attributes.exception.message", "error.message", "err.message"
    )
    cause: tuple[Path, ...] = _paths("error", "err")
    time: tuple[Path, ...] = _paths(
        "timeUnixNano",
        "@timestamp",
        "date",
        "timestamp",
        "time",
        "ts",
        "asctime",
        "__REALTIME_TIMESTAMP",
        "_SOURCE_REALTIME_TIMESTAMP",
        "@t",
        "_time",
        "datetime",
        "record.time.repr",
        "receiveTimestamp",
        "created",
        "observedTimeUnixNano",
    )
    # numbers mean different things: pino's, Python's, OpenTelemetry's
    pino_level: tuple[Path, ...] = _paths("level")
    python_level: tuple[Path, ...] = _paths("levelno", "record.level.no")
    otel_level: tuple[Path, ...] = _paths("severityNumber", "severity_number")
    level: tuple[Path, ...] = _paths(
        "level",
        "levelname",
        "log.level",
        "severityText",
        "severity_text",
        "loglevel",
        "log_level",
        "level_name",
        "lvl",
        "@l",
        "record.level.name",
        "severity",
    )
    logger: tuple[Path, ...] = _paths(
        "logger", "logger_name", "loggerName", "log.logger", "record.name", "name", "scope.name", "target"
    )
    node: tuple[Path, ...] = _paths(
        "kubernetes.pod_name",
        "kubernetes.pod.name",
        "k8s.pod.name",
        "resource.labels.pod_name",
        "pod_name",
        "pod",
        "labels.pod",
        "_HOSTNAME",
        "hostname",
        "host.name",
        "host_name",
        "host",
    )
    process: tuple[Path, ...] = _paths(
        "processName",
        "process_name",
        "process.name",
        "record.process.name",
        "SYSLOG_IDENTIFIER",
        "_COMM",
        "source_type",
    )
    pid: tuple[Path, ...] = _paths(
        "pid", "process", "process.pid", "_PID", "SYSLOG_PID", "process_id", "processId", "record.process.id"
    )


EVERY: Final = Ladders()
COMPANY: Final = frozenset(
    path[0] for path in (*EVERY.time, *EVERY.level, *EVERY.python_level, *EVERY.otel_level, *EVERY.logger)
) - {
    "created",
    "name",
    "scope",
    "record",
} | {
    "stream",
    "file",
    "source",
    "host",
}
_CACHED_KEYS: Final = 64


def ladders_for(record: Object) -> Ladders:
    """The ladders with the names that a record has; records of one program have the same ones again and again."""
    return _narrowed(tuple(record)) if len(record) <= _CACHED_KEYS else EVERY


@lru_cache(maxsize=128)
def _narrowed(keys: tuple[str, ...]) -> Ladders:
    found = frozenset(keys)
    return Ladders(
        **{each.name: tuple(path for path in getattr(EVERY, each.name) if path[0] in found) for each in fields(Ladders)}
    )


def find(record: Object, ladder: tuple[Path, ...]) -> object:
    """The first value of the ladder that is there, or None."""
    for path in ladder:
        value: object = record.get(path[0])
        for name in path[1:]:
            value = value.get(name) if isinstance(value, dict) else None
        if value is not None and value != "":
            return value
    return None


def find_number(record: Object, ladder: tuple[Path, ...]) -> int | None:
    """The first value of the ladder, if it is a whole number."""
    value = find(record, ladder)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def find_text(record: Object, ladder: tuple[Path, ...]) -> str:
    """The first text of the ladder, or an empty one."""
    for path in ladder:
        value = find(record, (path,))
        if isinstance(value, str):
            return value
    return ""
