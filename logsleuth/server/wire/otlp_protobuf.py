"""An `ExportLogsServiceRequest` in protobuf -> entries; the sample stands in `otlp.py`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from logsleuth.server.entry import Entry
from logsleuth.server.wire import attributes, descriptors, tolerant
from logsleuth.server.wire.attributes import Stream
from logsleuth.server.wire.canonical import Writer, plausible
from logsleuth.server.wire.crowd import CrowdedMessageError
from logsleuth.server.wire.descriptors import AnyValue, KeyValue, LogRecord
from logsleuth.server.wire.protocol import Decoded, RefusedError, Request, Why

_NAME_BYTES: Final = 64
_REMEMBERED: Final = 2048
_NAMES: Final[dict[bytes, str]] = {}  # a cache of a pure function: programs use the same few names for ever


def decode(body: bytes, request: Request) -> Decoded:
    """The records of all resources; raises RefusedError."""
    try:
        exported = descriptors.logs_request(body)
    except descriptors.BrokenMessageError as error:
        raise RefusedError(Why.MALFORMED, f"not an export of logs: {error}") from None
    except CrowdedMessageError as error:
        raise RefusedError(Why.TOO_LARGE, str(error)) from None
    writer = Writer(line_bytes=request.limits.line_bytes)
    entries: list[Entry] = []
    for resource_logs in exported.resource_logs:
        labels = _known(resource_logs.resource.attributes)
        for scope_logs in resource_logs.scope_logs:
            name = scope_logs.scope.name
            scoped = {**labels, "logger": name.decode("utf-8", "replace")} if name else labels
            stream = Stream(scoped, hint=request.hint, writer=writer)
            entries.extend(_entries(stream, scope_logs.log_records))
    return Decoded(entries=tuple(entries), records=len(entries))


def _entries(stream: Stream, records: Iterable[LogRecord]) -> Iterator[Entry]:
    for record in records:
        body = record.body
        time_ns = plausible(record.time_unix_nano or record.observed_time_unix_nano)
        extra = _extra(record)
        text = body.string_value
        if text or body.WhichOneof("value") in (None, "string_value"):
            yield stream.entry(text, time_ns, extra)
        else:
            yield stream.valued(_value(body), time_ns, extra)


def _extra(record: LogRecord) -> dict[str, str]:
    """What a record says beside its text."""
    found = record.attributes
    extra = _known(found) if len(found) else {}
    text, number = record.severity_text, record.severity_number
    if text or number:
        level = _level(text[:_NAME_BYTES], number)
        if level:
            extra["level"] = level
    return extra


@lru_cache(maxsize=256)
def _level(text: bytes, number: int) -> str:
    return attributes.level_name(text.decode("utf-8", "replace"), number)


def _known(pairs: Iterable[KeyValue]) -> dict[str, str]:
    """The attributes that are looked for, the first of each name."""
    found: dict[str, str] = {}
    for pair in pairs:
        key = pair.key
        name = _NAMES.get(key)
        if name is None:
            name = _name(key)
        if name and name not in found:
            value = pair.value
            text = value.string_value
            found[name] = text.decode("utf-8", "replace") if text else tolerant.text(_value(value))
    return found


def _name(key: bytes) -> str:
    """The plain spelling of a name that is looked for, or an empty one; remembered while there is room."""
    if len(key) > _NAME_BYTES:
        return ""
    plain = attributes.plain(key.decode("utf-8", "replace"))
    name = plain if attributes.is_known(plain) else ""
    if len(_NAMES) < _REMEMBERED:
        _NAMES[key] = name
    return name


def _value(value: AnyValue) -> object:
    """The plain value; how deep values nest is bounded by the parser."""
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    if kind == "kvlist_value":
        return {item.key.decode("utf-8", "replace"): _value(item.value) for item in value.kvlist_value.values}
    plain: object = getattr(value, kind)
    return plain.decode("utf-8", "replace") if isinstance(plain, bytes) else plain
