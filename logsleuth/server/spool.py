"""The spool: what was acknowledged, in append-only segments, until it is analysed. In: payloads; out: positions.

One process writes, from one thread at a time; others read with `reader.Reader` up to the positions that `sync` gave.
Every start begins a new segment, so nothing is ever written behind a torn tail.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logsleuth.errors import LogsleuthError
from logsleuth.limits import ServerLimits
from logsleuth.server import keys as keyfile
from logsleuth.server.segments import (
    HEADER_BYTES,
    START,
    Codec,
    Damage,
    Frame,
    Header,
    Position,
    Segment,
    numbers,
    path_of,
    read_header,
)

LOCK: Final = "lock"
SALT_BYTES: Final = 16


class SpoolInUseError(LogsleuthError):
    """Another process writes to this spool."""


class SpoolFullError(Exception):
    """The spool or its disk has reached its bound; nothing of what was to be appended is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The keys of one segment: 16 bytes each, one after the other; `sealed_ns` is None where it was never sealed."""

    keys: bytes
    sealed_ns: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """What a start found: the keys by segment, oldest first, damage, and bytes behind the last whole frame."""

    kept: tuple[Kept, ...]
    damages: tuple[Damage, ...]
    damaged: int
    torn_bytes: int


def _disk(folder: Path) -> tuple[int, int]:
    """The free and the whole size of the disk that holds a folder."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the spool asks of the machine: the time, chance, and the free and whole size of the disk."""

    clock_ns: Callable[[], int]
    salt: Callable[[int], bytes] = os.urandom
    disk: Callable[[Path], tuple[int, int]] = _disk


