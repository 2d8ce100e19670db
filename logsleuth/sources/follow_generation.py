"""One file under a followed path, from its first byte to the time when nobody writes to it any more."""

from __future__ import annotations

import contextlib
import os
from typing import Final

from logsleuth.sources.follow_family import by_identity, open_file
from logsleuth.sources.follow_position import (
    HEAD_BYTES,
    TAIL_BYTES,
    Fingerprint,
    Identity,
    Position,
    fingerprint,
    identity_of,
    read_at,
)

NO_DESCRIPTOR: Final = -1


class Generation:
    """Reads a file by its descriptor, whatever becomes of its name; sees when what it has read is no longer there."""

    def __init__(self, descriptor: int, path: str, position: Position | None = None) -> None:
        status = os.fstat(descriptor)
        self.path = os.path.realpath(path)
        self.identity: Identity = position.identity if position else identity_of(status)
        self.offset = position.offset if position else 0
        self.head = position.head if position else Fingerprint()
        self.tail = bytes.fromhex(position.tail) if position else b""
        self.mtime_ns = position.mtime_ns if position else status.st_mtime_ns
        self.touched = 0.0  # when it last gave anything
        self.retired: float | None = None  # since when another file has its name
        self._descriptor = descriptor

    @property
    def is_open(self) -> bool:
        """Whether it holds a descriptor, and with it the file, though it be deleted."""
        return self._descriptor != NO_DESCRIPTOR

    @property
    def position(self) -> Position:
        """Where reading stands."""
        device, inode = self.identity
        return Position(
            device=device,
            inode=inode,
            offset=self.offset,
            head=self.head,
            tail=self.tail.hex(),
            mtime_ns=self.mtime_ns,
        )

    def read(self, size: int) -> bytes | None:
        """What follows, at most `size` bytes, in one look with what was read last; None where that has changed."""
        if not self.is_readable():
            return b""
        found = read_at(self._descriptor, len(self.tail) + size, self.offset - len(self.tail))
        if not found.startswith(self.tail):
            return None
        return found[len(self.tail) :]

    def advance(self, data: bytes) -> None:
        """Take `data`, which `read` gave, as read."""
        if not data:
            return
        self.offset += len(data)
        self.tail = (self.tail + data)[-TAIL_BYTES:]
        if self.head.size < HEAD_BYTES:
            self.head = fingerprint(self._descriptor, self.offset)
        with contextlib.suppress(OSError):
            status = os.fstat(self._descriptor)
            if identity_of(status) == self.identity:  # not what was unpacked from it
                self.mtime_ns = status.st_mtime_ns

    def restart(self) -> None:
        """Go back to the beginning, past a hole that a writer left which went on where it was."""
        self.offset, self.tail, self.head = 0, b"", Fingerprint()
        with contextlib.suppress(OSError):
            self.offset = os.lseek(self._descriptor, 0, os.SEEK_DATA)

    def close(self) -> None:
        """Let go of the descriptor; a later read opens the file again by its identity."""
        if self.is_open:
            os.close(self._descriptor)
            self._descriptor = NO_DESCRIPTOR

    def is_readable(self) -> bool:
        """Whether it is open or could be opened again."""
        if self.is_open:
            return True
        found = reopened(self.path, self.identity)
        if found is not None:
            self._descriptor = found
        return self.is_open


def reopened(path: str, identity: Identity) -> int | None:
    """The file of an identity: under its name, or under another in its folder."""
    for name in (path, by_identity(os.path.dirname(path), identity)):  # noqa: PTH120  thousands of times
        descriptor = open_file(name) if name else None
        if descriptor is None:
            continue
        if identity_of(os.fstat(descriptor)) == identity:
            return descriptor
        os.close(descriptor)
    return None
