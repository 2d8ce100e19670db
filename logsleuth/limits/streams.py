"""How streams are consumed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """Bounds of consuming a stream, with their units in the names."""

    batch_messages: int = 500  # taken from the client at once
    queued_bytes: int = 16 * 1024 * 1024  # fetched and not yet read, of one partition
    poll_seconds: float = 0.2  # in which a signal is noticed
    message_bytes: int = 64 * 1024 * 1024  # of one message, unpacked
    sources: int = 5_000  # names from messages; of more, the name of the partition is used
    readers: int = 256  # kinds of headers whose meaning is remembered
    broker_seconds: float = 10.0  # for one question to a broker
    sharing_seconds: float = 5.0  # until which further partitions come to a new member of a group
    end_seconds: float = 60.0  # until which a broker, and a partition, must have come when it is read to its end only


DEFAULT_STREAM_LIMITS = StreamLimits()
