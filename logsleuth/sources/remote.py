"""One object of a store: what it is, as plain data for any process of any machine, and its bytes range by range."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from logsleuth.errors import SourceError
from logsleuth.limits import DEFAULT_OBJECT_LIMITS, ObjectLimits
from logsleuth.model import NoticeKind
from logsleuth.sources.object_errors import CHANGED
from logsleuth.sources.readers import Trouble

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

Fetch = Callable[[int, int], bytes]
Stream = Callable[[], Iterator[bytes]]


class NoRangesError(SourceError):
    """A server that gives an object as a whole or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteObject:
    """An object as it was when it was found: with `etag`, one that was replaced since is noticed."""

    url: str
    size: int
    etag: str | None = None
    whole: Callable[[], bytes] | None = field(default=None, compare=False, repr=False)  # waits for what was asked for

    @contextmanager
    def open(
        self, start: int = 0, end: int | None = None, *, limits: ObjectLimits = DEFAULT_OBJECT_LIMITS
    ) -> Iterator[RangeReader]:
        """A reader of the bytes from `start` up to `end`, or to the end."""
        from logsleuth.sources.objects import fetch, stream

        last = self.size if end is None else min(end, self.size)

        def fetched(at: int, to: int) -> bytes:
            is_whole = (at, to) == (0, self.size)
            return self.whole() if self.whole and is_whole else fetch(self, at, to)

        reader = RangeReader(fetched, lambda: stream(self), start, last, limits=limits)
        try:
            yield reader
        finally:
            reader.close()


class RangeReader:
    """Reads from a few requests at a time, in order; the first that fails is the end."""

    def __init__(self, fetch: Fetch, stream: Stream, start: int, end: int, *, limits: ObjectLimits) -> None:
        self.trouble: Trouble | None = None
        self._chunks = filter(None, self._read(fetch, stream, start, end))
        self._limits = limits
        self._view = memoryview(b"")
        self._pool: ThreadPoolExecutor | None = None

    def read(self, size: int) -> bytes:
        """What is at hand, or the next bytes of the object."""
        if not self._view and not self.trouble:
            self._view = memoryview(self._following())
        piece, self._view = self._view[:size], self._view[size:]
        return bytes(piece)

    def close(self) -> None:
        """Ask for no more; what was asked for is not waited for."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _following(self) -> bytes:
        try:
            return next(self._chunks, b"")
        except SourceError as error:
            detail = str(error) if error.args[0] == CHANGED else f"reading failed: {error}"
            self.trouble = Trouble(kind=NoticeKind.SOURCE_UNREADABLE, detail=detail)
            return b""

    def _read(self, fetch: Fetch, stream: Stream, start: int, end: int) -> Iterator[bytes]:
        first = min(start + self._limits.range_bytes, end)
        try:
            yield fetch(start, first) if start < first else b""
        except NoRangesError:
            yield from _between(stream(), start, end)
            return
        if first < end:
            yield from self._in_turn(fetch, range(first, end, self._limits.range_bytes), end)

    def _in_turn(self, fetch: Fetch, starts: range, end: int) -> Iterator[bytes]:
        """The ranges that begin at these places, some of them asked for before their turn."""
        from concurrent.futures import ThreadPoolExecutor

        self._pool = ThreadPoolExecutor(max_workers=self._limits.ranges_ahead)
        coming: deque[Future[bytes]] = deque()
        for start in starts:
            coming.append(self._pool.submit(fetch, start, min(start + starts.step, end)))
            if len(coming) > self._limits.ranges_ahead:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()


def _between(chunks: Iterator[bytes], start: int, end: int) -> Iterator[bytes]:
    """Of all bytes, those from `start` up to `end`."""
    at = 0
    for chunk in chunks:
        yield chunk[max(start - at, 0) : max(end - at, 0)]
        at += len(chunk)
        if at >= end:
            return
