"""The process that analyses: reads the spool, and commits what came of it together with how far it has read.

A crash at any moment leaves the last commit, and the next run goes on from there. Whatever goes wrong here ends the
process: the service starts it anew.
"""

from __future__ import annotations

import gc
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from threading import Event
from types import FrameType
from typing import Final, Protocol

from logsleuth.api import prepare
from logsleuth.server.analysts import Analysts, Wishes
from logsleuth.server.aside import set_aside
from logsleuth.server.complaints import complain
from logsleuth.server.entry import DamagedBatchError, decode
from logsleuth.server.outlet import Outlet
from logsleuth.server.reader import Reader
from logsleuth.server.segments import Position
from logsleuth.server.settings import WorkerSettings
from logsleuth.server.store.retention import retain
from logsleuth.server.store.schema import open_database
from logsleuth.server.store.writing import Commit, Writer
from logsleuth.server.trials import Piece, Said, Sign

READ_BYTES: Final = 8 * 1024 * 1024
WINDOW_S: Final = 0.25  # for batches that are read together, and between two looks while nothing comes
COMMIT_S: Final = 1.0
NEWS_COMMIT_S: Final = 0.2  # when an incident has changed
DRAIN_S: Final = 8.0
RETAIN_S: Final = 60.0
ALIVE_S: Final = 1.0  # between two signs of life
CAREFUL_BYTES: Final = 64 * 1024 * 1024  # after which an end like the last one need not be feared


class Source(Protocol):
    """Where batches come from."""

    @property
    def damaged(self) -> int:
        """How many places could not be read so far."""
        ...

    def read(self, start: Position, upto: Position, most_bytes: int) -> Iterator[tuple[Position, bytes]]:
        """Payloads from `start` on, each with the position behind it."""
        ...


