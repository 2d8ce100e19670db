"""`logsleuth diff`: compare a bad run with a good one, print what differs."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from logsleuth.cli.analyze import WIDEST, WIDTH
from logsleuth.cli.choices import Color
from logsleuth.cli.options import Colors, Jobs, Patterns, Quiet
from logsleuth.cli.reading import Manner, reported, work_of
from logsleuth.cli.streams import say_failures, write
from logsleuth.wording import Language

if TYPE_CHECKING:
    from logsleuth.model.comparison import Comparison

HELP: Final = """Compare a bad run with a good one: where they part, what is new, missing or changed.

\b
logsleuth diff good.log bad.log
logsleuth diff logs-monday/ logs-tuesday.tar.gz -f json

Exit status: 0 no relevant difference, 1 a difference, 2 wrong usage or an input that could not be read.
"""
ALL: Final = "File, folder, glob or archive of the {} run; - is standard input."


class DiffFormat(StrEnum):
    """The forms a comparison can take."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


def diff(
    good: Annotated[str, typer.Argument(metavar="GOOD", help=ALL.format("good"), show_default=False)],
    bad: Annotated[str, typer.Argument(metavar="BAD", help=ALL.format("bad"), show_default=False)],
    form: Annotated[DiffFormat, typer.Option("--format", "-f", help="text to read, json for programs.")] = (
        DiffFormat.TEXT
    ),
    lang: Annotated[Language | None, typer.Option("--lang", help="The language of the comparison.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the comparison there.")
    ] = None,
    patterns: Patterns = None,
    color: Colors = Color.AUTO,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 whatever differs.")] = False,
    jobs: Jobs = 0,
    quiet: Quiet = False,
) -> None:
    """Compare a bad run with a good one: where they part, what is new, missing or changed."""
    from logsleuth.config import load_settings
    from logsleuth.diagnosis.comparison.compare import compare
    from logsleuth.errors import UsageError
    from logsleuth.plan import Recipe

    if good == bad == "-":
        raise UsageError("only one of the runs can be standard input: name a file or a folder for the other")
    settings = load_settings()
    recipe = Recipe(folders=(*settings.patterns, *(patterns or ())), cache=settings.cache)
    work = work_of(recipe, recipe.prepare())
    reports = [reported([name], work, Manner(jobs=jobs, is_quiet=quiet)) for name in (good, bad)]
    failures = [say_failures(report, [name]) for report, name in zip(reports, (good, bad), strict=True)]
    if not all(report.stats.sources for report in reports):
        raise typer.Exit(2)
    comparison = compare(*reports)
    write(_rendered(comparison, form, str(lang or settings.language), color, output), output)
    raise typer.Exit(2 if any(failures) else 1 if comparison.is_different and not exit_zero else 0)


def _rendered(comparison: Comparison, form: DiffFormat, language: str, color: Color, output: Path | None) -> str:
    is_terminal = output is None and sys.stdout.isatty()
    if form is DiffFormat.JSON:
        from logsleuth.report.comparison_document import comparison_document
        from logsleuth.report.document import encode

        return encode(comparison_document(comparison, language=language), indent=is_terminal).decode()
    from logsleuth.report import comparison as forms

    if form is DiffFormat.MARKDOWN:
        return forms.render_markdown(comparison, language=language)
    return _text(comparison, language, color, is_terminal=is_terminal)


def _text(comparison: Comparison, language: str, color: Color, *, is_terminal: bool) -> str:
    import shutil

    from logsleuth.config import is_color_wanted
    from logsleuth.report.comparison import render

    is_colored = color is Color.ALWAYS or (color is Color.AUTO and is_color_wanted(is_terminal=is_terminal))
    width = min(shutil.get_terminal_size((WIDTH, 24)).columns, WIDEST) if is_terminal else WIDTH
    return render(comparison, language=language, width=width, color=is_colored)
