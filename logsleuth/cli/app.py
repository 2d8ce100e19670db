"""The command line: parse, call, render."""

from __future__ import annotations

import gc
import os
import sys
from typing import Annotated

import typer

from logsleuth.cli import analyze, catalog, consume, diff, doctor, explain, probe, serve, token, watch
from logsleuth.errors import LogsleuthError
from logsleuth.version import __version__

INTERRUPTED = 130  # 128 + SIGINT, as a shell reports it
BROKEN_PIPE = 141  # 128 + SIGPIPE
STANDARD_OUTPUT = 1

app = typer.Typer(
    name="logsleuth",
    help="Read logs of vLLM, UCM, LMCache, NCCL, CUDA, PyTorch and Ray, and name what broke first.",
    epilog="Start with: logsleuth analyze vllm.log",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(name="analyze", help=analyze.HELP)(analyze.analyze)
app.command(name="diff", help=diff.HELP)(diff.diff)
app.command(name="doctor", help=doctor.HELP)(doctor.doctor)
app.command(name="explain", help=explain.HELP)(explain.explain)
app.command(name="probe", help=probe.HELP)(probe.probe)
app.command(name="watch", help=watch.HELP)(watch.watch)
app.command(name="consume", help=consume.HELP)(consume.consume)
app.command(name="serve", help=serve.HELP)(serve.serve)
app.add_typer(catalog.app, name="catalog")
app.add_typer(token.app, name="token")


def _version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"logsleuth {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command; every error is one line and exit status 2, a closed pipe is silent."""
    # blocks of text hold no cycles: the collector would only walk what it cannot free
    gc.disable()
    try:
        status = app(prog_name="logsleuth", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        _leave_pipe()
    except SystemExit as left:
        if isinstance(left.__context__, BrokenPipeError):  # typer's own answer to it is another status
            _leave_pipe()
        raise
    except (KeyboardInterrupt, typer.Abort):
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001  the last resort: never a traceback of ours
        _fail(error)
    else:
        sys.exit(status if isinstance(status, int) else 0)


def _leave_pipe() -> None:
    """Whoever read us has gone; nothing may be written at exit either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), STANDARD_OUTPUT)
    sys.exit(BROKEN_PIPE)


def _fail(error: Exception) -> None:
    """Say in one line what was wrong."""
    if isinstance(error, LogsleuthError):
        lines = str(error).splitlines()
    elif callable(said := getattr(error, "format_message", None)):  # what typer found wrong in the arguments
        lines = _usage(str(said()), getattr(getattr(error, "ctx", None), "command_path", "logsleuth"))
    else:
        lines = [f"internal error, please report it: {type(error).__name__}: {error}".replace("\n", " ")]
    prefix = "" if lines and lines[0].startswith("Usage:") else "logsleuth: "
    sys.stderr.write("".join(f"{prefix}{line}\n" for line in lines))
    sys.exit(2)


def _usage(message: str, command: str) -> list[str]:
    """What typer says, in one line; a help text stays as it is."""
    if message.startswith("Usage:"):
        return message.splitlines()
    plain = " ".join(message.replace("Value error, ", "").split()).rstrip(".")
    return [f"{plain} (try '{command} --help')"]
