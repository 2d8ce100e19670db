r"""Compressed bytes -> pieces of plain bytes, each small whatever is claimed or hidden in the input.

Samples (`x` as gzip, zlib, zstd without its size, framed snappy, an lz4 frame; raw snappy has no magic bytes):
    \x1f\x8b\x08...     \x78\x9c...     \x28\xb5\x2f\xfd\x00...     \xff\x06\x00\x00sNaPpY...     \x04\x22\x4d\x18...
Origins: RFC 1952, 1950, 1951, 8878, google/snappy framing_format.txt, lz4_Frame_format.md.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Generator, Iterator
from typing import Final, Protocol

import cramjam
import zstandard

from logsleuth.limits import BodyLimits
from logsleuth.server.wire.protocol import RefusedError, Why

SNAPPY_START: Final = b"\xff\x06\x00\x00sNaPpY"

GZIP_BITS: Final = 31
ZLIB_BITS: Final = 15
RAW_BITS: Final = -15

_SKIPPED: Final = range(0x80, 0xFF)  # of the framing format: what may be passed over, and padding
_PIECE_BYTES: Final = 1024 * 1024
_SLICE_BYTES: Final = 16 * 1024  # zlib copies what it did not consume: short slices keep that linear
_ZSTD_SLICE_BYTES: Final = 1024  # 4 bytes stand for 128 KiB at most, so a slice for 32 MiB
_SNAPPY_CHUNK_BYTES: Final = 64 * 1024
_SNAPPY_GROWTH: Final = 64  # three bytes copy 64 at most
_LZ4_GROWTH: Final = 255


class Decoder(Protocol):
    """One layer of compression; the pieces are limited, their sum is for the caller to limit."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The plain bytes that these complete; raises RefusedError."""
        ...

    def finish(self) -> Iterator[bytes]:
        """The plain bytes that the end completes; raises RefusedError where the end is missing."""
        ...


class Plain:
    """Bytes that nobody compressed."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The same bytes."""
        yield data

    def finish(self) -> Iterator[bytes]:
        """Nothing is left."""
        yield from ()


