"""What the tests of the service share: a spool on a machine of their own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from logsleuth.api import prepare
from logsleuth.limits import ServerLimits
from logsleuth.server.segments import START, Position
from logsleuth.server.spool import Machine, Spool
from tests.server.site import Site, filled, hostile_patterns, served

ROOMY = (1 << 40, 1 << 40)


@dataclass
class Clock:
    """A clock that a test sets."""

    now_ns: int = 1_000_000_000_000

    def __call__(self) -> int:
        """The time in nanoseconds."""
        return self.now_ns

    def seconds(self) -> float:
        """The same in seconds."""
        return self.now_ns / 1e9

    def pass_by(self, seconds: float) -> None:
        """Let time go by."""
        self.now_ns += int(seconds * 1e9)


@dataclass
class Bench:
    """A spool folder, and the machine it lies on."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    disk: tuple[int, int] = ROOMY
    opened: list[Spool] = field(default_factory=list)

    def spool(self, limits: ServerLimits | None = None, after: Position = START) -> Spool:
        """A spool that is opened on the folder, as after a start."""
        machine = Machine(clock_ns=self.clock, salt=os.urandom, disk=lambda _: self.disk)
        spool = Spool(self.folder, limits or ServerLimits(), machine, after=after)
        self.opened.append(spool)
        return spool

    def kill(self, spool: Spool) -> None:
        """What `kill -9` does: nothing is closed in order, the lock goes."""
        os.close(spool._lock)
        self.opened.remove(spool)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench in a folder of its own."""
    made = Bench(tmp_path / "spool")
    yield made
    for spool in made.opened:
        spool.close()


@pytest.fixture
def key() -> Callable[[int], bytes]:
    """Keys of 16 bytes that do not pass."""
    return lambda number: number.to_bytes(15, "little") + b"\0"


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory, cache: str) -> Path:
    """A folder with the database of a service that has seen failures."""
    folder = tmp_path_factory.mktemp("kept")
    filled(folder, prepare((), cache=Path(cache)))
    return folder


@pytest.fixture(scope="session")
def patterns(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a hostile signature."""
    return hostile_patterns(tmp_path_factory.mktemp("patterns") / "hostile")


@pytest.fixture(scope="module")
def site(kept: Path, cache: str, patterns: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The API and the pages over it; what one test writes, others of its module may see."""
    folder = shutil.copytree(kept, tmp_path_factory.mktemp("site") / "data")
    with served(folder, cache=Path(cache), patterns=(patterns,)) as running:
        yield running


@pytest.fixture(scope="module")
def guarded(kept: Path, cache: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The same where tokens are asked for."""
    folder = shutil.copytree(kept, tmp_path_factory.mktemp("guarded") / "data")
    with served(folder, cache=Path(cache), has_tokens=True) as running:
        yield running
