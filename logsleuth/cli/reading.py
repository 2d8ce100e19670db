"""What is named on the command line, read by as many processes as are of use."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from logsleuth.cli.choices import Engine
from logsleuth.cli.streams import with_progress

if TYPE_CHECKING:
    from logsleuth.model import Report
    from logsleuth.part import Part
    from logsleuth.pieces import Unit, Work
    from logsleuth.plan import Plan, Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How to read; 0 `jobs` are as many as are of use."""

    engine: Engine = Engine.PROCESSES
    jobs: int = 0
    is_quiet: bool = False


def work_of(recipe: Recipe, plan: Plan, *, has_templates: bool = True) -> Work:
    """What processes need to read."""
    from dataclasses import replace

    from logsleuth.limits import DEFAULT_LIMITS
    from logsleuth.pieces import Work

    limits = DEFAULT_LIMITS if has_templates else replace(DEFAULT_LIMITS, shapes=0)
    return Work(plan=plan, recipe=recipe, limits=limits, stdin=sys.stdin.buffer if sys.stdin else None)


def read_parts(units: Sequence[Unit], work: Work, manner: Manner) -> Iterator[tuple[Unit, Part]]:
    """The parts of `units`, with progress on a terminal."""
    read = _by_ray if manner.engine is Engine.RAY else _by_processes
    parts = read(units, work, manner.jobs)
    return with_progress(parts, lambda item: item[1].counts.bytes, is_wanted=not manner.is_quiet)


def _by_ray(units: Sequence[Unit], work: Work, jobs: int) -> Iterator[tuple[Unit, Part]]:
    from logsleuth.config import ray_address
    from logsleuth.engines.on_ray import Cluster, read_units

    cluster = Cluster(
        recipe=work.recipe,
        digest=work.plan.catalog.digest,
        limits=work.limits,
        address=ray_address(),
        jobs=jobs,
    )
    return read_units(units, cluster)


def _by_processes(units: Sequence[Unit], work: Work, jobs: int) -> Iterator[tuple[Unit, Part]]:
    from logsleuth.pieces.cores import jobs_for, usable_cores
    from logsleuth.pieces.work import read_units

    wanted = jobs_for(units, asked=jobs, cores=usable_cores())
    if wanted <= 1:
        return read_units(units, work)
    from logsleuth.pieces.processes import read_by_several

    return read_by_several(units, work, jobs=wanted)


def reported(paths: Sequence[str], work: Work, manner: Manner) -> Report:
    """The report on all that `paths` name."""
    from logsleuth.pieces import Fold, list_units

    listing = list_units(paths, limits=work.limits)
    fold = Fold(work.plan, limits=work.limits, notices=listing.notices)
    with _uncollected():
        for _, part in read_parts(listing.units, work, manner):
            fold.absorb(part)
    return fold.report()


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for cycles in the meantime: reading makes a few hundred, however long the log."""
    import gc

    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.unfreeze()
