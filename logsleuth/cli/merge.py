"""`logsleuth merge`: put together what several machines have read, print the report."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Final

import typer

from logsleuth.cli.analyze import Telling, check_no_report, check_why, finish
from logsleuth.cli.choices import Color, Format, Threshold
from logsleuth.cli.options import Colors, Patterns
from logsleuth.wording import Language

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
    form: Annotated[
        Format,
        typer.Option(
            "--format", "-f", help="text to read, json for programs, markdown for a ticket, issue for a bug report."
        ),
    ] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option("--lang", help="The language of the report.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the report there.")
    ] = None,
    patterns: Patterns = None,
    color: Colors = Color.AUTO,
    fail_on: Annotated[
        Threshold, typer.Option("--fail-on", help="The mildest verdict for which the exit status is 1.")
    ] = Threshold.DEGRADED,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 whatever was found.")] = False,
    timing: Annotated[bool, typer.Option("--timing", help="Put the seconds taken into the JSON.")] = False,
    why: Annotated[
        int | None,
        typer.Option(
            "--why",
            metavar="LINE",
            min=0,
            help="After the report, say why what rests on this line is a cause or follows from one; 0 for all of it.",
            show_default=False,
        ),
    ] = None,
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
