"""`logsleuth merge`: put together what several machines have read, print the report."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Final

import typer

from logsleuth.cli.analyze import Telling, check_no_report, check_why, finish
from logsleuth.cli.choices import Color, Format, Threshold
from logsleuth.cli.options import (
    Colors,
    ExitZero,
    FailOn,
    Patterns,
    ReportFile,
    ReportForm,
    ReportLanguage,
    Timing,
    Why,
)

if TYPE_CHECKING:
    from logsleuth.model import Report
    from logsleuth.pieces.state import Union
    from logsleuth.plan import Plan

HELP: Final = """Put together the states of several machines: the report of one analysis of everything.

\b
logsleuth merge states/*.lss
logsleuth merge node-*.lss --state all.lss

States are made by `logsleuth analyze --state`. Their order does not matter, and one may be named twice.

Exit status: as of `logsleuth analyze`; 2 also where a part is missing.
"""


def merge(
    states: Annotated[list[Path], typer.Argument(metavar="STATE", help="States to put together.", show_default=False)],
    state: Annotated[
        Path | None,
        typer.Option("--state", metavar="FILE", help="Write one state of them there instead of a report."),
    ] = None,
    form: ReportForm = Format.TEXT,
    lang: ReportLanguage = None,
    output: ReportFile = None,
    patterns: Patterns = None,
    color: Colors = Color.AUTO,
    fail_on: FailOn = Threshold.DEGRADED,
    exit_zero: ExitZero = False,
    timing: Timing = False,
    why: Why = None,
) -> None:
    """Put together the states of several machines: the report of one analysis of everything."""
    from logsleuth.config import load_settings
    from logsleuth.limits import DEFAULT_LIMITS
    from logsleuth.pieces.state import Union, open_states, terms_of
    from logsleuth.plan import Recipe

    started = monotonic()
    check_why(why, form)
    if state is not None:
        check_no_report(form is not Format.TEXT, output, why is not None, timing)
    settings = load_settings()
    plan = Recipe(folders=(*settings.patterns, *(patterns or ())), cache=settings.cache).prepare()
    terms = terms_of(plan, DEFAULT_LIMITS)
    union = Union(open_states(states, terms))
    if state is not None:
        union.write(state, terms)
        raise typer.Exit(0)
    report = _report(union, plan)
    telling = Telling(
        form=form,
        language=str(lang or settings.language),
        output=output,
        color=color,
        seconds=round(monotonic() - started, 3) if timing else None,
        why=why,
        fail_on=fail_on,
        is_zero_wanted=exit_zero,
    )
    finish(report, telling, union.inventory.named)


def _report(union: Union, plan: Plan) -> Report:
    from logsleuth.pieces import Fold

    fold = Fold(plan, notices=union.inventory.notices)
    for part in union.parts():
        fold.absorb(part)
    return fold.report(union.inventory.missing())
