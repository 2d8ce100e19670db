"""Units in, their parts out, read by this process; `processes.py` does the same with several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from logsleuth.limits import Limits
from logsleuth.part import Part
from logsleuth.pieces.ahead import ahead
from logsleuth.pieces.listing import Unit, read_unit
from logsleuth.plan import Plan, Recipe


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
