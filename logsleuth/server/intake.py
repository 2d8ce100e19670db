"""What becomes of a body, apart from any connection. In: plain bytes and a wire; out: keyed batches for the spool."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from logsleuth.limits import ServerLimits
from logsleuth.server.entry import UNKNOWN_NS, Batch, Entry, encode
from logsleuth.server.names import DEFAULT_TENANT, source_name
from logsleuth.server.seen import key_of
from logsleuth.server.wire.protocol import Decoded, Request, Wire

Redact = Callable[[bytes], bytes]

ENTRY_BYTES = 64  # what an entry takes beside its text and its source


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A body that was read: what it held, and the keyed batches that are to be made safe."""

    decoded: Decoded
    records: tuple[tuple[bytes, bytes], ...]


def read_body(body: bytes, wire: Wire, request: Request, redact: Redact, limits: ServerLimits) -> Delivery:
    """Decode a whole body; raises RefusedError."""
    decoded = wire.decode(body, request)
    if decoded.names:
        return _each(decoded, decoded.names, wire, request, redact=redact, limits=limits)
    return deliver(decoded, body if decoded.key is None else decoded.key, wire, request, redact=redact, limits=limits)


def joined(parts: Sequence[Decoded]) -> Decoded:
    """What several pieces of a body hold together."""
    return Decoded(
        entries=tuple(entry for part in parts for entry in part.entries),
        records=sum(part.records for part in parts),
        rejected=tuple(rejection for part in parts for rejection in part.rejected),
        note=tuple(name for part in parts for name in part.note),
    )


def read_part(decoded: Decoded, wire: Wire, request: Request, redact: Redact, limits: ServerLimits) -> Delivery:
    """A part of an endless body; where its records have names of their own, each of them is a batch."""
    if decoded.note and all(decoded.note) and len(decoded.note) == len(decoded.entries):
        return _each(decoded, decoded.note, wire, request, redact=redact, limits=limits)
    text = b"\n".join(entry.text for entry in decoded.entries)
    return deliver(decoded, text if decoded.key is None else decoded.key, wire, request, redact=redact, limits=limits)


def _each(
    decoded: Decoded, names: tuple[str, ...], wire: Wire, request: Request, *, redact: Redact, limits: ServerLimits
) -> Delivery:
    """Every entry as a batch of its own, by its name, or by what it says where it has none."""
    records: list[tuple[bytes, bytes]] = []
    for name, entry in zip(names, decoded.entries, strict=True):
        key = name.encode("utf-8", "surrogatepass") or None
        alone = Decoded(entries=(entry,), records=1, key=key)
        records += deliver(alone, key or entry.text, wire, request, redact=redact, limits=limits).records
    return Delivery(decoded=decoded, records=tuple(records))


def deliver(
    decoded: Decoded, content: bytes, wire: Wire, request: Request, *, redact: Redact, limits: ServerLimits
) -> Delivery:
    """The batches of what was decoded: the same for the same, however often it is sent."""
    filed = tuple(_filed(entry, request.prefix) for entry in decoded.entries)
    is_passing = decoded.key is None and all(entry.time_ns == UNKNOWN_NS for entry in decoded.entries)
    digest = _digest(content, wire, filed)
    records = []
    for index, entries in enumerate(_split(filed, limits.frame_bytes)):
        batch = Batch(
            tenant=request.tenant,
            digest=digest,
            arrived_ns=request.arrived_ns,
            protocol=wire.name,
            entries=tuple(_redacted(entry, redact) for entry in entries),
        )
        records.append((key_of(request.tenant, digest, index, is_passing=is_passing), encode(batch)))
    return Delivery(decoded=decoded, records=tuple(records))


def fresh_records(
    entries: tuple[Entry, ...], protocol: str, name: bytes, arrived_ns: int, *, redact: Redact, limits: ServerLimits
) -> tuple[tuple[bytes, bytes], ...]:
    """The keyed batches of entries that no sender sends again; `name` is drawn for them."""
    records = []
    for index, piece in enumerate(_split(entries, limits.frame_bytes)):
        batch = Batch(
            tenant=DEFAULT_TENANT,
            digest=name,
            arrived_ns=arrived_ns,
            protocol=protocol,
            entries=tuple(_redacted(entry, redact) for entry in piece),
        )
        records.append((key_of(DEFAULT_TENANT, name, index, is_passing=False), encode(batch)))
    return tuple(records)


def _digest(content: bytes, wire: Wire, entries: tuple[Entry, ...]) -> bytes:
    """What makes the same delivery the same: how it came, of which sources it tells, and what it says."""
    names = (wire.name, *sorted({entry.source for entry in entries}))
    named = "\0".join(names).encode("utf-8", "surrogatepass")
    return blake2b(content, digest_size=32, key=blake2b(named, digest_size=32).digest()).digest()


def _split(entries: tuple[Entry, ...], most_bytes: int) -> Iterator[list[Entry]]:
    """Entries in pieces of a bounded size, at least one in each."""
    piece: list[Entry] = []
    size = 0
    for entry in entries:
        more = len(entry.text) + len(entry.source) + ENTRY_BYTES
        if piece and size + more > most_bytes:
            yield piece
            piece, size = [], 0
        piece.append(entry)
        size += more
    if piece:
        yield piece


def _filed(entry: Entry, prefix: str) -> Entry:
    """The entry under the source of the URL: the same names in two clusters are two sources."""
    if not prefix or entry.source == prefix or entry.source.startswith(f"{prefix}/"):
        return entry
    return Entry(source=source_name((prefix, entry.source)), text=entry.text, time_ns=entry.time_ns)


def _redacted(entry: Entry, redact: Redact) -> Entry:
    text = redact(entry.text)
    return entry if text is entry.text else Entry(source=entry.source, text=text, time_ns=entry.time_ns)
