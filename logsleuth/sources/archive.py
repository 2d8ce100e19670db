"""A tar stream in, its regular members out, one after the other and without seeking; in bounded memory.

The fields of a header are those of the POSIX pax interchange format; GNU long names and sparse members are read too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.model import NoticeKind
from logsleuth.sources.readers import Reader, Trouble, exactly, skip

RECORD_BYTES: Final = 512
EXTENSION_BYTES: Final = 64 * 1024  # a longer name or pax header is skipped, not read
REGULAR: Final = frozenset(b"\x0007S")  # the NUL type is that of the oldest archives
WITHOUT_DATA: Final = frozenset(b"123456")
GNU_SPARSE, GNU_NAME, PAX = b"SLx"
OCTAL: Final = lazy(rb"[\0 ]*([0-7]*)[\0 ]*")
PAX_RECORD: Final = lazy(rb"[0-9]+ (path|size|GNU\.sparse\.name)=([^\n]*)\n")
TRUNCATED: Final = Trouble(
    kind=NoticeKind.SOURCE_TRUNCATED, detail="the tar archive ends early; what stands before was read"
)
DAMAGED: Final = Trouble(
    kind=NoticeKind.SOURCE_TRUNCATED, detail="the tar archive is damaged; what stands before was read"
)


class Member:
    """Reads one regular file of an archive."""

    def __init__(self, upstream: Reader, *, name: str, size: int) -> None:
        self.name = name
        self.size = size
        self.trouble: Trouble | None = None
        self._upstream = upstream
        self._left = size

    def read(self, size: int) -> bytes:
        """The next bytes of this member alone."""
        if not self._left or self.trouble:
            return b""
        data = self._upstream.read(min(size, self._left))
        self._left -= len(data)
        if not data:
            self.trouble = self._upstream.trouble or TRUNCATED
        return data


def is_tar(header: bytes) -> bool:
    """Whether `header` starts with a tar header, old ones without magic included: its checksum must hold."""
    if len(header) < RECORD_BYTES:
        return False
    stated = _number(header[148:156])
    return bool(stated) and stated == sum(header[:148]) + 8 * ord(" ") + sum(header[156:RECORD_BYTES])


class Archive:
    """Walks through a tar stream; `trouble` tells, after the last member, why it was the last."""

    def __init__(self, upstream: Reader) -> None:
        self.trouble: Trouble | None = None
        self._is_over = False
        self._upstream = upstream
        self._name: bytes | None = None  # from an extension, for the member that follows
        self._size: int | None = None

    def members(self) -> Iterator[Member]:
        """The regular members in their order; each must be read before the next is asked for."""
        while header := self._header():
            size = _number(header[124:136])
            if size is None:
                self.trouble = DAMAGED
            elif header[156] in REGULAR:
                yield from self._regular(header, size)
            elif header[156] not in WITHOUT_DATA:
                self._extension(header[156], size)

    def _header(self) -> bytes:
        """The next header, or nothing at the end, which is two records of NUL, or just nothing."""
        if self._is_over or self.trouble:
            return b""
        header = exactly(self._upstream, RECORD_BYTES)
        if not header.strip(b"\0"):
            self.trouble = self._upstream.trouble
            return b""
        if not is_tar(header):
            self.trouble = self._upstream.trouble or (TRUNCATED if len(header) < RECORD_BYTES else DAMAGED)
            return b""
        return header

    def _regular(self, header: bytes, size: int) -> Iterator[Member]:
        has_more = header[156] == GNU_SPARSE and header[482] > 0
        while has_more:
            has_more = exactly(self._upstream, RECORD_BYTES)[504:505] not in (b"", b"\0")
        size = size if self._size is None else self._size
        name = (self._name or _name(header)).decode("utf-8", "replace")
        self._name, self._size = None, None
        member = Member(self._upstream, name=name.removeprefix("./"), size=size)
        yield member
        self._is_over = member.trouble is not None  # whoever read the member has said so
        if not self._is_over:
            skip(member, size)
            self.trouble = member.trouble
            skip(self._upstream, -size % RECORD_BYTES)

    def _extension(self, kind: int, size: int) -> None:
        data = exactly(self._upstream, size) if size <= EXTENSION_BYTES and kind in (GNU_NAME, PAX) else b""
        if skip(self._upstream, size - len(data) + -size % RECORD_BYTES):
            self.trouble = self._upstream.trouble or TRUNCATED
        if kind == GNU_NAME:
            self._name = data.rstrip(b"\0")
        for key, value in PAX_RECORD.findall(data) if kind == PAX else ():
            if key != b"size":
                self._name = value
            elif value.isdigit() and len(value) < 20:
                self._size = int(value)


def _name(header: bytes) -> bytes:
    name = header[:100].rstrip(b"\0")
    prefix = header[345:500].rstrip(b"\0") if header[257:263] == b"ustar\0" else b""
    return prefix + b"/" + name if prefix else name


def _number(field: bytes) -> int | None:
    """An octal number, or a binary one where the first bit is set; None for anything else."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    octal = OCTAL.fullmatch(field)
    return int(octal[1] or b"0", 8) if octal else None
