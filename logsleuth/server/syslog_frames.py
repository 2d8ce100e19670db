r"""The bytes of a syslog connection -> its frames, as they come.

Samples (octet counting, RFC 6587; a line feed behind each; Python's SysLogHandler, which ends with NUL):
    66 <11>1 2026-11-20T06:00:00.123Z gpu-07 vllm 8707 - - CUDA out of memory
    <11>Nov 20 06:00:00 gpu-07 vllm[8707]: CUDA out of memory\n
    <11>CUDA out of memory\0
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_COUNT: Final = re.compile(rb"([1-9][0-9]{0,8}) (?=<)")  # a message begins with its priority, a line of text may not
_COUNT_BEGUN: Final = re.compile(rb"(?:[1-9][0-9]{0,8} ?)?")
_COUNT_BYTES: Final = 10
_END: Final = re.compile(rb"[\n\0]")


class Frames:
    """Reads one connection; of a frame that is longer than `frame_bytes` the head is kept."""

    def __init__(self, *, frame_bytes: int) -> None:
        self._most = frame_bytes
        self._buffer = bytearray()
        self._skip = 0
        self._is_dropping = False
        self._clear = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The frames that these bytes complete, none of them empty."""
        self._buffer += data
        at = 0
        while True:
            start, stop, after = self._next(at)
            if stop > start:
                yield bytes(self._buffer[start:stop])
            if after == at:
                break
            at = after
        del self._buffer[:at]
        self._clear = max(self._clear - at, 0)

    def finish(self) -> Iterator[bytes]:
        """The last frame, which the end of the connection ends."""
        if self._buffer and not self._is_dropping and not self._skip:
            match = _COUNT.match(self._buffer)
            yield bytes(self._buffer[match.end() if match else 0 :])
        self._buffer.clear()

    def _next(self, at: int) -> tuple[int, int, int]:
        """Where a frame starts and stops, and where to go on; nothing is passed where more bytes are needed."""
        if self._skip:
            passed = min(self._skip, len(self._buffer) - at)
            self._skip -= passed
            return at, at, at + passed
        if self._is_dropping:
            return self._dropped(at)
        match = _COUNT.match(self._buffer, at)
        if match:
            return self._counted(at, match.end(), int(match[1]))
        if len(self._buffer) - at <= _COUNT_BYTES and _COUNT_BEGUN.fullmatch(self._buffer, at):
            return at, at, at
        return self._line(at)

    def _counted(self, at: int, start: int, size: int) -> tuple[int, int, int]:
        kept = min(size, self._most)
        if len(self._buffer) < start + kept:
            return at, at, at
        self._skip = size - kept
        return start, start + kept, start + kept

    def _line(self, at: int) -> tuple[int, int, int]:
        match = _END.search(self._buffer, max(at, self._clear))
        stop = match.start() if match else len(self._buffer)
        if stop - at > self._most:
            self._is_dropping = True
            return at, at + self._most, at + self._most
        if match is None:
            self._clear = stop
            return at, at, at
        return at, stop, match.end()

    def _dropped(self, at: int) -> tuple[int, int, int]:
        match = _END.search(self._buffer, at)
        self._is_dropping = match is None
        end = len(self._buffer) if match is None else match.end()
        return at, at, end
