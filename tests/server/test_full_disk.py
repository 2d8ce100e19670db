"""A disk that is really full, where the machine lets a test have one."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from logsleuth.limits import ServerLimits
from logsleuth.server.commit import BusyError, Committer
from logsleuth.server.entry import Entry
from logsleuth.server.segments import Position
from logsleuth.server.settings import WorkerSettings
from logsleuth.server.store.schema import open_database
from logsleuth.server.store.sources import counters
from logsleuth.server.worker import main
from logsleuth.server.workers import Supervisor
from tests.server.conftest import Bench
from tests.server.test_commit import run, stored
from tests.server.test_worker import batch, spooled

Keys = Callable[[int], bytes]
HEEDLESS = ServerLimits(disk_free_bytes=0, segment_bytes=200_000)


@pytest.fixture
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A small disk, of 2 MB unless told otherwise."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = [
        shutil.which("mount") or "mount",
        "-t",
        "tmpfs",
        "-o",
        f"size={getattr(request, 'param', 2)}m",
        "tmpfs",
        str(folder),
    ]
    if os.geteuid() or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("needs the right to mount")
    yield folder
    subprocess.run([shutil.which("umount") or "umount", "-l", str(folder)], check=True)


def test_a_full_disk_loses_nothing_that_was_acknowledged(disk: Path, key: Keys) -> None:
    """It refuses while it is full, and takes again by itself when it is not."""
    bench = Bench(disk / "spool")
    spool = bench.spool(HEEDLESS)
    payloads = [bytes([number]) * 50_000 for number in range(24)]
    refusals: list[str] = []

    async def act(committer: Committer) -> None:
        filler = disk / "filler"
        filler.write_bytes(b"x" * 1_400_000)
        for number, payload in enumerate(payloads):
            while not await taken(committer, key(number), payload, refusals):
                filler.unlink(missing_ok=True)
                bench.clock.pass_by(2)

    run(bench, spool, act)
    bench.kill(spool)
    again = bench.spool(HEEDLESS)
    recovery = again.recovery
    again.close()

    assert refusals
    assert set(refusals) == {"the spool cannot be written: No space left on device"}
    assert stored(bench.folder) == payloads
    assert (recovery.damaged, recovery.torn_bytes) == (0, 0)


async def taken(committer: Committer, key: bytes, payload: bytes, refusals: list[str]) -> bool:
    """Whether a payload was committed."""
    try:
        await committer.commit([(key, payload)])
    except BusyError as error:
        refusals.append(str(error))
        return False
    return True


def fill(disk: Path) -> Path:
    """A file that takes all that is left."""
    path = disk / "filling"
    with suppress(OSError), path.open("wb", buffering=0) as file:
        for size in (4096, 1):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass
    return path


@pytest.mark.parametrize("disk", [32], indirect=True)
def test_an_analysis_without_room_goes_on_when_there_is_some(disk: Path, cache: str) -> None:
    """Every line once, and nothing is set aside for it."""
    settings = WorkerSettings(folder=disk, cache=Path(cache))
    now_ns = time.time_ns()
    batches = [
        batch([Entry("a", b"line %d of %d" % (at, n)) for at in range(50)], arrived_ns=now_ns, number=n)
        for n in range(40)
    ]
    open_database(settings.database).close()
    end = spooled(settings.spool, batches)
    filling = fill(disk)
    told: list[Position] = []
    supervisor = Supervisor(main, settings)
    supervisor.publish(end)
    supervisor.start(told.append)
    until = time.monotonic() + 60
    while supervisor.restarts < 4 and time.monotonic() < until:
        time.sleep(0.1)
    filling.unlink()
    while end not in told and time.monotonic() < until:
        time.sleep(0.1)
    supervisor.stop(20.0)

    assert supervisor.restarts >= 4
    with closing(open_database(settings.database)) as connection:
        found = counters(connection)
    assert found["lines"] == 2000
    assert "batches_set_aside" not in found
