"""The command line: parse, call, render."""

from __future__ import annotations

import gc
import os
import sys
from typing import Annotated

import typer

from logsleuth.cli import analyze, catalog
from logsleuth.errors import LogsleuthError
from logsleuth.version import __version__

app = typer.Typer(
    name="logsleuth",
    help="Read logs of vLLM, UCM, LMCache, NCCL, CUDA, PyTorch and Ray, and name what broke first.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(name="analyze")(analyze.analyze)
app.add_typer(catalog.app, name="catalog")


def _version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"logsleuth {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command; every error is one line and exit status 2, a closed pipe is silent."""
    # blocks of text hold no cycles: the collector would only walk what it cannot free
    gc.disable()
    try:
        app()
    except LogsleuthError as error:
        _fail(str(error))
    except BrokenPipeError:
        # whoever read us has gone; nothing may be written at exit either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  the last resort: never a traceback of ours
        _fail(f"internal error, please report it: {type(error).__name__}: {error}")


def _fail(message: str) -> None:
    sys.stderr.write(f"logsleuth: {message}\n")
    sys.exit(2)
