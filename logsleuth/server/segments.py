"""The files of the spool: frames with checksums behind a header. In: bytes on disk; out: frames, and what is damaged.

    segment   header, header again, zeros up to 128 bytes, frames
    header    magic, number of the segment before, where that one ends, salt, checksum
    frame     mark, length, key, checksum of the payload, checksum of these; payload

The salt is drawn for each segment; mark and checksums depend on it, and the checksums on the place in the file too. So
nothing that a log line holds, and no older content of the disk, can pass as a frame where a damaged one is skipped.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

KEY_BYTES: Final = 16
HEADER_BYTES: Final = 128
SUFFIX: Final = ".spool"

_MAGIC: Final = b"LSPOOL1\n"
_HEADER: Final = struct.Struct("<8sQQ16sI")
_FRAME: Final = struct.Struct("<4sI16sII")
_PLACE: Final = struct.Struct("<Q")
_CHECKED_BYTES: Final = _FRAME.size - 4
_AHEAD_BYTES: Final = 1024 * 1024

FRAME_BYTES: Final = _FRAME.size


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place between two frames; later ones are greater."""

    segment: int
    offset: int


START: Final = Position(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a segment says of itself; frames of the one before beyond `previous_end` were never acknowledged."""

    previous: int
    previous_end: int
    salt: bytes

    def pack(self) -> bytes:
        """The bytes at the beginning of the file: twice, so that one of them may rot."""
        fields = _HEADER.pack(_MAGIC, self.previous, self.previous_end, self.salt, 0)[:-4]
        once = fields + zlib.crc32(fields).to_bytes(4, "little")
        return (once + once).ljust(HEADER_BYTES, b"\0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One payload, and the offset behind it."""

    end: int
    key: bytes
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Bytes of a segment that are no whole frame, up to the offset `end`."""

    segment: int
    offset: int
    end: int


def path_of(folder: Path, segment: int) -> Path:
    """The file of a segment."""
    return folder / f"{segment:016d}{SUFFIX}"


def numbers(folder: Path, suffix: str = SUFFIX) -> list[int]:
    """The segments that are there, in order."""
    names = (path.name.removesuffix(suffix) for path in folder.iterdir() if path.name.endswith(suffix))
    return sorted(int(name) for name in names if name.isascii() and name.isdigit())


def read_header(path: Path) -> Header | None:
    """The header of a segment, or None where both copies are damaged or the file is gone."""
    try:
        with path.open("rb") as file:
            data = file.read(HEADER_BYTES)
    except FileNotFoundError:
        return None
    for copy in (data[: _HEADER.size], data[_HEADER.size : 2 * _HEADER.size]):
        if len(copy) == _HEADER.size and zlib.crc32(copy[:-4]) == int.from_bytes(copy[-4:], "little"):
            magic, previous, previous_end, salt, _ = _HEADER.unpack(copy)
            return Header(previous=previous, previous_end=previous_end, salt=salt) if magic == _MAGIC else None
    return None


class Codec:
    """Makes and checks the frames of one segment."""

    def __init__(self, salt: bytes) -> None:
        self.mark: Final = salt[:4]
        self._seed = zlib.crc32(salt)

    def head(self, offset: int, key: bytes, payload: bytes) -> bytes:
        """What stands before a payload whose frame begins at `offset`."""
        seed = zlib.crc32(_PLACE.pack(offset), self._seed)
        fields = _FRAME.pack(self.mark, len(payload), key, zlib.crc32(payload, seed), 0)[:_CHECKED_BYTES]
        return fields + zlib.crc32(fields, seed).to_bytes(4, "little")

    def length(self, offset: int, head: bytes) -> int | None:
        """The length of the payload, or None where this is no head of a frame."""
        if len(head) < FRAME_BYTES or head[:4] != self.mark:
            return None
        seed = zlib.crc32(_PLACE.pack(offset), self._seed)
        if zlib.crc32(head[:_CHECKED_BYTES], seed) != int.from_bytes(head[_CHECKED_BYTES:FRAME_BYTES], "little"):
            return None
        return int.from_bytes(head[4:8], "little")

    def is_whole(self, offset: int, head: bytes, payload: bytes) -> bool:
        """Whether the payload is the one that was written here."""
        seed = zlib.crc32(_PLACE.pack(offset), self._seed)
        return zlib.crc32(payload, seed) == int.from_bytes(head[24:28], "little")


class Segment:
    """A segment open for reading, up to a given end."""

    def __init__(self, folder: Path, number: int) -> None:
        self.number: Final = number
        path = path_of(folder, number)
        header = read_header(path)
        self._codec = Codec(header.salt) if header else None
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._held = b""
        self._held_at = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    @property
    def size_bytes(self) -> int:
        """The length of the file."""
        return os.fstat(self._file).st_size

    def make_safe(self) -> None:
        """Make what was read safe: a process that was killed may have left it in memory only."""
        os.fsync(self._file)

    def frames(self, start: int, end: int) -> Iterator[Frame | Damage]:
        """What lies between two offsets, in order; each damaged stretch once."""
        if self._codec is None:
            if end > start:
                yield Damage(segment=self.number, offset=start, end=end)
            return
        at = max(start, HEADER_BYTES)
        while at < end:
            found = self._frame(self._codec, at, end) or self._damage(self._codec, at, end)
            yield found
            at = found.end

    def _frame(self, codec: Codec, at: int, end: int) -> Frame | Damage | None:
        """The frame that begins here, damage in its payload, or None where no frame begins."""
        head = self._bytes(at, min(FRAME_BYTES, end - at))
        length = codec.length(at, head)
        if length is None:
            return None
        after = at + FRAME_BYTES + length
        if after > end:
            return Damage(segment=self.number, offset=at, end=end)
        payload = self._bytes(at + FRAME_BYTES, length)
        if len(payload) < length or not codec.is_whole(at, head, payload):
            return Damage(segment=self.number, offset=at, end=after)
        return Frame(end=after, key=head[8:24], payload=payload)

    def _damage(self, codec: Codec, at: int, end: int) -> Damage:
        """What no frame begins with, up to the next place where one does."""
        looked = at + 1
        while looked < end:
            block = self._bytes(looked, min(_AHEAD_BYTES, end - looked))
            hit = block.find(codec.mark)
            while hit >= 0:
                head = self._bytes(looked + hit, min(FRAME_BYTES, end - looked - hit))
                if codec.length(looked + hit, head) is not None:
                    return Damage(segment=self.number, offset=at, end=looked + hit)
                hit = block.find(codec.mark, hit + 1)
            if len(block) < len(codec.mark):
                break
            looked += len(block) - len(codec.mark) + 1
        return Damage(segment=self.number, offset=at, end=end)

    def _bytes(self, at: int, size: int) -> bytes:
        """Bytes of the file, fewer where it ends; what is asked for in order is read in large pieces."""
        begin = at - self._held_at
        if begin < 0 or begin + size > len(self._held):
            self._held, self._held_at, begin = os.pread(self._file, max(size, _AHEAD_BYTES), at), at, 0
        return self._held[begin : begin + size]
