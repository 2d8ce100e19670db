"""A disk that is really full, where the machine lets a test have one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from logsleuth.limits import ServerLimits
from logsleuth.server.commit import BusyError, Committer
from tests.server.conftest import Bench
from tests.server.test_commit import run, stored

Keys = Callable[[int], bytes]
HEEDLESS = ServerLimits(disk_free_bytes=0, segment_bytes=200_000)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = [shutil.which("mount") or "mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
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
