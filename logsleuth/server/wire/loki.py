r"""Loki's push: what Alloy, Promtail, Fluent Bit, Vector and the client libraries send -> entries.

Samples (python-logging-loki 0.3.1; winston-loki 6.1.3, raw snappy without a Content-Encoding; the push API before 0.4):
    {"streams": [{"stream": {"application": "vllm", "host": "gpu-07", "severity": "error", "logger": "vllm.core"},
                  "values": [["1795174958429611264", "CUDA out of memory"]]}]}
    d401 f0950a8d010a457b6c6576656c3d226572726f72222c6a6f623d22766c6c6d222c...  \xd4\x01..{level="error",job="vllm",...
    {"streams": [{"labels": "{job=\"vllm\"}", "entries": [{"ts": "2026-11-20T06:00:00.123Z", "line": "x"}]}]}

Origin: https://grafana.com/docs/loki/latest/reference/loki-http-api/#ingest-logs
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import cramjam

from logsleuth.limits import DEFAULT_BODY_LIMITS
from logsleuth.server.entry import UNKNOWN_NS, Entry
from logsleuth.server.wire import attributes, descriptors, labels, tolerant
from logsleuth.server.wire.attributes import Stream
from logsleuth.server.wire.canonical import Writer, encoded, plausible
from logsleuth.server.wire.crowd import CrowdedMessageError
from logsleuth.server.wire.protocol import (
    Decoded,
    Feeder,
    Handshake,
    Refusal,
    RefusedError,
    Rejection,
    Reply,
    Request,
    Route,
    Why,
)
from logsleuth.server.wire.sniff import is_json

_UNPACKED_BYTES: Final = DEFAULT_BODY_LIMITS.decompressed_bytes
_BILLION: Final = 1_000_000_000


class Loki:
    """The wire of Loki's push."""

    name = "loki"

    def decode(self, body: bytes, request: Request) -> Decoded:
        """The lines of all streams."""
        if is_json(body, request):
            return _from_json(body, request)
        return _from_protobuf(body if _is_unpacked(request) else _unpacked(body), request)

    def feeder(self, request: Request) -> Feeder | None:
        """None: a push is read as a whole."""
        return None

    def accepted(self, decoded: Decoded, request: Request) -> Reply:
        """204 and nothing else: so Promtail and Fluent Bit know that it is done."""
        return Reply(status=204)

    def refused(self, refusal: Refusal, request: Request) -> Reply:
        """The reason as plain text."""
        body = f"{refusal.reason}\n".encode("utf-8", "replace")
        return Reply(status=refusal.why.value, body=body, media="text/plain; charset=utf-8")


def _is_unpacked(request: Request) -> bool:
    return request.headers.get("content-encoding", "").strip().lower() not in ("", "identity")


def _unpacked(body: bytes) -> bytes:
    """The raw snappy block opened; its length is known before anything is allocated."""
    if not body:
        return body
    try:
        if cramjam.snappy.decompress_raw_len(body) > _UNPACKED_BYTES:
            raise RefusedError(Why.TOO_LARGE, f"snappy: the body opens to more than {_UNPACKED_BYTES} bytes")
        return bytes(cramjam.snappy.decompress_raw(body))
    except cramjam.DecompressionError as error:
        raise RefusedError(Why.MALFORMED, f"not a snappy block, which protobuf is sent in: {error}") from None


def _from_protobuf(body: bytes, request: Request) -> Decoded:
    try:
        push = descriptors.push_request(body)
    except descriptors.BrokenMessageError as error:
        raise RefusedError(Why.MALFORMED, f"not a Loki push: {error}") from None
    except CrowdedMessageError as error:
        raise RefusedError(Why.TOO_LARGE, str(error)) from None
    writer = Writer(line_bytes=request.limits.line_bytes)
    entries: list[Entry] = []
    for pushed in push.streams:
        named = labels.parse(pushed.labels.decode("utf-8", "replace"))
        stream = _stream(named, request, writer)
        entries.extend(_pushed(stream, pushed.entries))
    return Decoded(entries=tuple(entries), records=len(entries))


def _pushed(stream: Stream, entries: Sequence[descriptors.PushEntry]) -> Iterator[Entry]:
    make = stream.entry
    for each in entries:
        time = each.timestamp
        metadata = each.metadata
        extra = _plain((_text(pair.name), _text(pair.value)) for pair in metadata) if len(metadata) else None
        yield make(each.line, plausible(time.seconds * _BILLION + time.nanos), extra)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _plain(pairs: Iterator[tuple[str, str]]) -> dict[str, str]:
    """What is looked for of a record's metadata."""
    spelt = ((attributes.plain(name), value) for name, value in pairs)
    return {name: value for name, value in spelt if attributes.is_known(name)}


def _stream(named: Mapping[str, str], request: Request, writer: Writer) -> Stream:
    return Stream({attributes.plain(name): value for name, value in named.items()}, hint=request.hint, writer=writer)


def _from_json(body: bytes, request: Request) -> Decoded:
    found = tolerant.loads(body)
    streams = found.get("streams") if isinstance(found, dict) else None
    if not isinstance(streams, list):
        raise RefusedError(Why.MALFORMED, 'not a Loki push: an object with a list of "streams" is expected')
    writer = Writer(line_bytes=request.limits.line_bytes)
    taken: list[Entry] = []
    rejected: list[Rejection] = []
    for each in streams:
        for entry in _json_entries(each, request, writer):
            if entry is None:
                rejected.append(Rejection(index=len(taken) + len(rejected), reason="not a time and a line"))
            else:
                taken.append(entry)
    return Decoded(entries=tuple(taken), records=len(taken) + len(rejected), rejected=tuple(rejected))


def _json_entries(pushed: object, request: Request, writer: Writer) -> Iterator[Entry | None]:
    """The entries of one stream, None for what is none."""
    if not isinstance(pushed, dict):
        yield None
        return
    named = pushed.get("stream")
    old = pushed.get("labels")
    pairs = labels.parse(old) if isinstance(old, str) else tolerant.texts(named)
    stream = _stream(pairs, request, writer)
    for key in ("values", "entries"):
        values = pushed.get(key)
        for value in values if isinstance(values, list) else ():
            yield _json_entry(stream, _old(value) if isinstance(value, dict) else value)


def _old(value: Mapping[str, object]) -> list[object]:
    """An entry of the old form in the form of today."""
    time = value.get("ts", value.get("timestamp"))
    return [time, value.get("line"), value.get("structuredMetadata")] if "line" in value else []


def _json_entry(stream: Stream, value: object) -> Entry | None:
    if not isinstance(value, list) or len(value) < 2:
        return None
    line = value[1]
    text = line.encode("utf-8", "replace") if isinstance(line, str) else encoded(line)
    metadata = value[2] if len(value) > 2 else None
    extra = _plain(iter(tolerant.texts(metadata).items())) if metadata else None
    time = tolerant.nanoseconds(value[0])
    return stream.entry(text, UNKNOWN_NS if time is None else plausible(time), extra)


LOKI: Final = Loki()
ROUTES: Final = (
    Route(methods=("POST",), path="/loki/api/v1/push", wire=LOKI),
    Route(methods=("POST",), path="/api/prom/push", wire=LOKI),
)
# Vector asks before it sends; where this is not found it asks for the root.
HANDSHAKES: Final = (
    Handshake(methods=("GET", "HEAD"), path="/ready", reply=Reply(status=200, body=b"ready\n", media="text/plain")),
)
