"""Parts in a file: what one machine has read, and the union of what several have; plain data, checked at every read.

    logsleuth.state/1 <newline>
    the parts, each compressed by itself, in the order of the report
    the index: what was to be read, and where each part stands
    the index's offset and length (8 bytes each, little-endian) and its SHA-256

A state is a set of parts, so that a union takes them in any order, as often as one likes, and comes to the same bytes.
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Self

import msgspec
import zstandard

from logsleuth.errors import StateError
from logsleuth.limits import Limits
from logsleuth.part import Part
from logsleuth.pieces.codec import decode, encode
from logsleuth.pieces.inventory import Inventory, Key, Listed, Record, union
from logsleuth.pieces.listing import Unit
from logsleuth.plan import Plan
from logsleuth.version import __version__

KIND: Final = b"logsleuth.state/"
MAGIC: Final = KIND + b"1\n"
FOOTER: Final = struct.Struct("<QQ32s")
INDEX_BYTES: Final = 256 * 1024 * 1024
PART_BYTES: Final = 256 * 1024 * 1024
COMPRESSION: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What parts must have in common to be put together."""

    version: str
    catalog: str
    limits: str


class _Index(msgspec.Struct, array_like=True, frozen=True):
    version: str
    catalog: str
    limits: str
    inventory: Inventory


def terms_of(plan: Plan, limits: Limits) -> Terms:
    """The terms of parts that are read here and now."""
    digest = hashlib.sha256(msgspec.msgpack.encode(limits)).hexdigest()
    return Terms(version=__version__, catalog=plan.catalog.digest, limits=digest)


class StoredState:
    """A state in a file, of which the index has been read and checked; StateError where that is not possible."""

    def __init__(self, path: Path, terms: Terms) -> None:
        self.path = path
        offset, index = _read_index(path)
        self.inventory = _checked(path, index, offset, terms)

    def packed(self, record: Record) -> bytes:
        """The bytes of one part as they stand in the file."""
        try:
            with self.path.open("rb") as file:
                file.seek(record.offset)
                data = file.read(record.packed_bytes)
        except OSError as error:
            raise _unreadable(self.path, error) from None
        if len(data) != record.packed_bytes:
            raise StateError(f"{self.path}: is damaged: a part is cut off")
        return data


def open_states(paths: Iterable[Path], terms: Terms) -> Iterator[StoredState]:
    """States in files, each once; what hundreds of shards list alike is held once."""
    known: dict[tuple[Listed, ...], tuple[Listed, ...]] = {}
    for path in dict.fromkeys(paths):
        state = StoredState(path, terms)
        rosters = tuple(
            msgspec.structs.replace(roster, inputs=known.setdefault(roster.inputs, roster.inputs))
            for roster in state.inventory.rosters
        )
        state.inventory = msgspec.structs.replace(state.inventory, rosters=rosters)
        yield state


class Union:
    """Several states as one: the set of their parts."""

    def __init__(self, states: Iterable[StoredState]) -> None:
        self._states = {str(state.path): state for state in states}
        self.inventory, self._places = union({name: state.inventory for name, state in self._states.items()})

    def parts(self) -> Iterator[Part]:
        """All parts, in the order of the report."""
        for record in self.inventory.records:
            name, place = self._places[record.key]
            data = _unpacked(name, self._states[name].packed(place), place)
            try:
                part = decode(data)
            except StateError as error:
                raise StateError(f"{name}: {error}") from None
            yield part

    def write(self, path: Path, terms: Terms) -> None:
        """Keep the union as a state of its own."""
        with _Writer(path, terms) as writer:
            for record in self.inventory.records:
                name, place = self._places[record.key]
                writer.add(
                    msgspec.structs.replace(record, packed_bytes=place.packed_bytes), self._states[name].packed(place)
                )
            writer.finish(self.inventory)


def write_state(path: Path, inventory: Inventory, parts: Iterable[tuple[Unit, Part]], terms: Terms) -> None:
    """Keep the parts of units, in their order, with the `inventory` that they belong to."""
    numbers = {one.key: number for number, one in enumerate(inventory.inputs)}
    compressor = zstandard.ZstdCompressor(level=COMPRESSION)
    with _Writer(path, terms) as writer:
        waiting: tuple[Record, bytes] | None = None
        for unit, part in parts:
            key = Key(numbers[unit.key], max(unit.slot, 0), 0)
            if waiting and waiting[0].key[:2] == key[:2]:
                key = key._replace(sequence=waiting[0].key.sequence + 1)
            elif waiting:
                waiting = waiting[0].ended(), waiting[1]
            if waiting:
                writer.add(*waiting)
            data = encode(part)
            if len(data) > PART_BYTES:
                raise StateError(f"{unit.name}: a part takes {len(data)} bytes, and a state has room for {PART_BYTES}")
            packed = compressor.compress(data)
            waiting = Record(key, 0, len(packed), len(data), hashlib.sha256(data).digest(), is_last=False), packed
        if waiting:
            writer.add(waiting[0].ended(), waiting[1])
        writer.finish(inventory)


