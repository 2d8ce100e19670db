"""Messages of a stream in, the lines that they hold out, each with the name of its source; nothing stops it.

A value is plain text, JSON as Vector, Fluent Bit, Filebeat and Logstash write it, or msgpack, compressed or not:
    ERROR 11-20 06:00:00 [core.py:58] EngineCore failed
    {"message":"ERROR ...","host":"gpu-07","timestamp":"2026-11-20T06:00:00.123Z","source_type":"file"}
    {"@timestamp":"2026-11-20T06:00:00.123Z","message":"ERROR ...","host":{"name":"gpu-07"}}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from logsleuth.limits import DEFAULT_BODY_LIMITS, DEFAULT_LIMITS, DEFAULT_STREAM_LIMITS, StreamLimits
from logsleuth.server.entry import Entry
from logsleuth.server.wire.bodies import Decompressor
from logsleuth.server.wire.generic import Intake, items
from logsleuth.server.wire.packed import is_packed
from logsleuth.server.wire.plans import ORIGIN
from logsleuth.server.wire.protocol import RefusedError, Request
from logsleuth.sources.decode import binary_format
from logsleuth.sources.readers import ChunkReader, Peekable

COMPRESSED: Final = (b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd")
SAMPLE_BYTES: Final = 4096
HEADERS: Final = 64
LABELS: Final = {name: label for label, paths in ORIGIN for path in paths if len(path) == 1 for name in path}
Headers = tuple[tuple[str, str], ...]


class Partition(NamedTuple):
    """A part of a topic, in which messages have an order."""

    topic: str
    number: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.number}"


class Message(NamedTuple):
    """One message; a tombstone has no value."""

    partition: Partition
    offset: int
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()


class PoisonError(Exception):
    """A message of which nothing can be read, with the reason."""


class Decoder:
    """Makes entries of messages; what headers mean is worked out once."""

    def __init__(self, *, limits: StreamLimits = DEFAULT_STREAM_LIMITS) -> None:
        self.rejected = 0  # records within messages
        self._limits = limits
        self._body = replace(DEFAULT_BODY_LIMITS, decompressed_bytes=limits.message_bytes)
        self._intakes: dict[tuple[Partition, Headers], tuple[Intake, Request]] = {}

    def entries(self, message: Message) -> tuple[Entry, ...]:
        """What a message holds; raises PoisonError."""
        if not message.value:
            raise PoisonError("empty")
        intake, request = self._intake(message)
        try:
            body = self._plain(message.value)
            self._check(body)
            for item, raw in items(body, request, self._body):
                intake.take(item, raw)
            found = intake.decoded()
        except RefusedError as error:
            intake.decoded()
            raise PoisonError(error.refusal.reason) from None
        self.rejected += len(found.rejected)
        if not found.entries:
            raise PoisonError(found.rejected[0].reason if found.rejected else "blank")
        return found.entries

    def _plain(self, value: bytes) -> bytes:
        if not value.startswith(COMPRESSED):
            return value
        decompressor = Decompressor((), self._body)
        return decompressor.feed(value) + decompressor.finish()

    def _check(self, body: bytes) -> None:
        if is_packed(body, ""):
            return
        head = Peekable(ChunkReader((body[:SAMPLE_BYTES],)), chunk_bytes=SAMPLE_BYTES)
        if reason := binary_format(head):
            raise PoisonError(f"binary ({reason})")

    def _intake(self, message: Message) -> tuple[Intake, Request]:
        key = message.partition, _headers(message)
        known = self._intakes.get(key)
        if known is None:
            request = _request(message.partition)
            known = Intake(request, self._body, shared=_labels(dict(key[1]))), request
            if len(self._intakes) >= self._limits.readers:
                self._intakes.clear()
            self._intakes[key] = known
        return known


def _headers(message: Message) -> Headers:
    """Those headers that may name a source."""
    found = ((name.lower(), value) for name, value in message.headers[:HEADERS])
    return tuple((name, value.decode("utf-8", "replace")) for name, value in found if value and name in LABELS)


def _labels(headers: Mapping[str, str]) -> dict[str, str]:
    return {LABELS[name]: value for name, value in reversed([*headers.items()])}


def _request(partition: Partition) -> Request:
    """What decoders of bodies know of a body."""
    return Request(method="", path="", tenant="", hint=str(partition), arrived_ns=0, limits=DEFAULT_LIMITS)
