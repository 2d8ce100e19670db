"""What tests of pieces share: a compiled catalog, logs, and what a report of them is."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Report
from logsleuth.pieces import Fold, Unit, Work, decode, encode, list_units, read_units
from logsleuth.plan import Plan, Recipe
from logsleuth.report.document import document
from logsleuth.report.document import encode as written

TINY = replace(DEFAULT_LIMITS, piece_bytes=8 * 1024)
TRACEBACK = """\
(Worker_TP{rank} pid={pid}) ERROR 11-20 06:01:02 [multiproc_executor.py:596] WorkerProc hit an exception.
(Worker_TP{rank} pid={pid}) ERROR 11-20 06:01:02 [multiproc_executor.py:596] Traceback (most recent call last):
(Worker_TP{rank} pid={pid}) ERROR 11-20 06:01:02 [multiproc_executor.py:596]   File "/app/vllm/worker.py", line 10, in step
(Worker_TP{rank} pid={pid}) ERROR 11-20 06:01:02 [multiproc_executor.py:596]     output = self.model(batch)
(Worker_TP{rank} pid={pid}) ERROR 11-20 06:01:02 [multiproc_executor.py:596] torch.OutOfMemoryError: CUDA out of memory. \
Tried to allocate 2.00 GiB. GPU {rank} has a total capacity of 23.70 GiB of which 310.00 MiB is free.
"""


@pytest.fixture(scope="session")
def recipe(cache: str) -> Recipe:
    """How the catalog is loaded."""
    return Recipe(cache=Path(cache))


@pytest.fixture(scope="session")
def plan(recipe: Recipe) -> Plan:
    """The built-in catalog, compiled once."""
    return recipe.prepare()


@pytest.fixture(scope="session")
def work(plan: Plan, recipe: Recipe) -> Callable[[Limits], Work]:
    """What is needed to read under some limits."""
    return lambda limits: Work(plan=plan, recipe=recipe, limits=limits)


def serving(lines: int, *, seed: int = 1, failures: Sequence[int] = ()) -> bytes:
    """A log of a server, with a traceback in front of each of these lines."""
    chance = random.Random(seed)
    found: list[str] = []
    for number in range(lines):
        if number in failures:
            found.append(TRACEBACK.format(rank=number % 4, pid=4000 + number % 4))
        port = chance.randint(30000, 60000)
        found.append(
            f'(APIServer pid=17) INFO:     10.0.0.{number % 7}:{port} - "POST /v1/completions HTTP/1.1" 200 OK\n'
        )
    return "".join(found).encode()


def told(report: Report) -> bytes:
    """The report as it is printed."""
    return written(document(report, language="en"))


def folded(paths: Sequence[Path], work: Work) -> Report:
    """What one process says of files."""
    listing = list_units([str(path) for path in paths], limits=work.limits)
    return together(listing.units, work)


def together(units: Sequence[Unit], work: Work) -> Report:
    """What comes of units that were read here, encoded and decoded."""
    fold = Fold(work.plan, limits=work.limits)
    for _, part in read_units(units, work):
        fold.absorb(decode(encode(part)))
    return fold.report()
