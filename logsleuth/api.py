"""The Python API: the same analysis as the command, as a function."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from os import PathLike, fspath
from pathlib import Path

from logsleuth.catalog.load import load_catalog
from logsleuth.config import Settings, load_settings
from logsleuth.errors import UsageError
from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Block, Notice, Report
from logsleuth.pipeline import Analysis
from logsleuth.plan import Plan, plan
from logsleuth.sources import expand, from_bytes, from_lines, read

AnyPath = str | PathLike[str]
Logs = AnyPath | Sequence[AnyPath] | bytes | Iterable[str | bytes]


def analyze(
    logs: Logs,
    *,
    name: str = "log",
    patterns: Sequence[AnyPath] = (),
    limits: Limits = DEFAULT_LIMITS,
    settings: Settings | None = None,
    templates: bool = True,
) -> Report:
    """Analyse logs and say what broke first: the same as `logsleuth analyze`.

    `logs` is a path (file, folder, glob, archive), a list or tuple of paths, the content of a log as bytes, or any
    other iterable of lines, such as an open file or a generator. `name` is what content and lines are called in the
    report. `patterns` are folders with further signatures; `settings` replace those of the environment. Without
    `templates` only signatures are looked for, which is faster.

    What could not be read is in the report's `notices`. Raises UsageError where nothing at all could be read,
    CatalogError for signatures that do not load, and ConfigError for a bad configuration.
    """
    found = settings or load_settings()
    folders = (*found.patterns, *(Path(folder) for folder in patterns))
    analysis = Analysis(prepare(folders, cache=found.cache), limits=limits, templates=templates)
    analysis.add(_items(logs, name, limits))
    report = analysis.report()
    if not report.stats.sources:
        raise UsageError(_nothing_read(report, logs))
    return report


def prepare(folders: Sequence[Path] = (), *, cache: Path | None = None) -> Plan:
    """The built-in catalog and that of `folders`, compiled; with `cache`, kept there for the next time."""
    return plan(load_catalog(tuple(folders), cache=cache), cache=cache)


def read_paths(paths: Sequence[str], *, limits: Limits) -> Iterator[Block | Notice]:
    """The blocks of all that `paths` name, in order; `-` is standard input."""
    if not paths:
        raise UsageError("nothing to read: name a file, a folder or -")
    inputs, notices = expand(paths, limits=limits)
    return itertools.chain(notices, *(read(item, limits=limits) for item in inputs))


def _items(logs: Logs, name: str, limits: Limits) -> Iterator[Block | Notice]:
    if isinstance(logs, bytes):
        return from_bytes(name, logs, limits=limits)
    if isinstance(logs, str | PathLike):
        return read_paths([fspath(logs)], limits=limits)
    if isinstance(logs, Sequence):
        paths = [fspath(item) for item in logs if isinstance(item, str | PathLike)]
        if len(paths) == len(logs):
            return read_paths(paths, limits=limits)
    return from_lines(name, (line for line in logs if isinstance(line, str | bytes)), limits=limits)


def _nothing_read(report: Report, logs: Logs) -> str:
    said = "; ".join(f"{notice.where}: {notice.detail}" for notice in report.notices[:3]) or "there is nothing to read"
    is_path = isinstance(logs, str | Sequence) and not isinstance(logs, bytes)
    hint = " (texts are taken for paths: pass content as bytes, lines as an iterator)" if is_path else ""
    return f"{said}{hint}"
