"""Units in, their parts out in the order of the units, whoever has read them: this process, or several at once.

A process that is killed is replaced, and what it was reading is read again; parts that came before are not asked for
twice. Nobody waits for a process without end: one that is gone closes its connection.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Final

from logsleuth.errors import SourceError
from logsleuth.limits import Limits
from logsleuth.part import Part
from logsleuth.pieces.ahead import ahead
from logsleuth.pieces.codec import decode, encode
from logsleuth.pieces.listing import Unit, read_unit
from logsleuth.pieces.work import Work, read_units, tasks_of
from logsleuth.plan import Plan, Recipe

if TYPE_CHECKING:
    from multiprocessing.context import ForkContext, SpawnContext

ATTEMPTS: Final = 2
AHEAD: Final = 4  # tasks for each process before the one that is waited for
HELD_BYTES: Final = 32 * 1024 * 1024  # parts that wait for their turn
OVER: Final = b""  # what a process says behind the last part of a task


def read_by_several(units: Sequence[Unit], work: Work, *, jobs: int) -> Iterator[tuple[Unit, Part]]:
    """The parts of `units`, in their order, read by as many processes as `jobs`, if there is work for them."""
    tasks = tasks_of(units)
    if jobs <= 1 or len(tasks) <= 1:
        yield from read_units(units, work)
        return
    crew = _Crew(tasks, work, jobs=min(jobs, len(tasks)))
    if crew.is_empty:
        yield from read_units(units, work)
        return
    try:
        yield from crew.parts()
    finally:
        crew.leave()


@dataclass(slots=True, kw_only=True)
class _Worker:
    """A process, and the number of the task that it has."""

    process: BaseProcess
    connection: Connection
    task: int | None = None
    skip: int = 0  # messages of the task that another process has sent already


@dataclass(slots=True)
class _Progress:
    """What has come of a task."""

    held: deque[tuple[Unit, bytes]] = field(default_factory=deque)
    unit: int = 0  # of the task, of which parts come next
    messages: int = 0
    attempts: int = 0
    is_over: bool = False


class _Crew:
    """Processes at work, and what they have sent that it was not the turn of."""

    def __init__(self, tasks: Sequence[tuple[Unit, ...]], work: Work, *, jobs: int) -> None:
        self._tasks = tasks
        self._work = work
        self._progress: dict[int, _Progress] = {}
        self._next = 0  # the task to be given out
        self._current = 0
        self._held_bytes = 0
        self._ahead = AHEAD * jobs
        self._context = _context()
        self._workers: list[_Worker] = []
        with contextlib.suppress(OSError):  # no room for more processes or files: fewer do it too
            while len(self._workers) < jobs:
                self._workers.append(self._hire())

    @property
    def is_empty(self) -> bool:
        """Whether no process could be started."""
        return not self._workers

    def parts(self) -> Iterator[tuple[Unit, Part]]:
        """All parts, in the order of the units."""
        for number, task in enumerate(self._tasks):
            self._current = number
            self._give_out()
            if not task[0].is_shared:
                yield from read_units(task, self._work)
                continue
            yield from self._parts_of(number)
            del self._progress[number]

    def leave(self) -> None:
        """End all processes at once."""
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.connection.close()
            worker.process.close()

    def _parts_of(self, number: int) -> Iterator[tuple[Unit, Part]]:
        progress = self._progress[number]
        while progress.held or not progress.is_over:
            if not progress.held:
                self._receive()
                self._give_out()
                continue
            unit, data = progress.held.popleft()
            self._held_bytes -= len(data)
            yield unit, decode(data)

    def _give_out(self) -> None:
        """Give each process without a task the next one, unless too many are waiting for their turn."""
        for worker in self._workers:
            while self._next < len(self._tasks) and not self._tasks[self._next][0].is_shared:
                self._next += 1
            if self._next >= min(len(self._tasks), self._current + self._ahead):
                return
            if worker.task is None:
                self._progress[self._next] = _Progress()
                self._assign(worker, self._next)
                self._next += 1

    def _assign(self, worker: _Worker, number: int) -> None:
        worker.task, worker.skip = number, self._progress[number].messages
        self._progress[number].attempts += 1
        with contextlib.suppress(OSError):  # it is gone: which its connection will tell
            worker.connection.send(self._tasks[number])

    def _receive(self) -> None:
        """Wait for messages, of others than the current task as long as there is room for them."""
        has_room = self._held_bytes < HELD_BYTES
        busy = {worker.connection: worker for worker in self._workers if worker.task is not None}
        heard = [one for one, worker in busy.items() if has_room or worker.task == self._current]
        for connection in wait(heard):
            worker = busy[connection]  # type: ignore[index]  # only connections were waited for
            try:
                data = worker.connection.recv_bytes()
            except (EOFError, OSError):
                self._replace(worker)
            else:
                self._take(worker, data)

    def _take(self, worker: _Worker, data: bytes) -> None:
        if worker.task is None:
            return
        progress = self._progress[worker.task]
        if worker.skip:
            worker.skip -= 1
            return
        progress.messages += 1
        if data:
            unit = self._tasks[worker.task][progress.unit]
            progress.held.append((unit, data))
            self._held_bytes += len(data)
            return
        progress.unit += 1
        if progress.unit == len(self._tasks[worker.task]):
            progress.is_over = True
            worker.task = None

    def _replace(self, worker: _Worker) -> None:
        """Have another process do what one that is gone had to do."""
        number = worker.task
        worker.process.join()
        status = worker.process.exitcode
        if number is not None and self._progress[number].attempts >= ATTEMPTS:
            name = self._tasks[number][min(self._progress[number].unit, len(self._tasks[number]) - 1)].name
            raise SourceError(f"{name}: the process that read it was ended {ATTEMPTS} times ({_why(status)})")
        fresh = self._hire()
        worker.connection.close()
        worker.process.close()
        worker.process, worker.connection = fresh.process, fresh.connection
        if number is not None:
            self._assign(worker, number)

    def _hire(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        is_inheriting = self._context.get_start_method() == "fork"
        plan = self._work.plan if is_inheriting else self._work.recipe
        process = self._context.Process(target=_serve, args=(theirs, plan, self._work.limits), daemon=True)
        # an interruption must not find a process that does not yet leave it to its parent
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        return _Worker(process=process, connection=ours)


def _context() -> ForkContext | SpawnContext:
    """A fork has the compiled catalog at once; beside other threads, which it would not have, it is not safe."""
    has_threads = threading.active_count() > 1 or "obstore" in sys.modules  # whose threads Python does not count
    if sys.platform == "linux" and not has_threads:
        return multiprocessing.get_context("fork")
    return multiprocessing.get_context("spawn")


def _serve(connection: Connection, plan: Plan | Recipe, limits: Limits) -> None:
    """Read what is asked for until nobody asks any more; the parent alone answers an interruption."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    made = plan.prepare() if isinstance(plan, Recipe) else plan
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):
        while True:
            for unit in ahead(connection.recv()):
                for part in read_unit(unit, made, limits=limits):
                    connection.send_bytes(encode(part))
                connection.send_bytes(OVER)


def _leave_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
    os._exit(1)


def _why(status: int | None) -> str:
    if status is not None and status < 0:
        return f"by signal {-status}: is there enough memory?"
    return f"exit status {status}"
