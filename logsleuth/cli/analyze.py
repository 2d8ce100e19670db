"""`logsleuth analyze`: read logs, print the report."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from logsleuth.model import Block, Notice, Report


class Format(StrEnum):
    """The forms a report can take."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    ISSUE = "issue"


class Color(StrEnum):
    """When to use colours."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Threshold(StrEnum):
    """From which verdict on the exit status is 1."""

    INCIDENT = "incident"
    DEGRADED = "degraded"


class Language(StrEnum):
    """The languages of the reports."""

    EN = "en"
    ZH = "zh"


def analyze(
    paths: Annotated[
        list[str] | None,
        typer.Argument(help="Log files, folders, globs or archives; - is standard input.", show_default=False),
    ] = None,
    form: Annotated[Format, typer.Option("--format", "-f", help="The form of the report.")] = Format.TEXT,
    lang: Annotated[Language | None, typer.Option("--lang", help="The language of the report.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the report to this file.")] = None,
    patterns: Annotated[
        list[Path] | None, typer.Option("--patterns", help="A folder with further signatures; may be repeated.")
    ] = None,
    color: Annotated[Color, typer.Option("--color", help="When to use colours; NO_COLOR is obeyed.")] = Color.AUTO,
    fail_on: Annotated[
        Threshold, typer.Option("--fail-on", help="From which verdict on the exit status is 1.")
    ] = Threshold.DEGRADED,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 whatever was found.")] = False,
    timing: Annotated[bool, typer.Option("--timing", help="Put the seconds taken into the JSON.")] = False,
) -> None:
    """Say what broke first, why, and what to do about it.

    Exit status: 0 healthy, 1 incident or degraded, 2 wrong usage or an input that could not be read.
    """
    from logsleuth.api import prepare, read_paths
    from logsleuth.config import load_settings
    from logsleuth.limits import DEFAULT_LIMITS
    from logsleuth.pipeline import Analysis

    started = monotonic()
    settings = load_settings()
    named = paths or _standard_input()
    plan = prepare((*settings.patterns, *(patterns or ())), cache=settings.cache)
    analysis = Analysis(plan, limits=DEFAULT_LIMITS)
    analysis.add(_with_progress(read_paths(named, limits=DEFAULT_LIMITS)))
    report = analysis.report()
    seconds = round(monotonic() - started, 3) if timing else None
    _write(_rendered(report, form, str(lang or settings.language), color, seconds, is_file=output is not None), output)
    raise typer.Exit(_status(report, named, fail_on, exit_zero=exit_zero))


def _standard_input() -> list[str]:
    from logsleuth.errors import UsageError

    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError(
            "nothing to read: name a log file or a folder, or pipe a log in (try 'logsleuth analyze --help')"
        )
    return ["-"]


def _with_progress(items: Iterable[Block | Notice]) -> Iterator[Block | Notice]:
    """Pass `items` through; on a terminal, say now and then how far the reading has come."""
    from logsleuth.model import Block

    is_shown, said, read = sys.stderr.isatty(), monotonic(), 0
    for item in items:
        yield item
        if is_shown and isinstance(item, Block):
            read += len(item.data)
            if monotonic() - said > 0.5:
                said = monotonic()
                sys.stderr.write(f"\r\x1b[K{read / 1e6:,.0f} MB read")
                sys.stderr.flush()
    if is_shown:
        sys.stderr.write("\r\x1b[K")


def _rendered(
    report: Report, form: Format, language: str, color: Color, seconds: float | None, *, is_file: bool
) -> bytes:
    if form is Format.JSON:
        from logsleuth.report.document import document, encode

        is_read_by_people = not is_file and sys.stdout.isatty()
        return encode(document(report, language=language, seconds=seconds), indent=is_read_by_people)
    if form is Format.TEXT:
        return _text(report, language, color, is_file=is_file).encode()
    from logsleuth.report import markdown

    render = markdown.render_issue if form is Format.ISSUE else markdown.render
    return render(report, language=language).encode()


def _text(report: Report, language: str, color: Color, *, is_file: bool) -> str:
    import shutil

    from logsleuth.config import is_color_wanted
    from logsleuth.report.terminal import render

    is_terminal = not is_file and sys.stdout.isatty()
    is_colored = color is Color.ALWAYS or (color is Color.AUTO and is_terminal and is_color_wanted())
    width = min(shutil.get_terminal_size((100, 24)).columns, 120) if is_terminal else 100
    return render(report, language=language, width=width, color=is_colored)


def _write(data: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    from logsleuth.errors import UsageError

    try:
        output.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{output}: cannot write the report: {error.strerror}") from None


def _status(report: Report, named: list[str], fail_on: Threshold, *, exit_zero: bool) -> int:
    """The exit status, after saying on standard error what could not be read."""
    from logsleuth.model import NoticeKind, Verdict
    from logsleuth.wording import escaped

    failed = False
    for notice in report.notices:
        is_named = notice.kind is NoticeKind.BINARY and notice.where.source in named
        if is_named or notice.kind in (NoticeKind.SOURCE_UNREADABLE, NoticeKind.SOURCE_TRUNCATED):
            failed = True
            sys.stderr.write(f"logsleuth: {escaped(str(notice.where))}: {escaped(notice.detail)}\n")
    if failed:
        return 2
    is_bad = report.verdict is Verdict.INCIDENT or (
        report.verdict is Verdict.DEGRADED and fail_on is Threshold.DEGRADED
    )
    return 1 if is_bad and not exit_zero else 0