class Worker:
    """One run of the process; it ends soon after `is_stopping` is set, from a signal's handler too."""

    def __init__(self, settings: WorkerSettings, source: Source, is_stopping: Event | None = None) -> None:
        self._is_stopping = is_stopping or Event()
        self._settings = settings
        self._source = source
        self._connection = open_database(settings.database)
        self._writer = Writer(self._connection, most_templates=settings.limits.templates)
        plan = prepare(settings.patterns, cache=settings.cache)
        self._analysts = Analysts(Wishes(plan=plan, language=settings.language), self._writer)
        self._outlet = Outlet(settings.hooks, self._writer.unsent())
        self._position = self._upto = Position(*self._writer.progress())
        self._heard = self._writer.heard()
        self._damaged = 0
        self._heard_places = self._counted_places = 0  # of the source that could not be read
        self._committed_at = self._ticked_at = time.monotonic()
        self._retain_at = self._committed_at + RETAIN_S
        self._told_at = self._committed_at
        self._careful_bytes = CAREFUL_BYTES if settings.course.is_careful else 0
        self._positions: Connection | None = None
        self._heed()

    @property
    def is_behind(self) -> bool:
        """Whether the spool holds more than was read."""
        return self._position < self._upto

    def run(self, positions: Connection) -> None:
        """Analyse until somebody stops it, or until the service is gone; it is told what is committed."""
        self._positions = positions
        if self._careful_bytes:
            self._try_memories()
        while not self._is_stopping.is_set():
            self._receive(positions, wait_s=0.0 if self.is_behind else self._wait_s())
            self.step()
        self._drain(positions)

    def step(self) -> None:
        """Read some of what is there; when nothing is, let the time go by."""
        self._live()
        if self.is_behind:
            self._read()
        if not self.is_behind and time.monotonic() >= self._ticked_at + WINDOW_S:
            self._tick()
        self._commit_if_due()
        self._retain_if_due()

    def extend(self, upto: Position) -> None:
        """There is more to read."""
        self._upto = max(self._upto, upto)

    def finish(self) -> None:
        """Commit what was read, whatever is open."""
        self._analysts.advance()
        self._analysts.settle()
        self._heed()
        self._commit()
        self._outlet.finish()
        self._connection.close()

    def _receive(self, positions: Connection, *, wait_s: float) -> None:
        try:
            while positions.poll(wait_s):
                self.extend(positions.recv())
                wait_s = 0.0
        except (EOFError, OSError):
            self._is_stopping.set()

    def _wait_s(self) -> float:
        """How long nothing need be done unless something comes."""
        return max(self._ticked_at + WINDOW_S - time.monotonic(), 0.0)

    def _drain(self, positions: Connection) -> None:
        """Read what was acknowledged, as far as the time allows."""
        until = time.monotonic() + DRAIN_S
        self._receive(positions, wait_s=0.0)
        while self.is_behind and time.monotonic() < until:
            self._live()
            self._read()
            self._commit_if_due()
        self.finish()

    def _read(self) -> None:
        before = self._position
        for position, payload in self._source.read(before, self._upto, READ_BYTES):
            if self._careful_bytes:
                self._try(payload, position)
            else:
                self._take(payload)
                self._position = position
        if self._position == before:  # all the rest is damaged
            self._position = self._upto
        if self._source.damaged > self._heard_places:
            complain(f"{self._source.damaged - self._heard_places} places of the spool are damaged, and skipped")
            self._heard_places = self._source.damaged

    def _take(self, payload: bytes) -> None:
        try:
            batch = decode(payload)
        except DamagedBatchError as error:
            self._damaged += 1
            complain(f"a batch of the spool was left out: {error}")
            return
        if self._analysts.is_due(batch.arrived_ns):
            self._analysts.advance()
            self._live()
            self._commit_if_due()
        if self._analysts.window_ns is None:
            self._ticked_at = time.monotonic()
        self._analysts.take(batch)

    def _try(self, payload: bytes, after: Position) -> None:
        """Take one batch by itself, and commit what came of it: should that end the process, it is known what did."""
        self._live()
        self._tell(Piece(self._position))
        self._take(payload)
        self._analysts.conclude()
        self._position = after
        self._commit()
        self._careful_bytes = max(self._careful_bytes - len(payload), 0)

    def _try_memories(self) -> None:
        """Go on from what each tenant's analysis had in mind, one after the other."""
        for name in self._analysts.loaded:
            self._tell(Piece(self._position, name))
            self._analysts.conclude(name)
        if self._analysts.is_touched:
            self._commit()
        self._tell(Sign.EXCUSED)

    def _live(self) -> None:
        """Say now and then that this process is at work."""
        if time.monotonic() >= self._told_at + ALIVE_S:
            self._tell(Sign.ALIVE)

    def _tell(self, said: Said) -> None:
        self._told_at = time.monotonic()
        if self._positions is not None:
            with suppress(OSError):  # the service is gone, and with it whoever wanted to know
                self._positions.send(said)

    def _tick(self) -> None:
        self._ticked_at = time.monotonic()
        self._analysts.advance(time.time_ns())

    def _commit_if_due(self) -> None:
        """Commit between two windows, when nothing is open and there is something to commit."""
        if not self._analysts.is_quiet:
            return
        since_s = time.monotonic() - self._committed_at
        if since_s >= (NEWS_COMMIT_S if self._analysts.has_news else COMMIT_S):
            self._heed()
            if self._analysts.is_touched:
                self._commit()

    def _heed(self) -> None:
        """Take as over what people say is over."""
        self._heard, resolved = self._writer.dismissals(self._heard)
        for tenant, incident in resolved:
            self._analysts.dismiss(tenant, incident)

    def _commit(self) -> None:
        clock, tenants = self._analysts.harvest()
        commit = Commit(
            segment=self._position.segment,
            offset=self._position.offset,
            now_ns=time.time_ns(),
            clock=clock,
            tenants=tenants,
            counters={
                "damaged_batches": self._damaged,
                "damaged_places": self._source.damaged - self._counted_places,
            },
            delivered=self._outlet.delivered(),
            heard=self._heard,
        )
        try:
            told = self._writer.commit(commit)
        except (sqlite3.OperationalError, OSError):
            self._tell(Sign.EXCUSED)  # a full disk says nothing of what is analysed
            raise
        self._outlet.offer(told)
        self._analysts.put_aside()
        self._damaged, self._counted_places = 0, self._source.damaged
        self._committed_at = time.monotonic()
        self._tell(self._position)

    def _retain_if_due(self) -> None:
        now = time.monotonic()
        if now < self._retain_at:
            return
        has_more = retain(self._connection, self._settings.retention, now_ns=time.time_ns()) > 0
        self._retain_at = now + (COMMIT_S if has_more else RETAIN_S)


def main(settings: WorkerSettings, positions: Connection) -> None:
    """Run the worker; `positions` gives how far the spool may be read, and takes up to where all is committed."""
    is_stopping = Event()

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        is_stopping.set()

    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:  # else whoever started this process ends it otherwise
        signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal, the service hears it too and ends this process
    if settings.course.aside is not None:
        positions.send(set_aside(settings, settings.course.aside))
        complain("a batch that the analysis did not get over was set aside; the folder 'aside' has it")
    worker = Worker(settings, Reader(settings.spool, settings.limits), is_stopping)
    # what is compiled lives as long as the process; what years of service leave behind must be collected
    gc.freeze()
    gc.enable()
    worker.run(positions)
