"""What a person names (files, folders, patterns, URLs, `-`) in, the inputs to read out, each once, in a fixed order."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from logsleuth.limits import Limits
from logsleuth.model import Notice, NoticeKind, Where
from logsleuth.sources.buckets import objects
from logsleuth.sources.folders import Found, is_pattern, matches, walk
from logsleuth.sources.locations import is_remote, local_path
from logsleuth.sources.remote import RemoteObject

STANDARD_INPUT: Final = "-"


@dataclass(frozen=True, slots=True)
class Input:
    """One thing to read: a file, an object of a store, or standard input, which has neither and the name `-`."""

    name: str
    path: Path | None
    remote: RemoteObject | None = None


def expand(paths: Sequence[str], *, limits: Limits) -> tuple[tuple[Input, ...], tuple[Notice, ...]]:
    """The inputs that `paths` mean: in the order given, folders in natural order, the same file once.

    What does not exist, cannot be opened or holds no logs becomes a notice.
    """
    inputs: list[Input] = []
    notices: list[Notice] = []
    seen: set[tuple[int, int] | str] = set()
    for path in dict.fromkeys(paths):
        if path == STANDARD_INPUT:
            inputs.append(Input(STANDARD_INPUT, None))
            continue
        for found in _found(path, limits=limits):
            if isinstance(found, Notice):
                notices.append(found)
            elif (identity := _identity(found)) not in seen:
                seen.add(identity)
                inputs.append(_input(found))
    return tuple(inputs), tuple(notices)


def why_unreadable(mode: int) -> str | None:
    """Why a file of this mode is not read: only files and named pipes hold logs and come to an end."""
    if stat.S_ISREG(mode) or stat.S_ISFIFO(mode):
        return None
    return "it is a folder" if stat.S_ISDIR(mode) else "it is a device or a socket"


def _identity(found: Found | RemoteObject) -> tuple[int, int] | str:
    return found.url if isinstance(found, RemoteObject) else found.identity


def _input(found: Found | RemoteObject) -> Input:
    if isinstance(found, RemoteObject):
        return Input(as_text(found.url), None, found)
    return Input(as_text(str(found.path)), found.path)


def _found(path: str, *, limits: Limits) -> Iterator[Found | RemoteObject | Notice]:
    if is_remote(path):
        yield from objects(path, limits=limits)
    else:
        yield from _local(local_path(path), limits=limits)


def _local(path: str, *, limits: Limits) -> Iterator[Found | Notice]:
    try:
        status = Path(path).stat()
    except (OSError, ValueError) as error:
        if is_pattern(path):
            yield from _several(path, matches(path), limits=limits)
        else:
            yield _notice(path, f"cannot be read: {getattr(error, 'strerror', None) or error}")
        return
    if stat.S_ISDIR(status.st_mode):
        yield from _several(path, walk(Path(path)), limits=limits)
    elif reason := why_unreadable(status.st_mode):
        yield _notice(path, f"cannot be read: {reason}")
    else:
        yield Found(path=Path(path), status=status)


def _several(path: str, candidates: Iterator[Found | OSError], *, limits: Limits) -> Iterator[Found | Notice]:
    has_any = False
    for found in islice(candidates, limits.folder_files):
        has_any = True
        if isinstance(found, OSError):
            yield _notice(os.fsdecode(found.filename), f"cannot be read: {found.strerror}")
        else:
            yield found
    if not has_any:
        yield _notice(path, "matches no logs" if is_pattern(path) else "is a folder without logs")
    elif next(candidates, None):
        detail = f"has more than {limits.folder_files} files; the rest is skipped"
        yield Notice(kind=NoticeKind.LIMIT, where=Where(source=as_text(path)), detail=detail)


def _notice(path: str, detail: str) -> Notice:
    return Notice(kind=NoticeKind.SOURCE_UNREADABLE, where=Where(source=as_text(path)), detail=detail)


def as_text(path: str) -> str:
    """The path as a name; bytes that are no UTF-8 would not survive in a report."""
    return os.fsencode(path).decode("utf-8", "replace")
