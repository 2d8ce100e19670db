"""Units in, their parts out, read by this process; `processes.py` and engines do the same with several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final

from logsleuth.limits import Limits
from logsleuth.part import Part
from logsleuth.pieces.ahead import ahead
from logsleuth.pieces.listing import Unit, read_unit
from logsleuth.plan import Plan, Recipe

TASK_BYTES: Final = 8 * 1024 * 1024  # small files are given out together


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What every process needs to read a unit; `recipe` is how a process makes the plan that cannot inherit it."""

    plan: Plan
    recipe: Recipe
    limits: Limits
    stdin: BinaryIO | None = None


def read_units(units: Sequence[Unit], work: Work) -> Iterator[tuple[Unit, Part]]:
    """The parts of `units`, in their order."""
    for unit in ahead(units):
        for part in read_unit(unit, work.plan, limits=work.limits, stdin=work.stdin):
            yield unit, part


def tasks_of(units: Sequence[Unit]) -> list[tuple[Unit, ...]]:
    """Units that are read by one process, one after the other."""
    tasks: list[list[Unit]] = []
    size = 0
    for unit in units:
        is_alone = not unit.is_shared or (tasks and not tasks[-1][-1].is_shared)
        if not tasks or is_alone or size + unit.size > TASK_BYTES:
            tasks.append([])
            size = 0
        tasks[-1].append(unit)
        size += unit.size
    return list(map(tuple, tasks))