class Spool:
    """Appends payloads under their keys; what was not synced is void."""

    def __init__(self, folder: Path, limits: ServerLimits, machine: Machine, *, after: Position = START) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder, self._limits, self._machine = folder, limits, machine
        self._lock = _locked(folder)
        self._sealed = {number: path_of(folder, number).stat().st_size for number in numbers(folder)}
        self.recovery, self._end = _recovered(folder, limits)
        self._number = max(self._end.segment, after.segment)
        self._file: int | None = None
        self._codec = Codec(b"\0" * SALT_BYTES)
        self._written = 0
        self._keys: list[bytes] = []
        self._unsynced_keys: list[bytes] = []

    @property
    def end(self) -> Position:
        """Behind the last frame that is safe."""
        return self._end

    @property
    def size_bytes(self) -> int:
        """What the segments take."""
        return sum(self._sealed.values()) + self._written

    def behind(self, position: Position) -> int:
        """How many bytes lie behind a position, as segments count them."""
        if position >= self._end:
            return 0
        later = sum(size for number, size in [*self._sealed.items()] if number >= position.segment)
        return max(later + self._written - position.offset, 0)

    def append(self, records: Sequence[tuple[bytes, bytes]]) -> None:
        """Write (key, payload) pairs; safe after `sync`. Raises SpoolFullError or OSError, and is as before."""
        self._check_room(sum(len(payload) for _, payload in records))
        if not records:
            return
        if self._file is not None and self._written >= self._limits.segment_bytes:
            self._seal()
        try:
            file = self._open() if self._file is None else self._file
            self._written += _write(file, self._framed(records))
        except OSError:
            self._void()
            raise
        self._unsynced_keys.extend(key for key, _ in records)

    def sync(self) -> Position:
        """Make everything appended safe; raises OSError, and then nothing that was appended since the last is kept."""
        if self._file is None:
            return self._end
        try:
            os.fdatasync(self._file)
        except OSError:
            self._void()
            raise
        self._keys.extend(self._unsynced_keys)
        self._unsynced_keys.clear()
        self._end = Position(self._number, self._written)
        return self._end

    def release(self, analysed: Position) -> int:
        """Remove segments that lie before `analysed` and keys that are too old to matter; how many segments went."""
        done = [number for number in self._sealed if number < analysed.segment and self._has_keys(number)]
        if done:
            _sync_folder(self._folder)
        for number in done:
            path_of(self._folder, number).unlink(missing_ok=True)
            del self._sealed[number]
        oldest_ns = self._machine.clock_ns() - int(self._limits.seen_seconds * 1e9)
        for number in numbers(self._folder, keyfile.SUFFIX):
            path = keyfile.path_of(self._folder, number)
            saved = keyfile.load(path) if number not in self._sealed else None
            if saved and saved[1] < oldest_ns:
                path.unlink(missing_ok=True)
        return len(done)

    def close(self) -> None:
        """Seal what is open, and let another process write."""
        if self._file is not None:
            self._seal()
        os.close(self._lock)

    def _framed(self, records: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
        """The pieces to write, one after the other."""
        at = self._written
        pieces: list[bytes] = []
        for key, payload in records:
            head = self._codec.head(at, key, payload)
            pieces += (head, payload)
            at += len(head) + len(payload)
        return pieces

    def _check_room(self, size_bytes: int) -> None:
        if self.size_bytes + size_bytes > self._limits.spool_bytes:
            raise SpoolFullError(f"the spool has reached {self._limits.spool_bytes} bytes: the analysis is behind")
        free, whole = self._machine.disk(self._folder)
        kept_free = min(self._limits.disk_free_bytes, int(whole * self._limits.disk_free_share))
        if free - size_bytes < kept_free:
            raise SpoolFullError(f"{free} bytes are free on the disk of {self._folder}, {kept_free} are kept free")

    def _open(self) -> int:
        """Begin the next segment; a failure leaves none behind."""
        number = self._number + 1
        path = path_of(self._folder, number)
        salt = self._machine.salt(SALT_BYTES)
        header = Header(previous=self._end.segment, previous_end=self._end.offset, salt=salt)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            _write(file, [header.pack()])
            os.fsync(file)
            _sync_folder(self._folder)
        except OSError:
            os.close(file)
            with suppress(OSError):
                path.unlink()
            raise
        self._file, self._number, self._codec, self._written = file, number, Codec(salt), HEADER_BYTES
        self._end = Position(number, HEADER_BYTES)
        return file

    def _void(self) -> None:
        """Forget what was not synced: cut it off or, where even that fails, go on in a new segment that says so."""
        self._unsynced_keys.clear()
        if self._file is None:
            return
        try:
            os.ftruncate(self._file, self._end.offset)
            os.lseek(self._file, self._end.offset, os.SEEK_SET)
            os.fsync(self._file)
            self._written = self._end.offset
        except OSError:
            self._leave()

    def _seal(self) -> None:
        """Close the open segment; keys that cannot be saved now are read from the segment at the next start."""
        with suppress(OSError):
            self._save_keys(self._number, b"".join(self._keys))
        self._leave()

    def _leave(self) -> None:
        if self._file is not None:
            self._sealed[self._number] = self._written
            with suppress(OSError):
                os.close(self._file)
        self._file = None
        self._written = 0
        self._keys = []

    def _has_keys(self, number: int) -> bool:
        """Whether the keys of a segment lie beside it, saving them where they do not yet."""
        path = keyfile.path_of(self._folder, number)
        if path.exists():
            return True
        try:
            self._save_keys(number, _scan(self._folder, number).keys)
        except OSError:
            return False
        return True

    def _save_keys(self, number: int, keys: bytes) -> None:
        keyfile.save(keyfile.path_of(self._folder, number), keys, self._machine.clock_ns())


def end_of(folder: Path, number: int, following: int | None) -> int:
    """Where a segment ends: as the next one says, else with its file."""
    header = read_header(path_of(folder, following)) if following is not None else None
    size = path_of(folder, number).stat().st_size
    return min(size, header.previous_end) if header and header.previous == number else size


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scan:
    """What a segment holds: keys of whole frames, damage, and the end of the last whole frame."""

    keys: bytes
    damages: tuple[Damage, ...]
    end: int


def _recovered(folder: Path, limits: ServerLimits) -> tuple[Recovery, Position]:
    """What is there, and where it ends; of older segments whose keys lie beside them nothing else is read."""
    found = numbers(folder)
    newest = max(found, default=0)
    end, torn_bytes = START, 0
    kept: list[Kept] = []
    damages: list[Damage] = []
    for number in sorted({*found, *numbers(folder, keyfile.SUFFIX)}):
        saved = keyfile.load(keyfile.path_of(folder, number))
        scan = _scan(folder, number) if number == newest or (number in found and not saved) else None
        if saved:
            kept.append(Kept(keys=saved[0], sealed_ns=saved[1]))
        elif scan:
            kept.append(Kept(keys=scan.keys, sealed_ns=None))
        if scan and number == newest:
            end = Position(number, scan.end)
            torn_bytes = sum(damage.end - damage.offset for damage in scan.damages if damage.end > scan.end)
        if scan:  # what is behind the last whole frame of the newest was cut off while it was written
            damages += (damage for damage in scan.damages if number != newest or damage.end <= scan.end)
    recovery = Recovery(
        kept=tuple(kept), damages=tuple(damages[: limits.damages]), damaged=len(damages), torn_bytes=torn_bytes
    )
    return recovery, end


def _scan(folder: Path, number: int) -> _Scan:
    """Read a whole segment; what is whole in it is safe on disk afterwards."""
    following = next((other for other in numbers(folder) if other > number), None)
    keys: list[bytes] = []
    damages: list[Damage] = []
    end = HEADER_BYTES
    with Segment(folder, number) as segment:
        for found in segment.frames(HEADER_BYTES, end_of(folder, number, following)):
            if isinstance(found, Frame):
                keys.append(found.key)
                end = found.end
            else:
                damages.append(found)
        segment.make_safe()
    return _Scan(keys=b"".join(keys), damages=tuple(damages), end=end)


def _write(file: int, pieces: Sequence[bytes]) -> int:
    """Write all pieces; raises OSError where not all could be written."""
    data = b"".join(pieces)
    view = memoryview(data)
    while view:
        written = os.write(file, view)
        if written == 0:
            raise OSError(errno.ENOSPC, "nothing could be written")
        view = view[written:]
    return len(data)


def _locked(folder: Path) -> int:
    """Hold the folder's lock; the system lets it go with the process, however that ends."""
    file = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        raise SpoolInUseError(f"{folder}: another logsleuth serves from this folder") from None
    return file


def _sync_folder(folder: Path) -> None:
    """Make a new file's name safe."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
