"""Where reading stands in a file that grows, and how to know the file again: device, inode, first and last bytes."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import Final

HEAD_BYTES: Final = 1024
TAIL_BYTES: Final = 64
Identity = tuple[int, int]  # device and inode


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """The first bytes of a file, as many as there were."""

    size: int = 0
    digest: str = ""

    def fits(self, descriptor: int) -> bool:
        """Whether the open file begins with the same bytes; nothing is known of a file by no bytes."""
        return self.size > 0 and fingerprint(descriptor, self.size) == self


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Everything of a file up to `offset` was read."""

    device: int
    inode: int
    offset: int
    head: Fingerprint = Fingerprint()
    tail: str = ""  # the last bytes before `offset`, in hexadecimal digits
    mtime_ns: int = 0

    @property
    def identity(self) -> Identity:
        """What two names of one file have in common."""
        return self.device, self.inode


def fingerprint(descriptor: int, size: int) -> Fingerprint:
    """The first `size` bytes of an open file; fewer where it has no more."""
    head = read_at(descriptor, min(size, HEAD_BYTES), 0)
    return Fingerprint(size=len(head), digest=hashlib.blake2b(head, digest_size=16).hexdigest())


def read_at(descriptor: int, size: int, offset: int) -> bytes:
    """Bytes of an open file; none where it cannot be read, for what is gone is seen by the next look at its path."""
    try:
        return os.pread(descriptor, size, offset)
    except OSError:
        return b""


def identity_of(status: os.stat_result) -> Identity:
    """What two names of one file have in common."""
    return status.st_dev, status.st_ino
