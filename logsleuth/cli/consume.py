"""`logsleuth consume`: read logs from a stream as a member of a group, tell at once what breaks, and act on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from logsleuth.cli.choices import Body, Color, EventFormat
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

HELP: Final = """Watch logs that come through Kafka, as a member of a consumer group.

\b
logsleuth consume 'kafka://broker:9092/logs?group=sleuth' --state sleuth.state
logsleuth consume 'kafka://b1:9092,b2:9092/logs,audit?group=sleuth' --config client.properties
logsleuth consume 'kafka://broker:9092/logs?group=once' --until-end

What was read is told to the group only after --state holds what came of it, so
that nothing is lost or told twice. Messages are lines, or JSON as shippers
write it. Everything is described in docs/remote.md; events in docs/watch.md.

Exit status: as of `analyze` with --until-end; 1 where --exit-on ended it; 130
or 143 after Ctrl-C or SIGTERM; 2 for wrong usage, or where reading is refused.
"""


def consume(
    stream: Annotated[
        str,
        typer.Argument(
            metavar="URL", help="kafka://BROKER:PORT[,...]/TOPIC[,...]?group=NAME[&from=end]", show_default=False
        ),
    ],
    form: EventForm = EventFormat.TEXT,
    lang: EventLanguage = None,
    output: EventFile = None,
    patterns: Patterns = None,
    color: Colors = Color.AUTO,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="The client's properties: security.protocol, sasl.password ..."),
    ] = None,
    until_end: Annotated[
        bool, typer.Option("--until-end", help="Read what is there now, report on it, and end.")
    ] = False,
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
    """Watch logs that come through Kafka, as a member of a consumer group."""
    from logsleuth.cli.watching import StreamWish, Wish, run

    wish = Wish(
        paths=(),
        stream=StreamWish(url=stream, properties=config, is_to_end=until_end),
        style=form.value,
        language=lang.value if lang else None,
        output=output,
        patterns=tuple(patterns or ()),
        color=color,
        is_tee=False,
        is_from_end=False,
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
