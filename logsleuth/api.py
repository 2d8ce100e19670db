"""The Python API: the same analysis as the command, as a function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from os import PathLike, fspath
from pathlib import Path

from logsleuth.config import Settings, load_settings
from logsleuth.errors import UsageError
from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Notice, Report
from logsleuth.pieces import Fold, Work, list_units, read_sources, read_units
from logsleuth.plan import Plan, Recipe
from logsleuth.sources.files import Plain, in_bytes, in_lines

AnyPath = str | PathLike[str]
Logs = AnyPath | Sequence[AnyPath] | bytes | Iterable[str | bytes]


def analyze(
    logs: Logs,
    *,
    name: str = "log",
    patterns: Sequence[AnyPath] = (),
    limits: Limits = DEFAULT_LIMITS,
    settings: Settings | None = None,
) -> Report:
    """Analyse logs and say what broke first: the same as `logsleuth analyze`.

    `logs` is a path (file, folder, glob, archive), a list or tuple of paths, the content of a log as bytes, or any
    other iterable of lines, such as an open file or a generator. `name` is what content and lines are called in the
    report. `patterns` are folders with further signatures; `settings` replace those of the environment.

    What could not be read is in the report's `notices`. Raises UsageError where nothing at all could be read,
    CatalogError for signatures that do not load, and ConfigError for a bad configuration.
    """
    found = settings or load_settings()
    folders = (*found.patterns, *(Path(folder) for folder in patterns))
    recipe = Recipe(folders=folders, cache=found.cache)
    work = Work(plan=recipe.prepare(), recipe=recipe, limits=limits, stdin=None)
    report = _report(logs, name, work)
    if not report.stats.sources:
        raise UsageError(_nothing_read(report, logs))
    return report


def prepare(folders: Sequence[Path] = (), *, cache: Path | None = None) -> Plan:
    """The built-in catalog and that of `folders`, compiled; with `cache`, kept there for the next time."""
    return Recipe(folders=tuple(folders), cache=cache).prepare()


def _report(logs: Logs, name: str, work: Work) -> Report:
    paths = _paths(logs)
    if paths is None:
        fold = Fold(work.plan, limits=work.limits)
        for part in read_sources(_contents(logs, name, work.limits), work.plan, limits=work.limits):
            fold.absorb(part)
        return fold.report()
    if not paths:
        raise UsageError("nothing to read: name a file, a folder or -")
    listing = list_units(paths, limits=work.limits)
    fold = Fold(work.plan, limits=work.limits, notices=listing.notices)
    for _, part in read_units(listing.units, work):
        fold.absorb(part)
    return fold.report()


def _paths(logs: Logs) -> list[str] | None:
    """The paths that `logs` are, if they are paths."""
    if isinstance(logs, bytes) or not isinstance(logs, str | PathLike | Sequence):
        return None
    named = [logs] if isinstance(logs, str | PathLike) else logs
    paths = [fspath(item) for item in named if isinstance(item, str | PathLike)]
    return paths if len(paths) == len(named) else None


def _contents(logs: Logs, name: str, limits: Limits) -> Iterator[Plain | Notice]:
    if isinstance(logs, bytes):
        return in_bytes(name, logs, limits=limits)
    lines = (line for line in logs if isinstance(line, str | bytes)) if isinstance(logs, Iterable) else iter(())
    return in_lines(name, lines, limits=limits)


def _nothing_read(report: Report, logs: Logs) -> str:
    said = "; ".join(f"{notice.where}: {notice.detail}" for notice in report.notices[:3]) or "there is nothing to read"
    texts = logs if isinstance(logs, Sequence) and not isinstance(logs, str | bytes) else (logs,)
    is_path = any(isinstance(text, str) for text in texts)
    hint = " (texts are taken for paths: pass content as bytes, lines as an iterator)" if is_path else ""
    return f"{said}{hint}"