class _Members:
    """Counts what a body strings together: each part costs time, and a body can hold millions of empty ones."""

    def __init__(self, limits: BodyLimits) -> None:
        self._left = limits.members

    def next(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise RefusedError(Why.TOO_LARGE, "the body consists of too many compressed parts")


def _in_slices(
    data: bytes, slice_bytes: int, step: Callable[[bytes], Generator[bytes, None, bytes]]
) -> Iterator[bytes]:
    """What `step` gives of `data`, slice by slice; it takes one piece at a time and returns the rest."""
    for at in range(0, len(data), slice_bytes):
        rest = data[at : at + slice_bytes]
        while rest:
            rest = yield from step(rest)


class Inflater:
    """gzip with any number of members, or one zlib or raw deflate stream."""

    def __init__(self, limits: BodyLimits, *, wbits: int) -> None:
        self._wbits = wbits
        self._members = _Members(limits)
        self._stream = zlib.decompressobj(wbits)
        self._is_between = True  # before the first byte of a member

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The plain bytes that these complete."""
        return _in_slices(data, _SLICE_BYTES, self._step)

    def finish(self) -> Iterator[bytes]:
        """Nothing: zlib gives what it has at once."""
        if not self._is_between:
            raise too_short()
        yield from ()

    def _step(self, data: bytes) -> Generator[bytes, None, bytes]:
        """One piece; the rest of the input is returned."""
        if self._stream.eof:
            data = self._begin_next(data)
            if not data:
                return data
        self._is_between = False
        try:
            piece = self._stream.decompress(data, _PIECE_BYTES)
        except zlib.error as error:
            raise damaged(error) from None
        if piece:
            yield piece
        if not self._stream.eof:
            return self._stream.unconsumed_tail
        self._is_between = True
        return self._stream.unused_data

    def _begin_next(self, data: bytes) -> bytes:
        """Another member; tape blocks are padded with zeros."""
        data = data.lstrip(b"\0")
        if data and self._wbits != GZIP_BITS:
            raise RefusedError(Why.MALFORMED, "bytes follow the end of the deflate stream")
        if data:
            self._members.next()
            self._stream = zlib.decompressobj(self._wbits)
        return data


class Unzstd:
    """zstd frames, with or without their size, and skippable ones."""

    def __init__(self, limits: BodyLimits) -> None:
        self._members = _Members(limits)
        self._engine = zstandard.ZstdDecompressor(max_window_size=limits.window_bytes)
        self._stream = self._engine.decompressobj()
        self._is_between = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The plain bytes that these complete."""
        return _in_slices(data, _ZSTD_SLICE_BYTES, self._step)

    def finish(self) -> Iterator[bytes]:
        """Nothing: the decoder gives what it has at once."""
        if not self._is_between:
            raise too_short()
        yield from ()

    def _step(self, data: bytes) -> Generator[bytes, None, bytes]:
        if self._stream.eof:
            self._members.next()
            self._stream = self._engine.decompressobj()
        try:
            piece = self._stream.decompress(data)
        except zstandard.ZstdError as error:
            raise damaged(error) from None
        self._is_between = self._stream.eof
        if piece:
            yield piece
        return self._stream.unused_data if self._stream.eof else b""


class UnsnappyFrames:
    """Framed snappy, chunk by chunk."""

    def __init__(self, limits: BodyLimits) -> None:
        self._members = _Members(limits)
        self._kept = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The plain bytes of the chunks that these complete."""
        self._kept += data
        at = 0
        while len(self._kept) >= at + 4:
            end = at + 4 + int.from_bytes(self._kept[at + 1 : at + 4], "little")
            if len(self._kept) < end:
                break
            self._members.next()
            yield _snappy_chunk(bytes(self._kept[at:end]))
            at = end
        del self._kept[:at]

    def finish(self) -> Iterator[bytes]:
        """Nothing: a chunk is given when it is whole."""
        if self._kept:
            raise too_short()
        yield from ()


class Unsnappy:
    """One raw snappy block, which can only be read as a whole."""

    def __init__(self, limits: BodyLimits) -> None:
        self._limits = limits
        self._kept = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Nothing yet."""
        _keep(self._kept, data, self._limits)
        yield from ()

    def finish(self) -> Iterator[bytes]:
        """The whole body."""
        yield unsnappy(bytes(self._kept), most=self._limits.decompressed_bytes)


class Unlz4:
    """lz4 frames; their blocks may build on each other, so they are read as a whole."""

    def __init__(self, limits: BodyLimits) -> None:
        self._limits = limits
        self._kept = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Nothing yet."""
        _keep(self._kept, data, self._limits)
        yield from ()

    def finish(self) -> Iterator[bytes]:
        """The whole body, written into room that is never larger than allowed."""
        room = min(self._limits.decompressed_bytes, _LZ4_GROWTH * len(self._kept) + _SNAPPY_CHUNK_BYTES) + 1
        plain = bytearray(room)
        try:
            size = cramjam.lz4.decompress_into(bytes(self._kept), plain) if self._kept else 0
        except cramjam.DecompressionError as error:
            is_full = "whole buffer" in str(error)
            raise (too_large(self._limits.decompressed_bytes) if is_full else damaged(error)) from None
        yield bytes(memoryview(plain)[:size])


def unsnappy(data: bytes, *, most: int) -> bytes:
    """A raw snappy block; what it claims to become is believed only within reason."""
    try:
        claimed = cramjam.snappy.decompress_raw_len(data) if data else 0
        if claimed > most:
            raise too_large(most)
        if claimed > _SNAPPY_GROWTH * len(data):
            raise RefusedError(Why.MALFORMED, "the snappy block claims more than it can hold")
        return bytes(cramjam.snappy.decompress_raw(data)) if data else b""
    except cramjam.DecompressionError as error:
        raise damaged(error) from None


def too_large(most: int) -> RefusedError:
    """The body becomes larger than allowed."""
    return RefusedError(Why.TOO_LARGE, f"the body is larger than {most} bytes when decompressed")


def too_short() -> RefusedError:
    """The body stops before its end."""
    return RefusedError(Why.MALFORMED, "the compressed body ends too early")


def damaged(error: Exception) -> RefusedError:
    """A decoder's own words."""
    return RefusedError(Why.MALFORMED, f"the compressed body is damaged: {str(error)[:200]}")


def _keep(kept: bytearray, data: bytes, limits: BodyLimits) -> None:
    if len(kept) + len(data) > limits.compressed_bytes:
        raise RefusedError(Why.TOO_LARGE, f"the compressed body is larger than {limits.compressed_bytes} bytes")
    kept += data


def _snappy_chunk(chunk: bytes) -> bytes:
    """The plain bytes of one chunk of the framing format, its checksum compared."""
    kind, body = chunk[0], chunk[8:]
    if chunk == SNAPPY_START or kind in _SKIPPED:
        return b""
    if kind not in {0, 1}:
        raise RefusedError(Why.MALFORMED, f"a snappy chunk of the unknown type {kind}")
    try:
        size = cramjam.snappy.decompress_raw_len(body) if kind == 0 else len(body)
        if size > _SNAPPY_CHUNK_BYTES:
            raise RefusedError(Why.MALFORMED, "a snappy chunk larger than 64 KiB")
        return bytes(cramjam.snappy.decompress(SNAPPY_START + chunk))
    except cramjam.DecompressionError as error:
        raise damaged(error) from None
