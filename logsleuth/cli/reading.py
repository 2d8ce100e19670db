"""What is named on the command line, read by as many processes as are of use."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from logsleuth.cli.streams import with_progress

if TYPE_CHECKING:
    from logsleuth.model import Report
    from logsleuth.part import Part
    from logsleuth.pieces import Unit, Work
    from logsleuth.plan import Plan, Recipe


def work_of(recipe: Recipe, plan: Plan) -> Work:
    """What processes need to read."""
    from logsleuth.limits import DEFAULT_LIMITS
    from logsleuth.pieces import Work

    return Work(plan=plan, recipe=recipe, limits=DEFAULT_LIMITS, stdin=sys.stdin.buffer if sys.stdin else None)


def read_parts(units: Sequence[Unit], work: Work, *, jobs: int, is_quiet: bool) -> Iterator[tuple[Unit, Part]]:
    """The parts of `units`, with progress on a terminal; 0 `jobs` are as many as are of use."""
    from logsleuth.pieces.cores import jobs_for, usable_cores
    from logsleuth.pieces.work import read_units

    wanted = jobs_for(units, asked=jobs, cores=usable_cores())
    if wanted > 1:
        from logsleuth.pieces.processes import read_by_several

        parts = read_by_several(units, work, jobs=wanted)
    else:
        parts = read_units(units, work)
    return with_progress(parts, lambda item: item[1].counts.bytes, is_wanted=not is_quiet)


def reported(paths: Sequence[str], work: Work, *, jobs: int, is_quiet: bool) -> Report:
    """The report on all that `paths` name."""
    from logsleuth.pieces import Fold, list_units

    listing = list_units(paths, limits=work.limits)
    fold = Fold(work.plan, limits=work.limits, notices=listing.notices)
    for _, part in read_parts(listing.units, work, jobs=jobs, is_quiet=is_quiet):
        fold.absorb(part)
    return fold.report()
