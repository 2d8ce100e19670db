"""Writes the state at moments when it is whole: nothing open, and everything told that was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from logsleuth.live.alerts import Alerts
from logsleuth.live.outlet import EventFile
from logsleuth.live.session import Session
from logsleuth.live.state import State, Streamed, Written, bounded, resumed
from logsleuth.sources.follow import Follower

EVERY_S: Final = 1.0  # while lines come in
FILE_S: Final = 1e-3  # the same for each file followed: a state of ten thousand is megabytes
LATEST_S: Final = 5.0  # then what is open is taken as complete


class Saves(Protocol):
    """Where a state goes."""

    def save(self, state: State) -> None:
        """Replace the state before."""
        ...


class Consumes(Protocol):
    """Reads a stream, and tells its broker only then that something was read when that can no longer be lost."""

    def saved(self) -> Streamed:
        """What the next run needs to go on."""
        ...

    def is_safe(self) -> None:
        """What was saved last is safe."""
        ...


class Nowhere:
    """Where a state goes that nobody asked for: a consumer without one still tells its broker how far it has read."""

    def save(self, state: State) -> None:
        """Forget it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a state is made of; a pipe has no follower, a terminal no file."""

    session: Session
    alerts: Alerts
    follower: Follower | None = None
    file: EventFile | None = None
    consumer: Consumes | None = None


class Keeper:
    """Saves the state of a watch now and then."""

    def __init__(self, store: Saves, parts: Parts, now: float) -> None:
        self._store = store
        self._parts = parts
        self._saved_at = self._whole_at = now
        self._is_told = False
        self._has_read = False

    def note(self, *, is_told: bool = False, has_read: bool = False) -> None:
        """Something was told or read that the state does not have."""
        self._is_told |= is_told
        self._has_read |= has_read

    def beat(self, now: float) -> None:
        """Save, if there is something to save and this is a moment for it; call it between two blocks."""
        if self._parts.session.is_quiet:
            self._whole_at = now
        elif now - self._whole_at < LATEST_S:
            return
        follower = self._parts.follower
        every_s = max(EVERY_S, FILE_S * follower.file_count) if follower else EVERY_S
        if self._is_told or (self._has_read and now - self._saved_at >= every_s):
            self.save(now)

    def save(self, now: float) -> None:
        """Save at once."""
        session = self._parts.session
        if not session.is_quiet:
            session.settle()
        self._saved_at = self._whole_at = now
        self._is_told = self._has_read = False
        follower, file, consumer = self._parts.follower, self._parts.file, self._parts.consumer
        self._store.save(
            State(
                files=follower.saved() if follower else {},
                memory=bounded(session.memory),
                open=session.incidents.open,
                templates=session.templates,
                unsent=tuple(dict(event) for event in self._parts.alerts.unsent()),
                written=file.written() if file else None,
                stream=consumer.saved() if consumer else None,
            )
        )
        if consumer:
            consumer.is_safe()


def restore(state: State, parts: Parts, now: float) -> None:
    """Go on from a state."""
    parts.session.recall(
        state.memory,
        resumed(state.open, now),
        resumed=frozenset(state.stream.lines if state.stream else state.files),
        templates=state.templates,
    )
    parts.alerts.resend(state.unsent)


def written_before(state: State | None) -> Written | None:
    """How far the file of events had come."""
    return state.written if state else None
