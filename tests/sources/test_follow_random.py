"""Writing, rotating, looking and starting again in random order: every line once, whatever happened between two looks."""

from __future__ import annotations

import gzip
import os
import random
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.model import Block, Notice
from logsleuth.sources.follow import Follower

STEPS = 50
KINDS = ("rename", "copytruncate", "gzip")


class Storm:
    """A log, who writes it, who rotates it, and who follows it; each change of a file is later than the one before."""

    def __init__(self, folder: Path, seed: int, *, is_folder: bool) -> None:
        self.random = random.Random(seed)
        self.log = folder / "app.log"
        self.target = str(folder if is_folder else self.log)
        self.now, self.stamp, self.written = 100.0, 10**18, 0
        self.read: Counter[int] = Counter()
        self.follower = Follower([self.target], limits=DEFAULT_LIMITS)

    def write(self) -> None:
        """A few lines."""
        with self.log.open("a", encoding="utf-8") as file:
            for _ in range(self.random.randint(1, 4)):
                file.write(f"{self.written} {'x' * self.random.randint(0, 50)}\n")
                self.written += 1
        self._touch(self.log)

    def look(self, seconds: float) -> None:
        """For that long, twice a second."""
        end = self.now + seconds
        while self.now < end:
            self.now = min(self.now + 0.5, end)
            self._keep(self.follower.poll(self.now))
            while self.follower.is_behind:
                self._keep(self.follower.poll(self.now))

    def restart(self) -> None:
        """Another run goes on."""
        self._keep(self.follower.finish(is_final=False))
        self.follower = Follower([self.target], limits=DEFAULT_LIMITS, resume=self.follower.saved())

    def rotate(self, kind: str) -> None:
        """In one of the ways."""
        if not (self.log.exists() and self.log.stat().st_size):
            return
        for number in range(STEPS, 0, -1):
            for suffix in ("", ".gz"):
                older = self.log.with_name(f"app.log.{number}{suffix}")
                if older.exists():
                    older.rename(self.log.with_name(f"app.log.{number + 1}{suffix}"))
        first = self.log.with_name("app.log.1")
        if kind == "rename":
            self.log.rename(first)
        elif kind == "copytruncate":
            shutil.copyfile(self.log, first)
            self._touch(first)
            os.truncate(self.log, 0)
            self._touch(self.log)
        else:
            packed, time_ns = first.with_name("app.log.1.gz"), self.log.stat().st_mtime_ns
            packed.write_bytes(gzip.compress(self.log.read_bytes()))
            os.utime(packed, ns=(time_ns, time_ns))
            self.log.unlink()

    def _touch(self, path: Path) -> None:
        self.stamp += 10**7
        os.utime(path, ns=(self.stamp, self.stamp))

    def _keep(self, items: Iterable[Block | Notice]) -> None:
        for item in items:
            if isinstance(item, Block):
                self.read.update(int(line.split()[0]) for line in item.data.splitlines())


@pytest.mark.parametrize("is_restarted", [False, True])
@pytest.mark.parametrize("is_folder", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(6))
def test_every_line_is_read_once(tmp_path: Path, seed: int, kind: str, *, is_folder: bool, is_restarted: bool) -> None:
    """With several rotations between two looks, and between two runs."""
    storm = Storm(tmp_path, seed, is_folder=is_folder)
    storm.look(0.5)
    storm.write()
    storm.look(1)
    for _ in range(STEPS):
        step = storm.random.choice(["write"] * 4 + ["look"] * 2 + ["rest", "rotate"] + ["restart"] * is_restarted)
        if step == "write":
            storm.write()
        elif step == "rotate":
            storm.rotate(kind)
        elif step == "restart":
            storm.restart()
        else:
            storm.look(12 if step == "rest" else storm.random.choice([0.1, 0.5, 3]))
    storm.look(60)

    assert [number for number in range(storm.written) if not storm.read[number]] == []
    assert [number for number, times in storm.read.items() if times > 1] == []
