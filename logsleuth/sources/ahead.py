"""Reads on in a thread while what was read is being dealt with: decompression leaves the other threads alone."""

from __future__ import annotations

import queue
import threading
from typing import Final

from logsleuth.sources.readers import Reader, Trouble

ALONE_BYTES: Final = 4 * 1024 * 1024  # read without a thread: most inputs end before
CHUNK_BYTES: Final = 256 * 1024
CHUNKS: Final = 16  # that wait at most
LEAVE_S: Final = 1.0  # a thread that waits for a pipe is left behind
LOOK_S: Final = 0.1  # how often a thread that is not read from looks whether it is to end


class ReadAhead:
    """Gives what another reader gives; `close` ends the thread."""

    def __init__(self, upstream: Reader) -> None:
        self._upstream = upstream
        self._alone_bytes = ALONE_BYTES
        self._chunks: queue.Queue[bytes] = queue.Queue(maxsize=CHUNKS)
        self._is_closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._ready = b""
        self._is_over = False
        self._failure: Exception | None = None  # of the thread

    @property
    def trouble(self) -> Trouble | None:
        """What ended the bytes early, once they have ended here."""
        return self._upstream.trouble if self._is_over else None

    def read(self, size: int) -> bytes:
        """The next bytes."""
        if not self._ready and not self._is_over:
            self._ready = self._next()
            self._is_over = not self._ready
        piece, self._ready = self._ready[:size], self._ready[size:]
        return piece

    def close(self) -> None:
        """Read no further."""
        self._is_closed.set()
        self._is_over = True
        if self._thread is not None:
            self._thread.join(LEAVE_S)

    def _next(self) -> bytes:
        if self._alone_bytes > 0:
            chunk = self._upstream.read(CHUNK_BYTES)
            self._alone_bytes -= len(chunk)
            return chunk
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        chunk = self._chunks.get()
        if not chunk and self._failure is not None:
            raise self._failure
        return chunk

    def _run(self) -> None:
        chunk = b"not yet"
        while chunk and not self._is_closed.is_set():
            try:
                chunk = self._upstream.read(CHUNK_BYTES)
            except Exception as error:  # noqa: BLE001  whoever waits for a chunk raises it: a dead thread would be waited for
                self._failure, chunk = error, b""
            self._put(chunk)

    def _put(self, chunk: bytes) -> None:
        while not self._is_closed.is_set():
            try:
                self._chunks.put(chunk, timeout=LOOK_S)
            except queue.Full:
                continue
            return
