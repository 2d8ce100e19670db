"""Bytes on demand: what every layer of an input (file, decompression, archive member) offers to the next."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import FileIO
from typing import Protocol

from logsleuth.model import Notice, NoticeKind, Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Why a reader ended before its time."""

    kind: NoticeKind
    detail: str

    def notice(self, source: str) -> Notice:
        """The same, said about `source`."""
        return Notice(kind=self.kind, where=Where(source=source), detail=self.detail)


class Reader(Protocol):
    """A source of bytes that never raises: what went wrong stands in `trouble` once `read` has returned nothing."""

    @property
    def trouble(self) -> Trouble | None:
        """What ended the bytes early, if anything did."""
        ...

    def read(self, size: int) -> bytes:
        """What is at hand, from 1 to `size` bytes, or nothing at the end."""
        ...


class StreamReader:
    """Reads from a file or a pipe through its unbuffered `read`, so that it never waits while bytes are at hand."""

    def __init__(self, read: Callable[[int], bytes | None]) -> None:
        self.trouble: Trouble | None = None
        self._read = read

    def read(self, size: int) -> bytes:
        """What one system call gives; an I/O error is the end."""
        if self.trouble:
            return b""
        try:
            return self._read(size) or b""
        except OSError as error:
            self.trouble = Trouble(
                kind=NoticeKind.SOURCE_UNREADABLE,
                detail=f"reading failed: {error.strerror}; what stands before was read",
            )
            return b""


class ChunkReader:
    """Reads from chunks of any size, in time linear in their lengths."""

    trouble: Trouble | None = None

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._view = memoryview(b"")

    def read(self, size: int) -> bytes:
        """The rest of the current chunk, or the next one that is not empty."""
        if not self._view:
            self._view = memoryview(next(filter(None, self._chunks), b""))
        piece, self._view = self._view[:size], self._view[size:]
        return bytes(piece)


class Peekable:
    """A reader whose first bytes can be looked at before they are read."""

    def __init__(self, upstream: Reader, *, chunk_bytes: int, seek_data: Callable[[], int] = int) -> None:
        self.nul_bytes = 0
        self._seek_data = seek_data
        self._upstream = upstream
        self._chunk_bytes = chunk_bytes
        self._ahead = b""

    @property
    def trouble(self) -> Trouble | None:
        """What ended the bytes early, if anything did."""
        return self._upstream.trouble

    def read(self, size: int) -> bytes:
        """What was looked at first, then what follows."""
        if not self._ahead:
            return self._upstream.read(size)
        piece, self._ahead = self._ahead[:size], self._ahead[size:]
        return piece

    def peek(self, is_enough: Callable[[bytes], bool]) -> bytes:
        """The first bytes, as many as `is_enough` asks for or as there are."""
        while not is_enough(self._ahead):
            chunk = self._upstream.read(self._chunk_bytes)
            if not chunk:
                break
            self._ahead += chunk
        return self._ahead

    def drop(self, count: int) -> None:
        """Leave out the first `count` bytes, which were looked at."""
        self._ahead = self._ahead[count:]

    def drop_nuls(self) -> None:
        """Leave out the NUL bytes at the beginning and count them: a hole, left by a rotation under an open file."""
        while chunk := self._ahead or self._upstream.read(self._chunk_bytes):
            self._ahead = b"" if is_hole(chunk) else chunk.lstrip(b"\0")
            self.nul_bytes += len(chunk) - len(self._ahead)
            if self._ahead:
                return
            self.skip_hole()

    def skip_hole(self) -> None:
        """Go on where a file has data again: its holes need not be read."""
        self.nul_bytes += self._seek_data()


def is_hole(chunk: bytes) -> bool:
    """Whether all bytes are NUL, found at the speed of a comparison."""
    return not chunk[-1] and chunk == bytes(len(chunk))


def seek_data(file: FileIO) -> int:
    """Move to the next data of a sparse file; return how many bytes of a hole that saved."""
    try:
        position = file.tell()
        return os.lseek(file.fileno(), position, os.SEEK_DATA) - position
    except OSError as error:
        # No such offset: the hole goes on to the end. Anything else: a pipe, or a file system that cannot tell.
        return file.seek(0, os.SEEK_END) - position if error.errno == errno.ENXIO else 0


def exactly(reader: Reader, size: int) -> bytes:
    """`size` bytes, fewer only at the end."""
    parts: list[bytes] = []
    while size and (part := reader.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def skip(reader: Reader, size: int, *, chunk_bytes: int = 64 * 1024) -> int:
    """Read `size` bytes and forget them; return how many were missing."""
    while size and (part := reader.read(min(size, chunk_bytes))):
        size -= len(part)
    return size


def line_chunks(lines: Iterable[str | bytes], *, chunk_bytes: int) -> Iterator[bytes]:
    """Lines as chunks: each ends with a newline, the last one only if it had it (it may end compressed bytes)."""
    parts: list[bytes] = []
    held = 0
    for line in lines:
        if parts and not parts[-1].endswith(b"\n"):
            parts.append(b"\n")
        # surrogatepass: any str has bytes; what is no UTF-8 is counted later like any other damage
        parts.append(line.encode("utf-8", "surrogatepass") if isinstance(line, str) else line)
        held += len(parts[-1]) + 1
        if held >= chunk_bytes:
            last = parts.pop()
            yield b"".join(parts)
            parts, held = [last], 0
    yield b"".join(parts)
