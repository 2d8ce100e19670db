"""The analysing process: told what is safe, heard what is analysed, started again where it ends."""

from __future__ import annotations

import errno
import os
import queue
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from logsleuth.server import workers
from logsleuth.server.segments import Position
from logsleuth.server.settings import WorkerSettings
from logsleuth.server.workers import Supervisor, Work


def echo(settings: WorkerSettings, positions: Connection) -> None:
    """Tells that everything is analysed, and ends when the service does."""
    del settings
    try:
        while True:
            positions.send(positions.recv())
    except (EOFError, OSError):
        return


def fall(settings: WorkerSettings, positions: Connection) -> None:
    """Falls over twice, then works."""
    marks = settings.folder / "falls"
    fallen = len(marks.read_bytes()) if marks.exists() else 0
    if fallen < 2:
        marks.write_bytes(b"x" * (fallen + 1))
        os._exit(3)
    echo(settings, positions)


def cling(settings: WorkerSettings, positions: Connection) -> None:
    """Does not end when it should."""
    positions.send(positions.recv())
    while True:
        (settings.folder / "clinging").touch()


@contextmanager
def supervised(work: Work, folder: Path, stop_s: float = 10.0) -> Iterator[tuple[Supervisor, queue.Queue[Position]]]:
    """A supervisor, and what it hears."""
    heard: queue.Queue[Position] = queue.Queue()
    supervisor = Supervisor(work, WorkerSettings(folder=folder))
    supervisor.start(heard.put)
    try:
        yield supervisor, heard
    finally:
        supervisor.stop(stop_s)


def test_positions_go_there_and_back(tmp_path: Path) -> None:
    """The newest is what counts."""
    with supervised(echo, tmp_path) as (supervisor, heard):
        supervisor.publish(Position(1, 500))
        first = heard.get(timeout=30)
        supervisor.publish(Position(2, 128))
        second = heard.get(timeout=30)

    assert (first, second) == (Position(1, 500), Position(2, 128))
    assert supervisor.restarts == 0
    assert not supervisor.is_alive


def test_a_process_that_ends_is_started_again_and_told_where_it_is(tmp_path: Path) -> None:
    """As often as it takes."""
    with supervised(fall, tmp_path) as (supervisor, heard):
        supervisor.publish(Position(3, 200))
        position = heard.get(timeout=60)

    assert position == Position(3, 200)
    assert supervisor.restarts == 2


def test_a_process_that_does_not_end_is_killed(tmp_path: Path) -> None:
    """It goes on at the next start."""
    with supervised(cling, tmp_path, stop_s=0.2) as (supervisor, heard):
        supervisor.publish(Position(1, 128))
        heard.get(timeout=30)

    assert not supervisor.is_alive


def test_a_process_that_cannot_be_started_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where no file can be opened for a moment."""
    failures = [OSError(errno.EMFILE, "too many open files")] * 2
    pipe = workers._SPAWN.Pipe

    def scarce(*, duplex: bool = True) -> tuple[Connection, Connection]:
        if failures:
            raise failures.pop()
        return pipe(duplex)

    monkeypatch.setattr(workers._SPAWN, "Pipe", scarce)
    with supervised(echo, tmp_path) as (supervisor, heard):
        supervisor.publish(Position(2, 1))
        assert heard.get(timeout=30) == Position(2, 1)

    assert supervisor.restarts == 2


def quote(settings: WorkerSettings, positions: Connection) -> None:
    """Fails with an error that quotes what was sent."""
    del settings, positions
    raise ValueError("sent\nlogsleuth: all is well")


def test_a_process_that_fails_quotes_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """One line says what happened and where."""
    with supervised(quote, tmp_path) as (supervisor, _):
        while not supervisor.restarts:
            time.sleep(0.01)
    said = capfd.readouterr().err.splitlines()

    assert all(line.startswith("logsleuth: the analysis has failed: ValueError: sent ") for line in said)
    assert said
