"""The options that several commands share, each written once: what they are called, take and say of themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from logsleuth.cli.choices import AlertOn, Body, Color, Engine, EventFormat, Format, Threshold
from logsleuth.wording import Language

# what every command takes that reads
Patterns = Annotated[
    list[Path] | None,
    typer.Option("--patterns", metavar="DIR", help="A folder of signatures of your own; may repeat."),
]
Jobs = Annotated[
    int,
    typer.Option(
        "--jobs",
        "-j",
        metavar="N",
        min=0,
        help="How many processes read; 0 is as many as are of use.",
        show_default=False,
    ),
]
Engines = Annotated[
    Engine,
    typer.Option(
        "--engine", help="What reads in parallel: processes of this machine, or a cluster of Ray (extra `ray`)."
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")]
Colors = Annotated[Color, typer.Option("--color", help="When to use colours.")]
ExitZero = Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 whatever was found.")]

# how a report is told: `analyze`, `merge`
ReportForm = Annotated[
    Format,
    typer.Option(
        "--format", "-f", help="text to read, json for programs, markdown for a ticket, issue for a bug report."
    ),
]
ReportLanguage = Annotated[Language | None, typer.Option("--lang", help="The language of the report.")]
ReportFile = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the report there.")]
FailOn = Annotated[Threshold, typer.Option("--fail-on", help="The mildest verdict for which the exit status is 1.")]
Timing = Annotated[bool, typer.Option("--timing", help="Put the seconds taken into the JSON.")]
Why = Annotated[
    int | None,
    typer.Option(
        "--why",
        metavar="LINE",
        min=0,
        help="After the report, say why what rests on this line is a cause or follows from one; 0 for all of it.",
        show_default=False,
    ),
]

# how events are told, and what is done about them: `watch`, `consume`, and partly `serve`
EventForm = Annotated[
    EventFormat, typer.Option("--format", "-f", help="text: a line per event; jsonl: a JSON object per event.")
]
EventLanguage = Annotated[Language | None, typer.Option("--lang", help="The language of the events.")]
EventFile = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Append the events to a file.")]
StateFile = Annotated[Path | None, typer.Option("--state", metavar="FILE", help="Go on where the last run stopped.")]
Commands = Annotated[
    list[str] | None,
    typer.Option("--exec", metavar="CMD", help="Run for an alert, the event on its standard input; may repeat."),
]
Webhooks = Annotated[list[str] | None, typer.Option("--webhook", metavar="URL", help="Post alerts there; may repeat.")]
WebhookBody = Annotated[Body, typer.Option("--webhook-format", help="The body of what is posted.")]
WebhookSecret = Annotated[
    Path | None,
    typer.Option("--webhook-secret", metavar="FILE", help="Sign what is posted with the key in this file."),
]
AlertKinds = Annotated[
    list[AlertOn] | None,
    typer.Option("--alert-on", help="Alert on these events only; else opened, better causes, resolved."),
]
Rate = Annotated[str, typer.Option("--rate", metavar="N/TIME", help="At most so many alerts: 10/m, 1/30s.")]
ExitOn = Annotated[
    list[str] | None,
    typer.Option("--exit-on", metavar="ROOT", help="End on an incident of this id or class, or on any."),
]
IdleExit = Annotated[
    float | None, typer.Option("--idle-exit", metavar="SECONDS", min=0.1, help="End when nothing came for so long.")
]
Heartbeat = Annotated[
    float, typer.Option("--heartbeat", metavar="SECONDS", min=0, help="Between two signs of life; 0 for none.")
]
NoReport = Annotated[bool, typer.Option("--no-report", help="Leave out the report at the end.")]

# how this machine is asked: `probe`, `doctor`
Connect = Annotated[bool, typer.Option("--connect", help="Let probes connect to public hosts that only the log names.")]
Forced = Annotated[bool, typer.Option("--force", help="Use a GPU although something runs on it.")]
Interpreter = Annotated[
    str, typer.Option("--python", metavar="FILE", help="The interpreter of the service, if it is not this one.")
]
AnswerLanguage = Annotated[Language | None, typer.Option("--lang", help="The language of the answer.")]

# how a signature is shown: `explain`, `catalog show`
PageLanguage = Annotated[Language | None, typer.Option("--lang", help="The language of the page.")]
