"""The command line: parse, call, render."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from importlib import import_module
from typing import Annotated, Final

import typer

from logsleuth.cli.plain import HELP_NAMES, plain
from logsleuth.errors import LogsleuthError
from logsleuth.version import __version__

INTERRUPTED = 130  # 128 + SIGINT, as a shell reports it
BROKEN_PIPE = 141  # 128 + SIGPIPE
STANDARD_OUTPUT = 1
COMPLETING: Final = "_LOGSLEUTH_COMPLETE"  # how a shell asks for completions
ALONE: Final = (["--version"], ["-V"])  # asked without a command
# each a module, and the name of a function in it
COMMANDS: Final = ("analyze", "diff", "doctor", "explain", "merge", "probe", "watch", "consume", "serve")
GROUPS: Final = ("catalog", "token")


def _version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"logsleuth {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


def application(names: Collection[str] = (*COMMANDS, *GROUPS)) -> typer.Typer:
    """The command with these of its commands, in the order of the help text."""
    app = typer.Typer(
        name="logsleuth",
        help="Read logs of vLLM, UCM, LMCache, NCCL, CUDA, PyTorch and Ray, and name what broke first.",
        epilog="Start with: logsleuth analyze vllm.log",
        no_args_is_help=True,
        add_completion=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": list(HELP_NAMES)},
    )
    app.callback()(_root)
    for name in COMMANDS:
        if name in names:
            module = import_module(f"logsleuth.cli.{name}")
            app.command(name=name, help=module.HELP)(getattr(module, name))
    for name in GROUPS:
        if name in names:
            app.add_typer(import_module(f"logsleuth.cli.{name}").app, name=name)
    return app


def asked(arguments: Sequence[str]) -> Collection[str]:
    """The commands that these arguments can come to: to build one of them takes a tenth of all."""
    if list(arguments) in ALONE:
        return ()
    known = (*COMMANDS, *GROUPS)
    return (arguments[0],) if arguments and arguments[0] in known else known


def main() -> None:
    """Run the command; every error is one line and exit status 2, a closed pipe is silent."""
    # blocks of text hold no cycles: the collector would only walk what it cannot free
    gc.disable()
    try:
        status = _run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        _leave_pipe()
    except SystemExit as left:
        if isinstance(left.__context__, BrokenPipeError):  # typer's own answer to it is another status
            _leave_pipe()
        raise
    except (KeyboardInterrupt, typer.Abort):
        _leave_interrupted()
    except Exception as error:  # noqa: BLE001  the last resort: never a traceback of ours
        _fail(error)
    else:
        sys.exit(status if isinstance(status, int) else 0)
    finally:
        gc.freeze()  # at exit the interpreter collects after all: that walk took a fifth of a short run


def _run(words: Sequence[str]) -> object:
    """The exit status of the command that is asked for, called without a detour where its arguments are plain."""
    is_completing = COMPLETING in os.environ  # noqa: TID251  typer's own variable, which no setting replaces
    if words and words[0] in COMMANDS and not is_completing:
        command = getattr(import_module(f"logsleuth.cli.{words[0]}"), words[0])
        values = plain(f"logsleuth {words[0]}", command, words[1:])
        if values is not None:
            return _status(command, values)
    return application(asked(words))(prog_name="logsleuth", standalone_mode=False)


def _status(command: Callable[..., None], values: Mapping[str, object]) -> int:
    try:
        command(**values)
    except typer.Exit as left:
        return left.exit_code
    return 0


def _leave_pipe() -> None:
    """Whoever read us has gone; nothing may be written at exit either."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), STANDARD_OUTPUT)
    sys.exit(BROKEN_PIPE)


def _leave_interrupted() -> None:
    """Whoever asked for the end does not wait for threads that wait for a store."""
    if threading.active_count() == 1:
        sys.exit(INTERRUPTED)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(INTERRUPTED)


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
