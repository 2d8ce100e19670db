"""The body of one request, as it comes: decompressed, bounded, and counted against what may be in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from starlette.types import Receive

from logsleuth.limits import ServerLimits
from logsleuth.server.commit import BusyError
from logsleuth.server.counters import Budget
from logsleuth.server.requests import declared_bytes
from logsleuth.server.wire.bodies import Decompressor, encodings
from logsleuth.server.wire.protocol import RefusedError, Request, Why

INLINE_BYTES: Final = 16 * 1024  # less than this is decompressed faster than a thread is asked
COMPRESSED: Final = frozenset((0x1F, 0x28, *range(0x50, 0x60)))  # what gzip and zstd begin with, unannounced too


class GoneError(Exception):
    """The client went before its body was complete."""


class Upload:
    """Reads the body of one request; `close` gives back what it took of the budget."""

    def __init__(self, receive: Receive, request: Request, limits: ServerLimits, budget: Budget) -> None:
        self._receive, self._limits, self._budget = receive, limits, budget
        self._request = request
        self._taken = 0
        self._coming: asyncio.Task[Mapping[str, Any]] | None = None
        self._layers = encodings(request.headers.get("content-encoding", ""))
        self._plain = Decompressor(self._layers, limits.body)
        self._is_light = not self._layers
        self._rest, self._rest_at, self._given = b"", 0, 0
        self.is_read = False

    def check_size(self) -> None:
        """Refuse a body that says that it is too large, before any of it is read."""
        size = declared_bytes(self._request)
        most = self._limits.body.compressed_bytes if self._layers else self._limits.body.decompressed_bytes
        if size is not None and size > most:
            raise RefusedError(Why.TOO_LARGE, f"the body of {size} bytes is larger than {most} bytes")
        self.is_read = size == 0

    def endless(self) -> None:
        """The body may go on for ever: what bounds it is how much of it waits, not how much comes."""
        self._plain = Decompressor(self._layers, self._limits.body, is_endless=True)

    async def whole(self) -> bytes:
        """All of the body; raises RefusedError, BusyError or GoneError."""
        pieces = []
        while (piece := await self.next()) is not None:
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    async def piece(self, timeout_s: float, size_bytes: int) -> bytes | None:
        """As `next`, but no piece reaches over a multiple of `size_bytes`: a body that comes again is cut alike."""
        if self._rest_at == len(self._rest):
            plain = await self.next(timeout_s)
            if not plain:
                return plain
            self._rest, self._rest_at = plain, 0
        end = self._rest_at + size_bytes - self._given % size_bytes
        found, self._rest_at = self._rest[self._rest_at : end], min(end, len(self._rest))
        self._given += len(found)
        return found

    def is_cut(self, size_bytes: int) -> bool:
        """Whether the pieces so far end at a multiple of `size_bytes`."""
        return not self._given % size_bytes

    async def next(self, timeout_s: float | None = None) -> bytes | None:
        """More plain bytes, none of them where the time went by, None at the end."""
        if self.is_read:
            return None
        if self._coming is None:
            self._coming = asyncio.ensure_future(self._receive())
        if timeout_s is not None:
            await asyncio.wait({self._coming}, timeout=timeout_s)
            if not self._coming.done():
                return b""
        message = await self._coming
        self._coming = None
        if message["type"] == "http.disconnect":
            raise GoneError
        self.is_read = not message.get("more_body", False)
        plain = await self._expanded(message.get("body", b""))
        if not self._budget.take(len(plain)):
            raise BusyError("too many bytes are in flight")
        self._taken += len(plain)
        return plain

    def release(self) -> None:
        """What was read is safe, or of no use any more."""
        self._budget.give(self._taken)
        self._taken = 0

    def close(self) -> None:
        """Nothing more is read."""
        self.release()
        if self._coming is not None:
            self._coming.cancel()

    async def _expanded(self, data: bytes) -> bytes:
        if not self._plain.taken and data[:1] and data[0] in COMPRESSED:
            self._is_light = False
        if self._is_light or (len(data) < INLINE_BYTES and self._plain.taken < INLINE_BYTES):
            return self._expand(data)
        return await asyncio.get_running_loop().run_in_executor(None, self._expand, data)

    def _expand(self, data: bytes) -> bytes:
        plain = self._plain.feed(data)
        return plain + self._plain.finish() if self.is_read else plain
