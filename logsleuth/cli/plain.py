"""Arguments that are plain: flags, choices and words. In: a command, and what follows it. Out: what it is called with.

typer's own parser takes them apart. But then typer takes each value, given or not, through pydantic, whose import was
a quarter of a short run; a flag, a choice or a word needs none of that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from types import NoneType
from typing import Final, get_args, get_type_hints

import typer
from typer.main import get_command

HELP_NAMES: Final = ("-h", "--help")
AS_THEY_ARE: Final = (bool, str, list[str])
# what was left out is nothing of these, or empty: parsers of several years have several signs for it
READ: Final = (bool, str, list, tuple)


def plain(path: str, function: Callable[..., None], words: Sequence[str]) -> Mapping[str, object] | None:
    """What typer would call `function` with, without the defaults; None where it has to convert or to refuse a value.

    Raises what typer says of options that there are not, of the command that is called `path`.
    """
    app = typer.Typer(add_completion=False)
    app.command()(function)
    command = get_command(app)
    context = typer.Context(command, info_name=path, help_option_names=list(HELP_NAMES))
    if any(parameter.callback or parameter.envvar for parameter in command.params):
        return None
    read, rest, _ = command.make_parser(context).parse_args(list(words))
    given = {name: value for name, value in read.items() if isinstance(value, READ) and value not in ((), [])}
    needed = {parameter.name for parameter in command.params if parameter.required}
    kinds = get_type_hints(function)
    if rest or not needed <= given.keys() <= kinds.keys():
        return None
    values = {name: _value(kinds[name], value) for name, value in given.items()}
    return None if None in values.values() else values


def _value(kind: object, read: object) -> object:
    """What was read, as a value of this kind; None where typer has to look at it."""
    only = next((one for one in get_args(kind) if one is not NoneType), kind) if NoneType in get_args(kind) else kind
    if only in AS_THEY_ARE:
        return list(read) if isinstance(read, tuple) else read
    if isinstance(only, type) and issubclass(only, StrEnum):
        return next((choice for choice in only if choice.value == read), None)
    return None
