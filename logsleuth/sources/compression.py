"""Compressed bytes in, what they hold out: recognised by their first bytes, never by a name; in bounded memory."""

from __future__ import annotations

import bz2
import lzma
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import zstandard

from logsleuth.lazy import lazy
from logsleuth.limits import Limits
from logsleuth.model import NoticeKind
from logsleuth.sources.readers import Reader, Trouble
from logsleuth.sources.zstd import ZstdDecoder

SLICE_BYTES: Final = 64 * 1024  # fed at once; what damage can cost of the text before it
MAGIC_BYTES: Final = 10


class Decoder(Protocol):
    """Decompresses one member or frame."""

    @property
    def needs_input(self) -> bool:
        """Whether more output takes more input."""
        ...

    @property
    def eof(self) -> bool:
        """Whether the member has ended."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What was given after the end of the member."""
        ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """The next bytes; not many more than `max_length`."""
        ...


class GzipDecoder:
    """Decompresses one gzip member and gives all that stands before damage."""

    def __init__(self) -> None:
        self.needs_input = True
        self._inflate = zlib.decompressobj(wbits=31)
        self._error: zlib.error | None = None

    @property
    def eof(self) -> bool:
        """Whether the member has ended."""
        return self._inflate.eof

    @property
    def unused_data(self) -> bytes:
        """What was given after the end of the member."""
        return self._inflate.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most `max_length` bytes; damage raises at the call after the one that met it."""
        if self._error:
            raise self._error
        before = self._inflate.copy()
        data = self._inflate.unconsumed_tail + data
        try:
            text = self._inflate.decompress(data, max_length)
        except zlib.error as error:
            self._error, self.needs_input = error, False
            return _salvage(before, data)
        self.needs_input = not self._inflate.unconsumed_tail and len(text) < max_length
        return text


@dataclass(frozen=True, slots=True)
class Codec:
    """A compressed format: how it begins and how a member of it is decompressed."""

    name: str
    magic: re.Pattern[bytes]
    decoder: Callable[[Limits], Decoder]


CODECS: Final = (
    Codec("gzip", lazy(rb"\x1f\x8b\x08"), lambda _: GzipDecoder()),
    Codec("zstd", lazy(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"), ZstdDecoder),
    Codec("xz", lazy(rb"\xfd7zXZ\0"), lambda limits: lzma.LZMADecompressor(memlimit=limits.window_bytes)),
    Codec("bzip2", lazy(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), lambda _: bz2.BZ2Decompressor()),
)
ERRORS: Final = (zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError, EOFError, ValueError)


def codec_of(head: bytes) -> Codec | None:
    """The format that begins with `head`."""
    return next((codec for codec in CODECS if codec.magic.match(head)), None)


class Unpacked:
    """Reads what one compressed stream of any number of members holds."""

    def __init__(self, upstream: Reader, codec: Codec, *, limits: Limits) -> None:
        self.trouble: Trouble | None = None
        self._upstream = upstream
        self._codec = codec
        self._limits = limits
        self._decoder: Decoder = codec.decoder(limits)
        self._given = b""  # read, but not yet fed
        self._ready = b""
        self._is_over = False

    def read(self, size: int) -> bytes:
        """The next decompressed bytes; damage and a missing end are the end, with all that stood before."""
        while not self._ready and not self._is_over:
            self._ready = self._step(size)
        piece, self._ready = self._ready[:size], self._ready[size:]
        return piece

    def _step(self, size: int) -> bytes:
        data = b""
        if self._decoder.needs_input:
            data, self._given = self._given or self._upstream.read(SLICE_BYTES), b""
            if not data:
                return self._end(NoticeKind.SOURCE_TRUNCATED, f"the {self._codec.name} data end early")
        try:
            text = self._decoder.decompress(data, size)
        except ERRORS as error:
            return self._end(NoticeKind.SOURCE_TRUNCATED, f"the {self._codec.name} data are damaged: {error}")
        if self._decoder.eof:
            self._given = self._decoder.unused_data
            self._next_member()
        return text

    def _next_member(self) -> None:
        given = self._given.lstrip(b"\0")  # gzip and xz allow padding between and after members
        while len(given) < MAGIC_BYTES and (more := self._upstream.read(SLICE_BYTES)):
            given = (given + more).lstrip(b"\0")
        if self._codec.magic.match(given):
            self._given = given
            self._decoder = self._codec.decoder(self._limits)
        elif given:
            self._end(NoticeKind.SOURCE_SKIPPED, f"ignored what follows the end of the {self._codec.name} data")
        else:
            self._is_over = True
            self.trouble = self._upstream.trouble

    def _end(self, kind: NoticeKind, detail: str) -> bytes:
        self._is_over = True
        self.trouble = self._upstream.trouble or Trouble(kind=kind, detail=f"{detail}; what stands before was read")
        return b""


def _salvage(inflate: zlib._Decompress, data: bytes) -> bytes:
    """What `data` gives up to the byte that cannot be decompressed."""
    parts: list[bytes] = []
    for at in range(len(data)):
        try:
            parts.append(inflate.decompress(data[at : at + 1]))
        except zlib.error:
            break
    return b"".join(parts)
