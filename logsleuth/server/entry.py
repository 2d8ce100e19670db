"""What every protocol is turned into, and what the spool holds: entries of text, each of one named source.

These are `msgspec.Struct`s and no dataclasses: millions of them are encoded, and as arrays they take half the space.
"""

from __future__ import annotations

from typing import Final

import msgspec

from logsleuth.errors import LogsleuthError

UNKNOWN_NS: Final = 0


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One record as shipped.

    `source` names the stream within its tenant, such as `node/pod/container` or a path. `text` is what the analysis
    reads: the line as its program wrote it, without a final newline, or several lines, or a JSON object in one line
    where the record says more than a line does (level, logger, traceback). `time_ns` is the shipper's time since the
    epoch in nanoseconds, or `UNKNOWN_NS`.
    """

    source: str
    text: bytes
    time_ns: int = UNKNOWN_NS


class Batch(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The entries that one request (or one part of an endless one) brought, accepted as a whole.

    `digest` is what makes the same request sent twice the same; `arrived_ns` is the time of arrival since the epoch.
    """

    tenant: str
    digest: bytes
    arrived_ns: int
    protocol: str
    entries: tuple[Entry, ...]


class DamagedBatchError(LogsleuthError):
    """Bytes that are no batch, or one of another version."""


_DECODER: Final = msgspec.msgpack.Decoder(Batch)
_ENCODER: Final = msgspec.msgpack.Encoder()


def encode(batch: Batch) -> bytes:
    """The bytes of a batch, as the spool keeps them."""
    return _ENCODER.encode(batch)


def decode(data: bytes) -> Batch:
    """The batch of these bytes; raises DamagedBatchError."""
    try:
        return _DECODER.decode(data)
    except msgspec.MsgspecError as error:
        raise DamagedBatchError(f"not a batch: {error}") from None
