"""What a watcher leaves to the next one: where reading stands, what is open, which alerts are not delivered.

One JSON file, replaced as a whole: after a crash it holds the old state or the new one, never a part.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import msgspec

from logsleuth.errors import UsageError
from logsleuth.live.incidents import Incident, Incidents
from logsleuth.recent import Memory
from logsleuth.sources.follow_tail import Saved

SCHEMA: Final = "logsleuth.watch/1"
FINDINGS_KEPT: Final = 500
FINDING_CHARS: Final = 64 * 1024  # of the lines of one event


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The file that events were written to, and its size when the state was."""

    device: int
    inode: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed:
    """How far a consumer of a stream has read each partition, `topic/number`, and how many lines its sources had."""

    group: str
    offsets: Mapping[str, int] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything that the next run needs; `templates` counts those told."""

    schema: str = SCHEMA
    files: Mapping[str, Saved] = field(default_factory=dict)
    memory: Memory = field(default_factory=Memory)
    open: tuple[Incident, ...] = ()
    templates: int = 0
    unsent: tuple[dict[str, Any], ...] = ()
    written: Written | None = None
    stream: Streamed | None = None


def bounded(memory: Memory) -> Memory:
    """As much of `memory` as a state holds: the latest findings, without those of enormous events."""
    kept = [item for item in memory.findings if len(item.event.message) <= FINDING_CHARS][-FINDINGS_KEPT:]
    return replace(memory, findings=tuple(kept), steps=(), tails=(), points=())


def resumed(incidents: tuple[Incident, ...], now: float) -> Incidents:
    """The open incidents of another run, on the clock of this one."""
    return Incidents(open=tuple(replace(item, told_at=now, calm_since=None, gone_since=None) for item in incidents))


class Store:
    """The file of a state, held by one watcher at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = _locked(path.with_name(f"{path.name}.lock"))

    def load(self) -> State | None:
        """The state left by another run, or None where there is none; raises UsageError for one that cannot be used."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UsageError(f"{self._path}: the state cannot be read: {error.strerror}") from None
        try:
            found = msgspec.json.decode(data, type=_Schema).schema
            if found != SCHEMA:
                raise UsageError(f"{self._path}: '{found}' is no state that this version reads ({SCHEMA})")
            return msgspec.json.decode(data, type=State)
        except (msgspec.DecodeError, ValueError, RecursionError) as error:
            raise UsageError(f"{self._path}: no state of a watch: {error}; move it away to start anew") from None

    def save(self, state: State) -> None:
        """Replace the state; raises UsageError where that is not possible."""
        fresh = self._path.with_name(f"{self._path.name}.new")
        try:
            with fresh.open("wb") as file:
                file.write(msgspec.json.encode(state))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
            _sync_folder(self._path.parent)
        except OSError as error:
            raise UsageError(f"{self._path}: the state cannot be written: {error.strerror}") from None

    def close(self) -> None:
        """Let another watcher have it."""
        os.close(self._lock)


class _Schema(msgspec.Struct):
    """What every version of the state begins with."""

    schema: str


def _locked(path: Path) -> int:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise UsageError(f"{path}: another watch is using this state") from None
    return descriptor


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
