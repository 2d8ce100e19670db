"""One object that carries many records -> those records: what an endpoint would receive, found in a file.

Samples (OpenTelemetry's file exporter, Loki's push body, CloudWatch's subscription):
    {"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1","body":{"stringValue":"x"},"attributes":[]}]}]}]}
    {"streams":[{"stream":{"pod":"vllm-0"},"values":[["1741000000000000000","x"]]}]}
    {"messageType":"DATA_MESSAGE","logEvents":[{"id":"1","timestamp":1741000000000,"message":"x"}]}
"""

from __future__ import annotations

from collections.abc import Iterator

from logsleuth.records.jsonl import Object


def records(found: Object) -> Iterator[Object]:
    """The records in a batch, or the object itself where it is none."""
    if isinstance(found.get("resourceLogs"), list):
        yield from _open_telemetry(found)
    elif isinstance(found.get("streams"), list):
        yield from _loki(found)
    elif isinstance(found.get("logEvents"), list):
        yield from _members(found, "logEvents")
    else:
        yield found


def _members(found: Object, name: str) -> Iterator[Object]:
    members = found.get(name)
    if isinstance(members, list):
        yield from (member for member in members if isinstance(member, dict))


def _open_telemetry(found: Object) -> Iterator[Object]:
    for resource_logs in _members(found, "resourceLogs"):
        resource = resource_logs.get("resource")
        shared = _attributes(resource.get("attributes")) if isinstance(resource, dict) else {}
        for scope_logs in (
            *_members(resource_logs, "scopeLogs"),
            *_members(resource_logs, "instrumentationLibraryLogs"),
        ):
            for record in _members(scope_logs, "logRecords"):
                yield {**shared, **record, "attributes": _attributes(record.get("attributes"))}


def _attributes(pairs: object) -> dict[str, object]:
    """OpenTelemetry's list of typed pairs as a dictionary."""
    found: dict[str, object] = {}
    for pair in pairs if isinstance(pairs, list) else ():
        value = pair.get("value") if isinstance(pair, dict) else None
        if isinstance(value, dict):
            found[str(pair.get("key"))] = next(iter(value.values()), None)
    return found


def _loki(found: Object) -> Iterator[Object]:
    for stream in _members(found, "streams"):
        labels, values = stream.get("stream"), stream.get("values")
        named = labels if isinstance(labels, dict) else {}
        for value in values if isinstance(values, list) else ():
            if isinstance(value, list) and len(value) >= 2:
                yield {**named, "timestamp": value[0], "log": value[1]}
