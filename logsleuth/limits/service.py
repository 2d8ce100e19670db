"""What the service may take, keep and compute."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """Bounds of one request's body; reaching one refuses the request, but for single records, which are rejected."""

    compressed_bytes: int = 64 * 1024 * 1024
    decompressed_bytes: int = 256 * 1024 * 1024
    ratio: int = 1000  # of decompressed to compressed bytes ...
    ratio_after_bytes: int = 1024 * 1024  # ... once this many have come: short bodies of one letter are harmless
    window_bytes: int = 8 * 1024 * 1024  # of zstd: what RFC 9659 lets an HTTP client ask for
    layers: int = 4  # of `Content-Encoding: a, b`
    members: int = 50_000  # gzip members, zstd frames, snappy chunks: each costs time however small it is
    records: int = 1_000_000
    chunk_bytes: int = 1024 * 1024  # of JSON that stands in memory as objects at one time
    record_bytes: int = 4 * 1024 * 1024
    record_fields: int = 1_000
    record_depth: int = 64
    text_head_bytes: int = 768 * 1024  # of a longer text, the head and the tail are kept
    text_tail_bytes: int = 256 * 1024


DEFAULT_BODY_LIMITS = BodyLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """Bounds of the service, with their units in the names; a request beyond one is refused with its reason."""

    body: BodyLimits = DEFAULT_BODY_LIMITS
    header_seconds: float = 5.0  # from the first byte of a request, or of a connection, to the end of its headers
    header_bytes: int = 64 * 1024  # of one request, with its first line
    keep_alive_seconds: float = 75.0
    body_bytes_per_second: int = 1024
    body_grace_seconds: float = 30.0  # before a body has to come that fast
    endless_idle_seconds: float = 600.0  # journald sends nothing while nothing is logged
    part_bytes: int = 256 * 1024  # of an endless body, committed as a whole
    part_seconds: float = 1.0
    connections: int = 12_000
    address_connections: int = 2_000
    in_flight_bytes: int = 256 * 1024 * 1024
    thread_bytes: int = 256 * 1024  # a larger body is decoded beside the event loop
    decoders: int = 2  # at one time: a body takes several times its size while it is decoded
    retry_after_seconds: int = 5
    drain_seconds: float = 10.0
    segment_bytes: int = 64 * 1024 * 1024
    frame_bytes: int = 8 * 1024 * 1024  # of one batch; a larger request becomes several
    spool_bytes: int = 10 * 1024 * 1024 * 1024
    disk_free_share: float = 0.1  # the smaller of both is kept free: a tenth of a large disk is much
    disk_free_bytes: int = 5 * 1024 * 1024 * 1024
    seen_keys: int = 1_000_000
    seen_seconds: float = 3600.0
    damages: int = 1_000  # told one by one; more are only counted
    templates: int = 20_000  # of a tenant, then the oldest go
    silence_seconds: float = 120.0  # of the analysing process, then it hangs and is started again


DEFAULT_SERVER_LIMITS = ServerLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisLimits:
    """Bounds of analyses that are asked for over HTTP; one beyond them is refused with its reason."""

    processes: int = 1  # at one time: taking logs goes first
    waiting: int = 8
    seconds: float = 60.0
    memory_bytes: int = 2 * 1024 * 1024 * 1024
    upload_bytes: int = 256 * 1024 * 1024  # as sent
    read_bytes: int = 1024 * 1024 * 1024  # unpacked
    files: int = 200  # of one upload


DEFAULT_ANALYSIS_LIMITS = AnalysisLimits()
