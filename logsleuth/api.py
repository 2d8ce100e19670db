"""The Python API: the same analysis as the command, as a function."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from os import PathLike, fspath
from pathlib import Path

from logsleuth.catalog.load import Catalog, load_catalog
from logsleuth.config import Settings, load_settings
from logsleuth.errors import UsageError
from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Block, Notice, Report
from logsleuth.pipeline import Analysis, Plan, plan
from logsleuth.sources import expand, from_bytes, from_lines, read

Paths = str | PathLike[str] | Sequence[str | PathLike[str]]


def analyze(
    logs: Paths | bytes | Iterable[str | bytes],
    *,
    name: str = "log",
    patterns: Sequence[str | PathLike[str]] = (),
    limits: Limits = DEFAULT_LIMITS,
    settings: Settings | None = None,
) -> Report:
    """Analyse logs and say what broke first.

    `logs` is a path, a sequence of paths (files, folders, globs), the bytes of a log, or any other iterable of lines;
    `name` is what bytes and lines are called in the report. `patterns` are folders with further signatures.
    Raises CatalogError for signatures that do not load and UsageError where there is nothing to read.
    """
    found = settings or load_settings()
    folders = (*found.patterns, *(Path(folder) for folder in patterns))
    analysis = Analysis(prepare(folders, cache=found.cache), limits=limits)
    analysis.add(_items(logs, name, limits))
    return analysis.report()


def prepare(folders: Sequence[Path] = (), *, cache: Path | None = None) -> Plan:
    """The built-in catalog and that of `folders`, compiled."""
    return plan(_catalog(tuple(folders), cache), cache=cache)


def _catalog(folders: tuple[Path, ...], cache: Path | None) -> Catalog:
    return load_catalog(folders, cache=cache)


def _items(logs: Paths | bytes | Iterable[str | bytes], name: str, limits: Limits) -> Iterator[Block | Notice]:
    if isinstance(logs, bytes):
        return from_bytes(name, logs, limits=limits)
    if isinstance(logs, str | PathLike):
        return read_paths([fspath(logs)], limits=limits)
    if isinstance(logs, Sequence) and all(isinstance(item, str | PathLike) for item in logs):
        return read_paths([fspath(item) for item in logs if not isinstance(item, bytes)], limits=limits)
    return from_lines(name, (line for line in logs if isinstance(line, str | bytes)), limits=limits)


def read_paths(paths: Sequence[str], *, limits: Limits) -> Iterator[Block | Notice]:
    """The blocks of all that `paths` name, in order."""
    if not paths:
        raise UsageError("nothing to read: name a file, a folder or -")
    inputs, notices = expand(paths, limits=limits)
    return itertools.chain(notices, *(read(item, limits=limits) for item in inputs))
