"""`logsleuth consume`: read logs from a stream as a member of a group, tell at once what breaks, and act on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from logsleuth.cli.choices import AlertOn, Body, Color, EventFormat
from logsleuth.cli.options import Colors, Patterns
from logsleuth.wording import Language

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
    form: Annotated[
        EventFormat, typer.Option("--format", "-f", help="text: a line per event; jsonl: a JSON object per event.")
    ] = EventFormat.TEXT,
    lang: Annotated[Language | None, typer.Option("--lang", help="The language of the events.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Append the events to a file.")
    ] = None,
    patterns: Patterns = None,
    color: Colors = Color.AUTO,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="The client's properties: security.protocol, sasl.password ..."),
    ] = None,
    until_end: Annotated[
        bool, typer.Option("--until-end", help="Read what is there now, report on it, and end.")
    ] = False,
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
