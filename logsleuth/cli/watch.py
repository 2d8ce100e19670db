"""`logsleuth watch`: read logs that go on, tell at once what breaks, and act on it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from logsleuth.cli.choices import AlertOn, Begin, Body, Color, EventFormat
from logsleuth.cli.options import Colors, Patterns
from logsleuth.wording import Language

HELP: Final = """Watch logs that go on, and tell at once what breaks.

\b
tail -f vllm.log | logsleuth watch
logsleuth watch /var/log/pods/ vllm.log
kubectl logs -f pod/vllm-0 | logsleuth watch -f jsonl | jq .
logsleuth watch vllm.log --webhook https://... --state watch.state

Files are followed through rotations; a watch of files ends with Ctrl-C. The
events and their fields are described in docs/watch.md.

Exit status: as of `analyze` at the end of a pipe; 1 where --exit-on ended it;
130 or 143 after Ctrl-C or SIGTERM; 2 for wrong usage.
"""


def watch(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH", help="Files, folders, globs; - or a pipe is standard input.", show_default=False
        ),
    ] = None,
    form: Annotated[
        EventFormat, typer.Option("--format", "-f", help="text: a line per event; jsonl: a JSON object per event.")
    ] = EventFormat.TEXT,
    lang: Annotated[Language | None, typer.Option("--lang", help="The language of the events.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Append the events to a file.")
    ] = None,
    patterns: Patterns = None,
    color: Colors = Color.AUTO,
    tee: Annotated[
        bool, typer.Option("--tee", help="Pass the pipe through unchanged; events go to standard error.")
    ] = False,
    begin: Annotated[
        Begin, typer.Option("--from", help="Where to begin in files that are there already.")
    ] = Begin.START,
    state: Annotated[
        Path | None, typer.Option("--state", metavar="FILE", help="Go on where the last run stopped.")
    ] = None,
    command: Annotated[
        list[str] | None,
        typer.Option("--exec", metavar="CMD", help="Run for an alert, the event on its standard input; may repeat."),
    ] = None,
    webhook: Annotated[
        list[str] | None, typer.Option("--webhook", metavar="URL", help="Post alerts there; may repeat.")
    ] = None,
    body: Annotated[Body, typer.Option("--webhook-format", help="The body of what is posted.")] = Body.JSON,
    secret: Annotated[
        Path | None,
        typer.Option("--webhook-secret", metavar="FILE", help="Sign what is posted with the key in this file."),
    ] = None,
    alert_on: Annotated[
        list[AlertOn] | None,
        typer.Option("--alert-on", help="Alert on these events only; else opened, better causes, resolved."),
    ] = None,
    rate: Annotated[
        str, typer.Option("--rate", metavar="N/TIME", help="At most so many alerts: 10/m, 1/30s.")
    ] = "10/m",
    exit_on: Annotated[
        list[str] | None,
        typer.Option("--exit-on", metavar="ROOT", help="End on an incident of this id or class, or on any."),
    ] = None,
    idle_exit: Annotated[
        float | None, typer.Option("--idle-exit", metavar="SECONDS", min=0.1, help="End when nothing came for so long.")
    ] = None,
    heartbeat: Annotated[
        float, typer.Option("--heartbeat", metavar="SECONDS", min=0, help="Between two signs of life; 0 for none.")
    ] = 60.0,
    no_report: Annotated[bool, typer.Option("--no-report", help="Leave out the report at the end.")] = False,
    exit_zero: Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 whatever was found.")] = False,
) -> None:
    """Watch logs that go on, and tell at once what breaks."""
    from logsleuth.cli.watching import Wish, run

    wish = Wish(
        paths=_inputs(paths, tee=tee),
        style=form.value,
        language=lang.value if lang else None,
        output=output,
        patterns=tuple(patterns or ()),
        color=color,
        is_tee=tee,
        is_from_end=begin is Begin.END,
        state=state,
        commands=tuple(command or ()),
        webhooks=tuple(webhook or ()),
        body=body.value,
        secret=secret,
        alert_on=tuple(kind.value for kind in alert_on) if alert_on else None,
        rate=rate,
        exit_on=tuple(exit_on or ()),
        idle_s=idle_exit,
        heartbeat_s=heartbeat,
        has_report=not no_report,
        is_exit_zero=exit_zero,
    )
    raise typer.Exit(run(wish))


def _inputs(paths: list[str] | None, *, tee: bool) -> tuple[str, ...]:
    """The files to follow; none for a pipe."""
    from logsleuth.errors import UsageError
    from logsleuth.sources.locations import is_remote, local_path, shown

    named = tuple(local_path(path) for path in paths or () if path != "-")
    if url := next(filter(is_remote, named), None):
        hint = "`logsleuth consume`" if url.lower().startswith("kafka:") else "`logsleuth analyze`: objects do not grow"
        raise UsageError(f"{shown(url)}: only files and pipes are watched; read it with {hint}")
    if named and (tee or len(named) < len(paths or ())):
        raise UsageError("a pipe or files, not both: --tee and - are for a pipe alone")
    if not named and (sys.stdin is None or (sys.stdin.isatty() and not paths)):
        raise UsageError("nothing to watch: name a file or a folder, or pipe a log in (try 'logsleuth watch --help')")
    return named
