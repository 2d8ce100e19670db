"""An object of a store as bytes that can be read at an offset, in large requests some of which run ahead."""

from __future__ import annotations

from contextlib import ExitStack

from logsleuth.limits import DEFAULT_OBJECT_LIMITS, ObjectLimits
from logsleuth.sources.readers import Trouble
from logsleuth.sources.remote import RangeReader, RemoteObject


class RemoteRanges:
    """One piece of an object; `until` is about where the piece ends, beyond which nothing is asked for in advance."""

    def __init__(self, item: RemoteObject, *, until: int, limits: ObjectLimits = DEFAULT_OBJECT_LIMITS) -> None:
        self.size = item.size
        self.trouble: Trouble | None = None
        self._item = item
        self._until = until
        self._limits = limits
        self._open = ExitStack()
        self._reader: RangeReader | None = None
        self._start = 0
        self._chunk = b""  # what came last, from `_start` on

    def read(self, at: int, size: int) -> bytes:
        """The bytes from `at` on; what cannot be fetched is the end."""
        wanted = min(size, self.size - at)
        parts: list[bytes] = []
        while wanted > 0 and (part := self._piece(at, wanted)):
            parts.append(part)
            at, wanted = at + len(part), wanted - len(part)
        return b"".join(parts)

    def close(self) -> None:
        """Ask for no more."""
        self._open.close()
        self._reader = None

    def _piece(self, at: int, size: int) -> bytes:
        end = self._start + len(self._chunk)
        if not self._start <= at < end:
            if self._reader is None or at != end:
                self._reader = self._opened(at)
            self._start, self._chunk = at, self._next(at)
        offset = at - self._start
        return self._chunk[offset : offset + size]

    def _next(self, at: int) -> bytes:
        """The bytes that follow; behind the piece, as many as one request has."""
        if self.trouble or self._reader is None:
            return b""
        chunk = self._reader.read(self._limits.range_bytes)
        if not chunk and not self._reader.trouble:
            self._reader = self._opened(at)
            chunk = self._reader.read(self._limits.range_bytes)
        self.trouble = self._reader.trouble
        return chunk

    def _opened(self, at: int) -> RangeReader:
        self._open.close()
        end = self._until if at < self._until else at + self._limits.range_bytes
        return self._open.enter_context(self._item.open(at, end, limits=self._limits))
