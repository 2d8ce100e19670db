"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from logsleuth.cli.choices import Color, Engine

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
Connect = Annotated[bool, typer.Option("--connect", help="Let probes connect to public hosts that only the log names.")]
Engines = Annotated[
    Engine,
    typer.Option(
        "--engine", help="What reads in parallel: processes of this machine, or a cluster of Ray (extra `ray`)."
    ),
]
Colors = Annotated[Color, typer.Option("--color", help="When to use colours.")]
