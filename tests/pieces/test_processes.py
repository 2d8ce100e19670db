"""Several processes say what one says, whatever becomes of them."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from multiprocessing import resource_tracker
from pathlib import Path

import pytest

from logsleuth.errors import SourceError
from logsleuth.limits import Limits
from logsleuth.pieces import Fold, Unit, Work, list_units
from logsleuth.pieces import processes as module
from logsleuth.pieces.processes import read_by_several
from tests.pieces.conftest import TINY, folded, serving, told

Working = Callable[[Limits], Work]
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Sixty-four small files and a large one."""
    folder = tmp_path_factory.mktemp("logs")
    for number in range(64):
        (folder / f"rank{number}.log").write_bytes(serving(10, seed=number, failures=(number,)))
    (folder / "server.log").write_bytes(serving(600, failures=(5, 300, 599)))
    return [folder]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each unit is a task of its own."""
    monkeypatch.setattr("logsleuth.pieces.work.TASK_BYTES", 0)


def parallel(paths: list[Path], work: Work, jobs: int) -> bytes:
    """What several processes say."""
    listing = list_units([str(path) for path in paths], limits=work.limits)
    fold = Fold(work.plan, limits=work.limits, notices=listing.notices)
    for _, part in read_by_several(listing.units, work, jobs=jobs):
        fold.absorb(part)
    return told(fold.report())


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("jobs", [1, 2, 3, 4])
def test_any_number_of_processes_says_the_same(jobs: int, logs: list[Path], work: Working) -> None:
    """Byte for byte."""
    assert parallel(logs, work(TINY), jobs) == told(folded(logs, work(TINY)))


def test_small_files_are_read_together(logs: list[Path], work: Working) -> None:
    """One task of many files comes to the same."""
    assert parallel(logs, work(TINY), 2) == told(folded(logs, work(TINY)))


@pytest.mark.usefixtures("alone")
def test_processes_beside_threads(logs: list[Path], work: Working) -> None:
    """They are not forked, and make the catalog again."""
    over = threading.Event()
    thread = threading.Thread(target=over.wait)
    thread.start()
    try:
        said = parallel([logs[0] / "server.log"], work(TINY), 2)
    finally:
        over.set()
        thread.join()

    assert said == told(folded([logs[0] / "server.log"], work(TINY)))


@pytest.mark.usefixtures("alone")
def test_room_for_parts_that_wait_is_bounded(logs: list[Path], work: Working, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any room, only the one whose turn it is is heard."""
    monkeypatch.setattr(module, "HELD_BYTES", 0)

    assert parallel(logs, work(TINY), 3) == told(folded(logs, work(TINY)))


def killed(units: tuple[Unit, ...], work: Work, times: int) -> Iterator[bytes]:
    """What comes although, `times` times, all processes are killed."""
    fold, others = Fold(work.plan, limits=work.limits), others_than_readers()
    for number, (_, part) in enumerate(read_by_several(units, work, jobs=2)):
        fold.absorb(part)
        if number < times:
            for child in set(children()) - others:
                os.kill(child, signal.SIGKILL)
    yield told(fold.report())


def others_than_readers() -> set[int]:
    """The processes that nobody kills: Python's own, which comes with the first one that is spawned, among them."""
    resource_tracker.ensure_running()
    return set(children())


def children(of: int | str = "self") -> list[int]:
    """The processes that this one, or another one, has started."""
    tasks = Path(f"/proc/{of}/task")
    return [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text(encoding="ascii").split()]


@pytest.mark.usefixtures("alone")
def test_a_killed_process_is_replaced(logs: list[Path], work: Working) -> None:
    """What it was reading is read again, and nothing counts twice."""
    listing = list_units([str(logs[0])], limits=TINY)

    assert next(killed(listing.units, work(TINY), 1)) == told(folded(logs, work(TINY)))


@pytest.mark.usefixtures("alone")
def test_who_is_killed_again_and_again_is_given_up(tmp_path: Path, work: Working) -> None:
    """In one line, which names the file."""
    # as many failures as make every piece take far longer than a process is left alone
    (tmp_path / "large.log").write_bytes(serving(40_000, failures=range(0, 40_000, 4)))
    limits = replace(TINY, piece_bytes=1024 * 1024)
    listing = list_units([str(tmp_path / "large.log")], limits=limits)
    over, others = threading.Event(), others_than_readers()

    def kill() -> None:
        while not over.wait(0.001):
            for child in set(children()) - others:
                with contextlib.suppress(ProcessLookupError):  # it has been waited for since
                    os.kill(child, signal.SIGKILL)

    parts = read_by_several(listing.units, work(limits), jobs=2)
    next(parts)
    thread = threading.Thread(target=kill)
    thread.start()
    try:
        with pytest.raises(SourceError, match=r"large\.log: the process that read it was ended 2 times \(by signal 9"):
            list(parts)
    finally:
        over.set()
        thread.join()


@pytest.fixture
def command(cache: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[bytes]]:
    """The program, reading a pipe that never ends beside a log in pieces."""
    os.mkfifo(tmp_path / "a-pipe")
    monkeypatch.setenv("LOGSLEUTH_CACHE", cache)
    for number in range(4):
        (tmp_path / f"b{number}.log").write_bytes(serving(60_000))
    paths = [str(tmp_path / "a-pipe"), *map(str, sorted(tmp_path.glob("b*")))]
    with subprocess.Popen(
        [sys.executable, "-m", "logsleuth", "analyze", *paths, "-j", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as started:
        yield started
        started.kill()


def both(of: int) -> list[int]:
    """Its two processes, as soon as they are there."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        found = children(of)
        if len(found) == 2:
            return found
    raise AssertionError("no processes were started")


def is_gone(pid: int) -> bool:
    """Whether a process ends in time."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
    return False


def test_an_interruption_ends_all_at_once(command: subprocess.Popen[bytes]) -> None:
    """As at a terminal, where all of them get the signal; nobody prints a traceback."""
    found = both(command.pid)

    os.killpg(command.pid, signal.SIGINT)
    _, said = command.communicate(timeout=PATIENCE_S)

    assert command.returncode == 130
    assert said == b""
    assert all(map(is_gone, found))


def test_without_the_parent_all_end(command: subprocess.Popen[bytes]) -> None:
    """Whatever ended it."""
    found = both(command.pid)

    command.kill()
    command.wait(PATIENCE_S)

    assert all(map(is_gone, found))


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("room", [5, 14])
def test_where_few_files_may_be_open_fewer_processes_read(room: int, logs: list[Path], work: Working) -> None:
    """Or this one alone."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(path.name) for path in Path("/proc/self/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + room, before[1]))
    try:
        said = parallel(logs, work(TINY), 40)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    assert said == told(folded(logs, work(TINY)))
