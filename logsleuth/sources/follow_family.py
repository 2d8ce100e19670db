"""Finds what a rotation made of a file: its renamed, copied and compressed siblings in the same folder."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.limits import Limits
from logsleuth.sources.compression import Unpacked, codec_of
from logsleuth.sources.follow_position import Identity, Position, identity_of
from logsleuth.sources.readers import Peekable, StreamReader

COMPRESSED: Final = lazy(r"\.(?:gz|zst|xz|bz2|lz4|Z|tgz|tar)\Z", re.IGNORECASE)
SEPARATORS: Final = ".-_"
COUNTER: Final = lazy(r"[.-](\d{1,3})(?:\.\w+)?\Z")
UNPACKED_BYTES: Final = 4 * 1024**3  # of one rotated file, on disk and not in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Sibling:
    """A file that may be a former generation of another."""

    path: str
    status: os.stat_result

    @property
    def identity(self) -> Identity:
        """Device and inode."""
        return identity_of(self.status)

    @property
    def is_compressed(self) -> bool:
        """Whether its name says so."""
        return is_compressed(self.path)


def is_compressed(name: str) -> bool:
    """Whether a file of this name is a finished one."""
    return COMPRESSED.search(name) is not None


def is_family(name: str, of: str) -> bool:
    """Whether a rotation of the file `of` may have made `name`: app.log.1, app.log-20261120.gz, app.2026-11-20.log."""
    stem, dot, suffix = of.rpartition(".")
    if name == of:
        return False
    is_longer = name.startswith(of) and name[len(of)] in SEPARATORS
    return is_longer or (bool(dot and stem) and name.startswith(f"{stem}.") and name.endswith(f".{suffix}"))


def siblings(path: str) -> list[Sibling]:
    """The family of `path`, the oldest first."""
    folder, name = os.path.split(path)
    found = [Sibling(path=entry.path, status=status) for entry, status in _files(folder) if is_family(entry.name, name)]
    return sorted(found, key=_age)


def bases(name: str) -> Iterator[str]:
    """The names of files whose rotation may have made `name`."""
    for at, sign in enumerate(name):
        if at and sign in SEPARATORS:
            yield name[:at]
    stem, dot, rest = name.partition(".")
    if dot and "." in rest:
        yield f"{stem}.{rest.rpartition('.')[2]}"


def by_identity(folder: str, identity: Identity) -> str | None:
    """The file of a folder that has this identity, whatever it is called now."""
    for entry in _entries(folder):
        if entry.inode() == identity[1]:
            status = _status(entry)
            if status and identity_of(status) == identity:
                return entry.path
    return None


def open_file(path: str) -> int | None:
    """A descriptor to read a regular file by, or None where there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    return None


def holds(descriptor: int, position: Position) -> bool:
    """Whether an open file is what was read up to `position`, and maybe more."""
    if os.fstat(descriptor).st_size < position.offset:
        return False
    tail = bytes.fromhex(position.tail)
    if tail and os.pread(descriptor, len(tail), position.offset - len(tail)) != tail:
        return False
    return position.offset == 0 or position.head.fits(descriptor)


def unpacked(path: str, *, limits: Limits) -> int | None:
    """A descriptor of what a compressed file holds, in a file without a name; None while it is not whole."""
    packed = open_file(path)
    if packed is None:
        return None
    with open(packed, "rb", buffering=0) as file, tempfile.TemporaryFile() as target:  # noqa: PTH123  a descriptor
        source = Peekable(StreamReader(file.read), chunk_bytes=limits.block_bytes)
        codec = codec_of(source.peek(lambda head: len(head) >= 16))
        if codec is None:
            return None
        reader = Unpacked(source, codec, limits=limits)
        written = 0
        while written < UNPACKED_BYTES and (chunk := reader.read(limits.block_bytes)):
            written += target.write(chunk)
        target.flush()
        return None if reader.trouble else os.dup(target.fileno())


def _age(sibling: Sibling) -> tuple[int, int, str]:
    """Sorts by last change; of those changed in the same instant, .2 is older than .1, and an earlier date older."""
    name = Path(sibling.path).name
    counter = COUNTER.search(name)
    return sibling.status.st_mtime_ns, -int(counter[1]) if counter else 0, name


def _files(folder: str) -> Iterator[tuple[os.DirEntry[str], os.stat_result]]:
    for entry in _entries(folder):
        status = _status(entry)
        if status and stat.S_ISREG(status.st_mode):
            yield entry, status


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder or ".") as found:
            yield from found
    except OSError:
        return


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        return entry.stat(follow_symlinks=False)
    except OSError:
        return None
