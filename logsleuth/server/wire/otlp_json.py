"""An `ExportLogsServiceRequest` in JSON -> entries; the sample stands in `otlp.py`."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from typing import Final

from logsleuth.server.entry import Entry
from logsleuth.server.wire import attributes, tolerant
from logsleuth.server.wire.attributes import Stream
from logsleuth.server.wire.canonical import Writer, plausible
from logsleuth.server.wire.protocol import Decoded, RefusedError, Rejection, Request, Why

_NESTING: Final = 64


def decode(body: bytes, request: Request) -> Decoded:
    """The records of all resources; raises RefusedError."""
    found = tolerant.loads(body)
    if not isinstance(found, dict):
        raise RefusedError(Why.MALFORMED, 'not an export of logs: an object with "resourceLogs" is expected')
    entries: list[Entry] = []
    rejected: list[Rejection] = []
    writer = Writer(line_bytes=request.limits.line_bytes)
    for stream, record in _records(found, request, writer):
        if isinstance(record, dict):
            entries.append(_entry(stream, record))
        else:
            rejected.append(Rejection(index=len(entries) + len(rejected), reason="not an object"))
    return Decoded(entries=tuple(entries), records=len(entries) + len(rejected), rejected=tuple(rejected))


def _records(found: dict[str, object], request: Request, writer: Writer) -> Iterator[tuple[Stream, object]]:
    for resource_logs in _objects(found, "resourceLogs"):
        labels = _known(_object(resource_logs, "resource").get("attributes"))
        for scope_logs in _objects(resource_logs, "scopeLogs"):
            name = tolerant.text(_object(scope_logs, "scope").get("name"))
            stream = Stream({**labels, "logger": name}, hint=request.hint, writer=writer)
            records = scope_logs.get("logRecords")
            for record in records if isinstance(records, list) else ():
                yield stream, record


def _objects(holder: dict[str, object], name: str) -> Iterator[dict[str, object]]:
    values = holder.get(name)
    for value in values if isinstance(values, list) else ():
        if isinstance(value, dict):
            yield value


def _object(holder: dict[str, object], name: str) -> dict[str, object]:
    value = holder.get(name)
    return value if isinstance(value, dict) else {}


def _entry(stream: Stream, record: dict[str, object]) -> Entry:
    time_ns = tolerant.integer(record.get("timeUnixNano")) or tolerant.integer(record.get("observedTimeUnixNano"))
    extra = _known(record.get("attributes"))
    number = tolerant.integer(record.get("severityNumber")) or 0
    level = attributes.level_name(tolerant.text(record.get("severityText")), number)
    if level:
        extra["level"] = level
    value = _value(record.get("body"), 0)
    if value is None or isinstance(value, str):
        return stream.entry((value or "").encode("utf-8", "replace"), plausible(time_ns or 0), extra)
    return stream.valued(value, plausible(time_ns or 0), extra)


def _known(pairs: object) -> dict[str, str]:
    """The attributes that are looked for, the first of each name."""
    found: dict[str, str] = {}
    for pair in pairs if isinstance(pairs, list) else ():
        key = pair.get("key") if isinstance(pair, dict) else None
        name = attributes.plain(key) if isinstance(key, str) else ""
        if attributes.is_known(name):
            found.setdefault(name, tolerant.text(_value(pair.get("value"), 0)))
    return found


def _value(value: object, depth: int) -> object:
    """The plain value of an `AnyValue`; what is none stands for itself."""
    if not isinstance(value, dict) or depth > _NESTING:
        return value
    for name, item in value.items():
        match name:
            case "stringValue" | "boolValue" | "doubleValue":
                return item
            case "intValue":
                number = tolerant.integer(item)
                return item if number is None else number
            case "bytesValue":
                return _decoded(item)
            case "arrayValue":
                return _array(item, depth + 1)
            case "kvlistValue":
                return _pairs(item, depth + 1)
    return value or None


def _array(holder: object, depth: int) -> object:
    values = holder.get("values") if isinstance(holder, dict) else None
    return [_value(item, depth) for item in values] if isinstance(values, list) else []


def _pairs(holder: object, depth: int) -> object:
    values = holder.get("values") if isinstance(holder, dict) else None
    pairs = [item for item in values if isinstance(item, dict)] if isinstance(values, list) else []
    return {tolerant.text(item.get("key")): _value(item.get("value"), depth) for item in pairs}


def _decoded(item: object) -> object:
    try:
        return b64decode(item).decode("utf-8", "replace") if isinstance(item, str) else item
    except ValueError:
        return item
