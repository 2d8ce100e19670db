"""Zstandard frames, decompressed block by block: the library's own calls bound neither output nor notice a missing end.

The layout of a frame is that of RFC 8878, section 3.1.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Final

import zstandard

from logsleuth.limits import Limits

SKIPPABLE: Final = b"\x2a\x4d\x18"
DICTIONARY_ID_BYTES: Final = (0, 1, 2, 4)
CONTENT_SIZE_BYTES: Final = (0, 2, 4, 8)
RUN_BLOCK: Final = 1  # one byte, repeated
SKIP_BYTES: Final = 64 * 1024


class ZstdDecoder:
    """Decompresses one frame; a call gives the content of at most one block (128 KiB)."""

    def __init__(self, limits: Limits) -> None:
        self.eof = False
        self.needs_input = True
        self.unused_data = b""
        self._inflate = zstandard.ZstdDecompressor(max_window_size=limits.window_bytes).decompressobj()
        self._parts = _parts()
        self._wanted = next(self._parts)
        self._given = bytearray()
        self._is_skippable: bool | None = None  # known from the first part

    def decompress(self, data: bytes, _max_length: int, /) -> bytes:
        """The content of the next block that has any; `data` are kept until they hold it."""
        self._given += data
        text = b""
        while not text and not self.eof and len(self._given) >= self._wanted:
            text = self._take()
        self.needs_input = not self.eof and len(self._given) < self._wanted
        return text

    def _take(self) -> bytes:
        part = bytes(self._given[: self._wanted])
        del self._given[: self._wanted]
        if self._is_skippable is None:
            self._is_skippable = part[1:] == SKIPPABLE
        text = self._inflate.decompress(part) if part and not self._is_skippable else b""
        try:
            self._wanted = self._parts.send(part)
        except StopIteration:
            self.eof, self.unused_data = True, bytes(self._given)
        return text


def _parts() -> Generator[int, bytes, None]:
    """Yields the lengths of the parts of a frame, is sent the parts."""
    magic = yield 4
    if magic[1:] == SKIPPABLE:
        yield from _skippable(int.from_bytes((yield 4), "little"))
        return
    descriptor = (yield 1)[0]
    yield _header_bytes(descriptor)
    is_last = 0
    while not is_last:
        header = int.from_bytes((yield 3), "little")
        is_last, kind, size = header & 1, header >> 1 & 3, header >> 3
        yield 1 if kind == RUN_BLOCK else size
    if descriptor & 4:
        yield 4  # checksum


def _skippable(size: int) -> Generator[int, bytes, None]:
    while size:
        part = yield min(size, SKIP_BYTES)
        size -= len(part)


def _header_bytes(descriptor: int) -> int:
    is_single_segment = descriptor >> 5 & 1
    content_size = CONTENT_SIZE_BYTES[descriptor >> 6] or is_single_segment
    return (1 - is_single_segment) + DICTIONARY_ID_BYTES[descriptor & 3] + content_size
