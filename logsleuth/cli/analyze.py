"""`logsleuth analyze`: read logs, print the report."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Final

import typer

from logsleuth.cli.choices import Color, Engine, Format, Threshold
from logsleuth.cli.options import (
    Colors,
    Connect,
    Engines,
    ExitZero,
    FailOn,
    Jobs,
    Patterns,
    Quiet,
    ReportFile,
    ReportForm,
    ReportLanguage,
    Timing,
    Why,
)
from logsleuth.cli.reading import Manner, read_parts, reported, work_of
from logsleuth.cli.streams import say_failures, say_notices, write

if TYPE_CHECKING:
    from logsleuth.model import Notice, Report
    from logsleuth.part import Part
    from logsleuth.pieces import Shard, Unit, Work
    from logsleuth.plan import Plan

WIDTH: Final = 100  # where the terminal does not tell
WIDEST: Final = 120  # longer lines are hard to read
HELP: Final = """Say what broke first, why, and what to do about it.

\b
logsleuth analyze vllm.log
logsleuth analyze logs/ /var/log/kern.log
kubectl logs pod/vllm-0 | logsleuth analyze -f json

Exit status: 0 healthy, 1 incident or degraded, 2 wrong usage or an input that could not be read.
"""


def analyze(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            help="Log files, folders, globs, archives (.gz .zst .xz .bz2 .tar); - or a pipe is standard input.",
            show_default=False,
        ),
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
    is_probed: Annotated[
        bool, typer.Option("--probe", help="Ask this machine whether it still fails: run the probes of the causes.")
    ] = False,
    has_templates: Annotated[
        bool,
        typer.Option(
            "--templates/--no-templates", help="Group all lines by template, or, faster, look for signatures alone."
        ),
    ] = True,
    may_connect: Connect = False,
    jobs: Jobs = 0,
    engine: Engines = Engine.PROCESSES,
    shard: Annotated[
        str | None,
        typer.Option(
            "--shard", metavar="I/N", help="Read the I-th of N shares, from 1 on, of the same work.", show_default=False
        ),
    ] = None,
    state: Annotated[
        Path | None,
        typer.Option("--state", metavar="FILE", help="Write a state for `logsleuth merge` there instead of a report."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Say what broke first, why, and what to do about it."""
    from logsleuth.config import load_settings
    from logsleuth.pieces import shard_of
    from logsleuth.plan import Recipe

    started = monotonic()
    named = paths or _standard_input()
    check_why(why, form)
    part = None if shard is None else shard_of(shard)
    settings = load_settings()
    recipe = Recipe(folders=(*settings.patterns, *(patterns or ())), cache=settings.cache)
    plan = recipe.prepare()
    work, manner = work_of(recipe, plan, has_templates=has_templates), Manner(engine=engine, jobs=jobs, is_quiet=quiet)
    if state is not None or part is not None:
        check_no_report(form is not Format.TEXT, output, why is not None, is_probed, timing)
        _keep(named, work, part, state, manner)
    report = reported(named, work, manner)
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
    finish(_probed(report, plan, may_connect=may_connect) if is_probed else report, telling, named)


def _keep(named: list[str], work: Work, shard: Shard | None, state: Path | None, manner: Manner) -> None:
    """Read a share of the work, and keep what it tells."""
    from logsleuth.errors import UsageError
    from logsleuth.pieces import list_units, share
    from logsleuth.pieces.inventory import inventory_of
    from logsleuth.pieces.state import terms_of, write_state

    if state is None:
        raise UsageError("--shard reads a part of the logs: name the file that takes what they tell with --state FILE")
    listing = list_units(named, limits=work.limits)
    own = next((unit.name for unit in listing.units if not unit.is_shared), None)
    if shard and own is not None:
        raise UsageError(f"{own}: --shard needs files that all machines can read; without it, --state keeps a pipe too")
    said = list(listing.notices)
    units = share(listing.units, shard) if shard else listing.units
    parts = _noting(read_parts(units, work, manner), said)
    write_state(state, inventory_of(listing, shard), parts, terms_of(work.plan, work.limits))
    has_failures = say_notices(said, named)
    raise typer.Exit(2 if has_failures and not listing.units else 0)


def _noting(parts: Iterable[tuple[Unit, Part]], said: list[Notice]) -> Iterator[tuple[Unit, Part]]:
    for unit, part in parts:
        said += (notice for notice in part.notices if notice not in said[-1:])
        yield unit, part


def check_no_report(*are_wanted: object) -> None:
    """Refuse what is asked of a report where none is written."""
    from logsleuth.errors import UsageError

    if any(are_wanted):
        raise UsageError(
            "--state writes no report: --format, --output, --why, --timing and --probe go with 'logsleuth merge' or "
            "'logsleuth analyze' without it"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How a report is told, and what the exit status makes of it."""

    form: Format
    language: str
    output: Path | None
    color: Color
    seconds: float | None
    why: int | None
    fail_on: Threshold
    is_zero_wanted: bool


def finish(report: Report, telling: Telling, named: Sequence[str]) -> None:
    """Tell the report and what could not be read, and leave with the exit status of both."""
    has_failures = say_failures(report, named)
    if report.stats.sources:
        text = _rendered(report, telling)
        write(text + ("" if telling.why is None else _because(report, telling)), telling.output)
    raise typer.Exit(_status(report, telling, has_failures=has_failures))


def _probed(report: Report, plan: Plan, *, may_connect: bool) -> Report:
    from logsleuth.probing import Prober, Terms

    return Prober(lambda: plan, Terms(may_connect=may_connect)).report(report)


def check_why(line: int | None, form: Format) -> None:
    """Refuse reasons where they have no place."""
    from logsleuth.errors import UsageError

    if line is not None and form is not Format.TEXT:
        raise UsageError("--why goes with --format text only; --format json has the reasons under 'graph'")


def _because(report: Report, telling: Telling) -> str:
    from logsleuth.report.why import render

    return "\n" + render(report, language=telling.language, line=telling.why or None)


def _standard_input() -> list[str]:
    from logsleuth.errors import UsageError

    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "nothing to read: name a log file or a folder, or pipe a log in (try 'logsleuth analyze --help')"
        )
    return ["-"]


def _rendered(report: Report, telling: Telling) -> str:
    is_terminal = telling.output is None and sys.stdout.isatty()
    if telling.form is Format.JSON:
        from logsleuth.report.document import document, encode

        found = document(report, language=telling.language, seconds=telling.seconds)
        return encode(found, indent=is_terminal).decode()
    if telling.form is Format.TEXT:
        return _text(report, telling.language, telling.color, is_terminal=is_terminal)
    from logsleuth.report import markdown

    render = markdown.render_issue if telling.form is Format.ISSUE else markdown.render
    return render(report, language=telling.language)


def _text(report: Report, language: str, color: Color, *, is_terminal: bool) -> str:
    import shutil

    from logsleuth.config import is_color_wanted
    from logsleuth.report.terminal import render

    is_colored = color is Color.ALWAYS or (color is Color.AUTO and is_color_wanted(is_terminal=is_terminal))
    width = min(shutil.get_terminal_size((WIDTH, 24)).columns, WIDEST) if is_terminal else WIDTH
    return render(report, language=language, width=width, color=is_colored)


def _status(report: Report, telling: Telling, *, has_failures: bool) -> int:
    from logsleuth.model import Verdict

    if has_failures:
        return 2
    is_degraded = report.verdict is Verdict.DEGRADED and telling.fail_on is Threshold.DEGRADED
    return 1 if not telling.is_zero_wanted and (is_degraded or report.verdict is Verdict.INCIDENT) else 0