class _Writer:
    """Writes a state beside its place, and puts it there as a whole."""

    def __init__(self, path: Path, terms: Terms) -> None:
        self._path = path
        self._fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
        self._terms = terms
        self._records: list[Record] = []
        _check_place(path)
        try:
            self._file: BinaryIO = self._fresh.open("wb")
        except OSError as error:
            raise self._failure(error) from None

    def __enter__(self) -> Self:
        self._write(MAGIC)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        with suppress(OSError):
            self._fresh.unlink(missing_ok=True)

    def add(self, record: Record, packed: bytes) -> None:
        """Append a part."""
        self._records.append(record.at(self._file.tell()))
        self._write(packed)

    def finish(self, inventory: Inventory) -> None:
        """Write the index, and let the state appear."""
        whole = msgspec.structs.replace(inventory, records=tuple(self._records))
        data = msgspec.msgpack.encode(_Index(self._terms.version, self._terms.catalog, self._terms.limits, whole))
        offset = self._file.tell()
        self._write(data + FOOTER.pack(offset, len(data), hashlib.sha256(data).digest()))
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._fresh.replace(self._path)
        except OSError as error:
            raise self._failure(error) from None

    def _write(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise self._failure(error) from None

    def _failure(self, error: OSError) -> StateError:
        return StateError(f"{self._path}: the state cannot be written: {error.strerror}")


def _check_place(path: Path) -> None:
    """Refuse to put a state where anything but a state is: a log, a device."""
    try:
        is_file = stat.S_ISREG(path.stat().st_mode)
        head = _head(path) if is_file else None
    except OSError:
        return  # nothing is there, or to write will fail
    if head not in (b"", KIND):
        raise StateError(f"{path}: is there already and is no state: name another file for --state")


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(KIND))


def _read_index(path: Path) -> tuple[int, bytes]:
    """Where the index begins, and its bytes, whose checksum holds."""
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise StateError(f"{path}: is no state that this version reads ({MAGIC.decode().strip()})")
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - FOOTER.size, 0))
            footer = file.read(FOOTER.size)
            offset, length, digest = FOOTER.unpack(footer) if len(footer) == FOOTER.size else (0, 0, b"")
            if offset < len(MAGIC) or length > INDEX_BYTES or offset + length + FOOTER.size != size:
                raise StateError(f"{path}: is damaged: it does not end as a state does (was it cut off?)")
            file.seek(offset)
            data = file.read(length)
    except OSError as error:
        raise _unreadable(path, error) from None
    if hashlib.sha256(data).digest() != digest:
        raise StateError(f"{path}: is damaged: the checksum of its index does not hold")
    return offset, data


def _checked(path: Path, data: bytes, size: int, terms: Terms) -> Inventory:
    try:
        index = msgspec.msgpack.decode(data, type=_Index)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise StateError(f"{path}: is damaged: {error}") from None
    if index.version != terms.version:
        raise StateError(f"{path}: was made by logsleuth {index.version}, this is {terms.version}: make it again")
    if index.catalog != terms.catalog:
        raise StateError(f"{path}: was made with other signatures: give the same --patterns, or make it again")
    if index.limits != terms.limits:
        raise StateError(f"{path}: was made with other limits: make it again")
    trouble = index.inventory.trouble(size)
    if trouble is not None:
        raise StateError(f"{path}: is damaged: {trouble}")
    return index.inventory


def _unpacked(name: str, packed: bytes, record: Record) -> bytes:
    """The bytes of a part, which are those that were written."""
    if record.part_bytes > PART_BYTES:
        raise StateError(f"{name}: has a part of {record.part_bytes} bytes, more than {PART_BYTES}")
    try:
        # the frame says how much it holds; it gets no more room than the index says
        size = zstandard.frame_content_size(packed)
        if size != record.part_bytes:
            raise StateError(f"{name}: is damaged: a part is not as large as the index says")
        data = zstandard.ZstdDecompressor().decompress(packed, max_output_size=record.part_bytes)
    except zstandard.ZstdError as error:
        raise StateError(f"{name}: is damaged: {error}") from None
    if hashlib.sha256(data).digest() != record.digest:
        raise StateError(f"{name}: is damaged: the checksum of a part does not hold")
    return data


def _unreadable(path: Path, error: OSError) -> StateError:
    return StateError(f"{path}: the state cannot be read: {error.strerror}")
