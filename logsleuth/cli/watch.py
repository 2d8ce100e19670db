"""`logsleuth watch`: read logs that go on, tell at once what breaks, and act on it."""

from __future__ import annotations

import sys
from typing import Annotated, Final

import typer

from logsleuth.cli.choices import Begin, Body, Color, EventFormat
from logsleuth.cli.options import (
    AlertKinds,
    Colors,
    Commands,
    EventFile,
    EventForm,
    EventLanguage,
    ExitOn,
    ExitZero,
    Heartbeat,
    IdleExit,
    NoReport,
    Patterns,
    Rate,
    StateFile,
    WebhookBody,
    Webhooks,
    WebhookSecret,
)

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
    form: EventForm = EventFormat.TEXT,
    lang: EventLanguage = None,
    output: EventFile = None,
    patterns: Patterns = None,
    color: Colors = Color.AUTO,
    tee: Annotated[
        bool, typer.Option("--tee", help="Pass the pipe through unchanged; events go to standard error.")
    ] = False,
    begin: Annotated[
        Begin, typer.Option("--from", help="Where to begin in files that are there already.")
    ] = Begin.START,
    state: StateFile = None,
    command: Commands = None,
    webhook: Webhooks = None,
    body: WebhookBody = Body.JSON,
    secret: WebhookSecret = None,
    alert_on: AlertKinds = None,
    rate: Rate = "10/m",
    exit_on: ExitOn = None,
    idle_exit: IdleExit = None,
    heartbeat: Heartbeat = 60.0,
    no_report: NoReport = False,
    exit_zero: ExitZero = False,
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
