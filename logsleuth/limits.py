"""Every bound of the program in one place: memory follows these figures, never the input."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds, with their units in the names; reaching one yields a notice."""

    block_bytes: int = 384 * 1024  # 256-512 KiB measured best: larger blocks leave the processor's cache
    line_bytes: int = 64 * 1024  # a longer line is cut; what is cut is counted
    partial_bytes: int = 1024 * 1024  # fragments of one container line waiting for their end
    partial_streams: int = 256
    json_record_lines: int = 2000  # lines that one structured record may unfold to
    event_lines: int = 2000
    event_bytes: int = 512 * 1024
    open_events: int = 128
    lookback_bytes: int = 16 * 1024  # what is kept of the block before, for events whose head was not seen
    tallies: int = 20_000  # distinct (signature or failure, stream) pairs kept
    tally_chars: int = 32 * 1024 * 1024  # of the events of what a watcher has in mind, or a piece tells
    unknown_failures: int = 300  # distinct ones kept: each is weighed against every other failure
    evidence_lines: int = 40
    evidence_chars: int = 2000  # of one line of evidence
    fact_chars: int = 300
    shapes: int = 20_000  # Drain sees each of them once; 0 for no templates at all
    error_shapes: int = 5_000  # a share of their own, so that a flood of healthy shapes cannot crowd errors out
    shape_key_bytes: int = 8 * 1024 * 1024  # of keys whose shape is remembered; then the memory starts anew
    clusters: int = 3_000  # of ordinary messages, and of errors
    template_chars: int = 2000
    overflow_buckets: int = 1_000  # of shapes, of ordinary messages and of errors for which there is no room
    series_points: int = 5_000
    all_points: int = 20_000  # of all series together: a thousand ranks must not cost a thousand times one
    match_seconds: float = 0.2  # for one attempt of one expression on one event
    window_bytes: int = 128 * 1024 * 1024  # of a decompressor: what `zstd -d` and `xz -d` open without being asked
    archive_members: int = 100_000
    folder_files: int = 100_000
    communicator_members: int = 20_000  # ranks of NCCL communicators: a thousand GPUs in a dozen groups each
    piece_bytes: int = 32 * 1024 * 1024  # of a source, read apart: smaller ones are shared out more evenly
    context_bytes: int = 512 * 1024  # read again before a piece: as long as an event may be
    run_on_bytes: int = 1024 * 1024  # read behind a piece, as long as an event that began in it goes on
    dump_bytes: int = 64 * 1024 * 1024  # of a flight recorder's dump, which is parsed as a whole


DEFAULT_LIMITS = Limits()


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeLimits:
    """Bounds of one probe's child, beside the time and memory that the probe itself names."""

    output_bytes: int = 64 * 1024  # the end of what it prints
    values_bytes: int = 1024 * 1024
    grace_s: float = 2.0  # between SIGTERM, at which it prints where it stands, and SIGKILL
    reap_s: float = 2.0  # after SIGKILL; a process that the kernel holds longer is left behind
    poll_s: float = 0.05
    overhead_bytes: int = 1024**3  # of address space for the interpreter and its libraries


DEFAULT_PROBE_LIMITS = ProbeLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectLimits:
    """Bounds of reading from object stores, with their units in the names."""

    range_bytes: int = 4 * 1024 * 1024  # of one request
    ranges_ahead: int = 4  # requests for what follows, while what came is read
    small_bytes: int = 512 * 1024  # of an object that is asked for before its turn
    objects_ahead: int = 16  # of these at one time
    listed_keys: int = 1_000_000  # looked at for one pattern or prefix; of these, `Limits.folder_files` are read
    page_keys: int = 1_000  # the most that S3 lists at once
    retries: int = 5
    retry_seconds: float = 60.0  # from the first try of a request to the last
    request_seconds: float = 300.0
    stalled_seconds: float = 30.0  # without a byte
    connect_seconds: float = 5.0
    silent_requests: int = 3  # in a row that had no answer, after which a store is not asked for more objects
    stores: int = 16  # buckets to which connections are kept


DEFAULT_OBJECT_LIMITS = ObjectLimits()


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
