"""Analyses that somebody asks for: each in a process of its own, bounded in time and memory, a few at a time."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from logsleuth.limits import DEFAULT_ANALYSIS_LIMITS, AnalysisLimits
from logsleuth.server.api.analyzing import NOT_READABLE, Job
from logsleuth.server.api.problems import ProblemError

MODULE: Final = "logsleuth.server.api.analyzing"
ERROR_BYTES: Final = 2000
UPLOADS: Final = "uploads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where analyses work, and with what."""

    folder: Path  # of the service's data
    patterns: tuple[Path, ...] = ()
    cache: Path | None = None
    limits: AnalysisLimits = DEFAULT_ANALYSIS_LIMITS

    @property
    def uploads(self) -> Path:
        """Where files lie while they are analysed."""
        return self.folder / UPLOADS


class Analyses:
    """Runs analyses; what is too much is refused, so that taking logs never suffers."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self._running = asyncio.Semaphore(bench.limits.processes)
        self._asked = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place in the queue; raises ProblemError where it is full."""
        if self._asked >= self.bench.limits.processes + self.bench.limits.waiting:
            raise ProblemError(503, "too many analyses are asked for at one time: ask again in a few seconds")
        self._asked += 1
        try:
            yield
        finally:
            self._asked -= 1

    async def run(self, job: Job) -> bytes:
        """What the analysis says; raises ProblemError."""
        limits, bench = self.bench.limits, self.bench
        job = msgspec.structs.replace(
            job,
            patterns=tuple(map(str, bench.patterns)),
            cache=str(bench.cache) if bench.cache else None,
            most_bytes=limits.read_bytes,
            memory_bytes=limits.memory_bytes,
            seconds=int(limits.seconds),
        )
        async with self._running:
            return await self._run(msgspec.json.encode(job))

    async def _run(self, job: bytes) -> bytes:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-P",  # nothing is imported from the folder that the service happens to be started in
            "-m",
            MODULE,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(self.bench.limits.seconds):
                said, complaint = await process.communicate(job)
        except TimeoutError:
            raise ProblemError(
                503,
                f"the analysis takes longer than {self.bench.limits.seconds:.0f} s: ask for less, or use the command",
            ) from None
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        return _result(process.returncode, said, complaint)


def _result(status: int | None, said: bytes, complaint: bytes) -> bytes:
    if status == 0:
        return said
    told = complaint[:ERROR_BYTES].decode("utf-8", "replace").strip()
    if status == NOT_READABLE:
        raise ProblemError(422, told or "nothing could be read")
    raise ProblemError(503, "the analysis ended before it was done, for want of memory or time: ask for less")
