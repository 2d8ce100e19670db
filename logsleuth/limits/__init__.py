"""Every bound of the program in one place: memory follows these figures, never the input. Here those of reading."""

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
