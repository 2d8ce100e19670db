"""Keeps the analysing process running. In: positions that are safe; out: positions that are analysed."""

from __future__ import annotations

import fcntl
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Final

from logsleuth.server.complaints import complain, told
from logsleuth.server.segments import START, Position
from logsleuth.server.settings import WorkerSettings
from logsleuth.server.trials import Said, Trials

Work = Callable[[WorkerSettings, Connection], None]

BACK_OFF_SECONDS: Final = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_SECONDS: Final = 60.0  # a process that ran so long begins with the shortest pause again
POLL_SECONDS: Final = 0.2
LOCK: Final = "worker.lock"
FAILED: Final = 1  # the exit status of a process that an error has ended

_LOG = logging.getLogger(__name__)
_SPAWN: Final = multiprocessing.get_context("spawn")


def work_alone(work: Work, settings: WorkerSettings, positions: Connection) -> None:
    """The process: one at a time works on a folder, for one that was orphaned may still be at it."""
    for number in (signal.SIGINT, signal.SIGTERM):  # they may go to all processes: the parent says when it ends
        signal.signal(number, signal.SIG_IGN)
    lock = os.open(settings.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        work(settings, positions)
    except Exception as error:  # noqa: BLE001  the boundary of the child: its traceback would quote what was sent
        complain(f"the analysis has failed: {told(error)}")
        sys.exit(FAILED)


class Supervisor:
    """Starts the process, tells it the newest safe position, and starts it again, with pauses, where it ends.

    The process gets `Position`s over a duplex connection and sends back those up to which everything is committed, and
    what else `trials.Said` names; it ends when the connection does. One that says nothing for long is killed.
    """

    def __init__(self, work: Work, settings: WorkerSettings) -> None:
        self._work, self._settings = work, settings
        self._analysed: Callable[[Position], None] = _ignore
        self._safe = START
        self._changed = threading.Condition()
        self._is_stopping = False
        self._restarts = 0
        self._trials = Trials()
        self._process: SpawnProcess | None = None
        self._thread = threading.Thread(target=self._supervise, name="supervisor", daemon=True)

    @property
    def restarts(self) -> int:
        """How often the process had to be started again."""
        return self._restarts

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.is_alive()

    def start(self, analysed: Callable[[Position], None]) -> None:
        """Begin; `analysed` is called from another thread."""
        self._analysed = analysed
        self._thread.start()

    def publish(self, safe: Position) -> None:
        """Everything up to here may be read."""
        with self._changed:
            self._safe = safe
            self._changed.notify()

    def stop(self, timeout_s: float) -> None:
        """Let the process commit and end; one that does not in time is killed, and goes on at the next start."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify()
        if self._thread.ident is None:
            return
        self._thread.join(timeout_s)
        if self._thread.is_alive() and self._process is not None:
            self._process.kill()  # that thread waits for it: two that wait for one process disturb each other
            self._thread.join()

    def _supervise(self) -> None:
        failures = 0
        while not self._is_stopping:
            began_s = time.monotonic()
            try:
                self._run_once()
            except OSError as error:  # no process or no pipe to be had: that passes
                _LOG.error("the analysing process cannot be started: %s", error.strerror)
            failures = 0 if time.monotonic() - began_s > STEADY_SECONDS else failures
            self._pause(BACK_OFF_SECONDS[min(failures, len(BACK_OFF_SECONDS) - 1)])
            failures += 1

    def _pause(self, pause_s: float) -> None:
        """Wait before the next start, unless the end was wanted."""
        with self._changed:
            if not self._is_stopping:
                self._restarts += 1
                _LOG.error("the analysing process has ended, it is started again in %s s", pause_s)
                self._changed.wait_for(self._has_to_stop, pause_s)

    def _has_to_stop(self) -> bool:
        return self._is_stopping

    def _has_news(self, told: Position) -> bool:
        return self._is_stopping or self._safe != told

    def _run_once(self) -> None:
        """One life of the process."""
        ours, theirs = _SPAWN.Pipe()
        process = _SPAWN.Process(
            target=work_alone,
            args=(self._work, replace(self._settings, course=self._trials.course), theirs),
            name="logsleuth-worker",
            daemon=True,
        )
        with ours:
            with theirs:
                process.start()
            self._process = process
            with suppress(OSError, EOFError):
                self._talk(ours, process)
            with suppress(OSError, EOFError):  # what it said before it ended
                self._listen(ours)
        process.join()
        if not self._is_stopping:
            self._trials.end()

    def _talk(self, ours: Connection, process: SpawnProcess) -> None:
        """Tell positions and hear them until one side ends; raises OSError or EOFError where the process did."""
        told = START
        silent_s, looked_s = 0.0, time.monotonic()
        while True:
            with self._changed:
                self._changed.wait_for(partial(self._has_news, told), POLL_SECONDS)
                is_stopping, safe = self._is_stopping, self._safe
            if safe != told:
                ours.send(safe)
                told = safe
            now_s = time.monotonic()
            # where this process stood still too, the other one is not to blame
            silent_s = 0.0 if self._listen(ours) else silent_s + min(now_s - looked_s, 2 * POLL_SECONDS)
            looked_s = now_s
            if is_stopping:
                return
            if silent_s > self._settings.limits.silence_seconds:
                _LOG.error("the analysing process hangs")
                process.kill()
                return

    def _listen(self, ours: Connection) -> bool:
        """Hear what is there, and whether there was anything; raises OSError or EOFError where the process ended."""
        is_heard = False
        while ours.poll():
            said: Said = ours.recv()
            is_heard = True
            self._trials.hear(said)
            if isinstance(said, Position):
                self._analysed(said)
        return is_heard


def _ignore(_: Position) -> None:
    """Nobody asked yet."""
