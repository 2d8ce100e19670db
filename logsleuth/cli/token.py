"""`logsleuth token`: who may ship logs to the service, read it, and decide."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

from logsleuth.cli.choices import Right

app = typer.Typer(
    help="Make, list and revoke the tokens of `logsleuth serve`.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

NEW: Final = """Make a token and print it: this is the only time that it can be seen.

\b
logsleuth token new alloy
logsleuth token new alice --right manage

Shippers send it as 'Authorization: Bearer TOKEN', or as their protocol has it:
the password of Basic, 'Splunk TOKEN', 'ApiKey TOKEN', 'DD-API-KEY: TOKEN'.
People type it as the password, with any name.
"""

Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="The folder that `serve` uses.")]
File = Annotated[Path | None, typer.Option("--tokens", metavar="FILE", help="The file, if not DIR/tokens.json.")]


@app.command(name="new", help=NEW)
def new(
    name: Annotated[str, typer.Argument(help="What it is called here.", show_default=False)],
    right: Annotated[list[Right] | None, typer.Option("--right", help="What it is good for; may repeat.")] = None,
    data: Data = None,
    tokens: File = None,
) -> None:
    """Make a token."""
    from logsleuth.cli.service import new_token

    typer.echo(new_token(name, tuple(each.value for each in right or [Right.INGEST]), data=data, tokens=tokens))


@app.command(name="list")
def list_(data: Data = None, tokens: File = None) -> None:
    """List the tokens: name, rights, day; never the tokens themselves."""
    from logsleuth.cli.service import known_tokens

    for line in known_tokens(data=data, tokens=tokens):
        typer.echo(line)


@app.command(name="revoke")
def revoke(
    name: Annotated[str, typer.Argument(help="What it was called.", show_default=False)],
    data: Data = None,
    tokens: File = None,
) -> None:
    """Revoke a token; a running service refuses it at once."""
    from logsleuth.cli.service import revoke_named

    revoke_named(name, data=data, tokens=tokens)
