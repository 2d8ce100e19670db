"""What is to be read in, the units of the work out: plain values that any process can read by itself."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from logsleuth.limits import Limits
from logsleuth.model import Notice
from logsleuth.part import Part
from logsleuth.pieces.objects import RemoteRanges
from logsleuth.pieces.reading import head_bytes, is_whole, read_slot, read_sources, slots
from logsleuth.pieces.windows import LocalFile, Ranged
from logsleuth.plan import Plan
from logsleuth.sources import Input, expand
from logsleuth.sources.decode import UTF16
from logsleuth.sources.files import Plain, opened
from logsleuth.sources.inputs import as_text
from logsleuth.sources.remote import RemoteObject

STREAM: Final = -1
# how much more text than bytes such a file holds, about: this decides who reads it, not what is read
PACKED: Final = re.compile(r"\.(?:t?gz|zst|xz|bz2)\Z", re.IGNORECASE)
COMPRESSION: Final = 8
OWN: Final = ("/dev/", "/proc/")  # such names mean what this process has open
BLOCKS: Final = 512  # bytes, in which a file's space is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A piece of a file, or a whole input (`slot` is `STREAM`); `size` is about what there is to read.

    `key` names the input in this listing: its name, and a number where several have the same one. `path` is empty for
    standard input and for what is `remote`, and `source_bytes` is the size of the file when it was listed.
    """

    number: int
    key: str
    name: str
    path: str
    size: int
    source_bytes: int
    slot: int = STREAM
    is_shared: bool = True  # whether another process can open it
    remote: RemoteObject | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """All units in the order of the report, and what was to say about the listing."""

    units: tuple[Unit, ...]
    notices: tuple[Notice, ...] = ()
    named: tuple[str, ...] = ()  # what the caller asked for

    @property
    def size(self) -> int:
        """How many bytes there are to read, as far as that is known."""
        return sum(unit.size for unit in self.units)


def list_units(paths: Sequence[str], *, limits: Limits) -> Listing:
    """The units of all that `paths` name: the same for the same paths, whoever asks."""
    inputs, notices = expand(paths, limits=limits)
    units: list[Unit] = []
    taken: dict[str, int] = {}
    for item in inputs:
        taken[item.name] = number = taken.get(item.name, 0) + 1
        key = item.name if number == 1 else f"{item.name} ({number})"
        units.extend(_units(item, key, len(units), limits=limits))
    return Listing(units=tuple(units), notices=notices, named=tuple(map(as_text, paths)))


def read_unit(unit: Unit, plan: Plan, *, limits: Limits, stdin: BinaryIO | None = None) -> Iterator[Part]:
    """The parts of one unit: one of a piece, one or several of a whole input."""
    if unit.slot == STREAM:
        item = Input(unit.name, Path(unit.path) if unit.path else None, unit.remote)
        yield from read_sources(opened(item, limits=limits, stdin=stdin), plan, limits=limits)
        return
    ranged = open_range(unit, limits=limits)
    try:
        yield read_slot(unit.name, ranged, unit.slot, plan, limits=limits)
    finally:
        ranged.close()


def open_range(unit: Unit, *, limits: Limits) -> Ranged:
    """The source of a piece, wherever it lies."""
    if unit.remote is not None:
        return RemoteRanges(unit.remote, until=(unit.slot + 1) * limits.piece_bytes + limits.run_on_bytes)
    return LocalFile(Path(unit.path), unit.source_bytes)


def _units(item: Input, key: str, number: int, *, limits: Limits) -> Iterator[Unit]:
    size = _cut_size(item)
    path = "" if item.path is None else str(item.path)
    if size <= limits.piece_bytes or not _is_cut(item, limits=limits):
        yield _stream(item, key, path, number)
        return
    for slot in range(slots(size, limits=limits)):
        start = slot * limits.piece_bytes
        yield Unit(
            number=number + slot,
            key=key,
            name=item.name,
            path=path,
            size=min(limits.piece_bytes, size - start),
            source_bytes=size,
            slot=slot,
            is_shared=not path.startswith(OWN),
            remote=item.remote,
        )


def _stream(item: Input, key: str, path: str, number: int) -> Unit:
    """An input that is read from its beginning to its end."""
    size, is_file = (item.remote.size, True) if item.remote else (0, False)
    with contextlib.suppress(OSError, ValueError):
        status = item.path.stat() if item.path else None
        if status is not None and stat.S_ISREG(status.st_mode):
            size, is_file = status.st_size, True
    weight = size * COMPRESSION if PACKED.search(item.name) else size
    return Unit(
        number=number,
        key=key,
        name=item.name,
        path=path,
        size=weight,
        source_bytes=size,
        is_shared=is_file and not path.startswith(OWN),
        remote=item.remote,
    )


def _cut_size(item: Input) -> int:
    """The size of what may be read anywhere; 0 of a sparse file, whose holes are quicker passed in a stream."""
    if item.remote is not None or item.path is None:
        return item.remote.size if item.remote else 0
    try:
        status = item.path.stat()
    except OSError:
        return 0
    if not stat.S_ISREG(status.st_mode):
        return 0
    # file systems that compress take less room too, and have no holes
    is_sparse = status.st_blocks * BLOCKS < status.st_size // 2 and _has_hole(item.path, status.st_size)
    return 0 if is_sparse else status.st_size


def _has_hole(path: Path, size: int) -> bool:
    try:
        with path.open("rb", buffering=0) as file:
            return os.lseek(file.fileno(), 0, os.SEEK_HOLE) < size
    except OSError:
        return False


def _is_cut(item: Input, *, limits: Limits) -> bool:
    """Whether a file's text can be found at any place in it: it is what it looks like, and no dump."""
    sources = opened(item, limits=limits)  # held, for it holds the file open
    found = next(sources, None)
    if not isinstance(found, Plain) or found.name != item.name:
        return False
    wanted = head_bytes(limits)
    head = found.source.peek(lambda seen: len(seen) >= wanted)[:wanted]
    return found.is_surface and not head.startswith(tuple(UTF16)) and not is_whole(head)
