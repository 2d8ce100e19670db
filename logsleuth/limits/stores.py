"""How object stores are read."""

from __future__ import annotations

from dataclasses import dataclass


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
