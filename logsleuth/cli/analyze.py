"""`logsleuth analyze`: read logs, print the report."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Final

import typer

from logsleuth.cli.choices import Color, Format, Language, Threshold
from logsleuth.cli.options import Colors, Patterns
from logsleuth.cli.streams import say_failures, with_progress, write

if TYPE_CHECKING:
    from logsleuth.model import Report
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
    is_probed: Annotated[
        bool, typer.Option("--probe", help="Ask this machine whether it still fails: run the probes of the causes.")
    ] = False,
    has_templates: Annotated[
        bool,
        typer.Option(
            "--templates/--no-templates",
            help="Group all lines by template, or, faster, look for signatures alone.",
        ),
    ] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
) -> None:
    """Say what broke first, why, and what to do about it."""
    from logsleuth.api import prepare, read_paths
    from logsleuth.config import load_settings
    from logsleuth.limits import DEFAULT_LIMITS
    from logsleuth.pipeline import Analysis

    started = monotonic()
    settings = load_settings()
    named = paths or _standard_input()
    _check_why(why, form)
    plan = prepare((*settings.patterns, *(patterns or ())), cache=settings.cache)
    analysis = Analysis(plan, limits=DEFAULT_LIMITS, templates=has_templates)
    with _uncollected():
        analysis.add(with_progress(read_paths(named, limits=DEFAULT_LIMITS), is_wanted=not quiet))
    report = _probed(analysis.report(), plan) if is_probed else analysis.report()
    seconds = round(monotonic() - started, 3) if timing else None
    has_failures = say_failures(report, named)
    if report.stats.sources:
        language = str(lang or settings.language)
        text = _rendered(report, form, language, color, seconds, output)
        write(text + (_because(report, language, why) if why is not None else ""), output)
    raise typer.Exit(_status(report, fail_on, has_failures=has_failures, exit_zero=exit_zero))


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


def _probed(report: Report, plan: Plan) -> Report:
    from logsleuth.probing import Prober, Terms

    return Prober(lambda: plan, Terms()).report(report)


def _check_why(line: int | None, form: Format) -> None:
    from logsleuth.errors import UsageError

    if line is not None and form is not Format.TEXT:
        raise UsageError("--why goes with --format text only; --format json has the reasons under 'graph'")


def _because(report: Report, language: str, line: int) -> str:
    from logsleuth.report.why import render

    return "\n" + render(report, language=language, line=line or None)


def _standard_input() -> list[str]:
    from logsleuth.errors import UsageError

    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "nothing to read: name a log file or a folder, or pipe a log in (try 'logsleuth analyze --help')"
        )
    return ["-"]


def _rendered(
    report: Report, form: Format, language: str, color: Color, seconds: float | None, output: Path | None
) -> str:
    is_terminal = output is None and sys.stdout.isatty()
    if form is Format.JSON:
        from logsleuth.report.document import document, encode

        return encode(document(report, language=language, seconds=seconds), indent=is_terminal).decode()
    if form is Format.TEXT:
        return _text(report, language, color, is_terminal=is_terminal)
    from logsleuth.report import markdown

    render = markdown.render_issue if form is Format.ISSUE else markdown.render
    return render(report, language=language)


def _text(report: Report, language: str, color: Color, *, is_terminal: bool) -> str:
    import shutil

    from logsleuth.config import is_color_wanted
    from logsleuth.report.terminal import render

    is_colored = color is Color.ALWAYS or (color is Color.AUTO and is_color_wanted(is_terminal=is_terminal))
    width = min(shutil.get_terminal_size((WIDTH, 24)).columns, WIDEST) if is_terminal else WIDTH
    return render(report, language=language, width=width, color=is_colored)


def _status(report: Report, fail_on: Threshold, *, has_failures: bool, exit_zero: bool) -> int:
    from logsleuth.model import Verdict

    if has_failures:
        return 2
    is_degraded = report.verdict is Verdict.DEGRADED and fail_on is Threshold.DEGRADED
    return 1 if not exit_zero and (is_degraded or report.verdict is Verdict.INCIDENT) else 0
