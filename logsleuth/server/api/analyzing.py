"""The process of one analysis. In: a job as JSON on standard input. Out: the report on standard output."""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

from logsleuth.api import prepare
from logsleuth.errors import LogsleuthError, UsageError
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.model import Block, Notice, Report
from logsleuth.pipeline import Analysis
from logsleuth.report import markdown, terminal
from logsleuth.report.document import document, encode
from logsleuth.server.api.database import read_only
from logsleuth.server.api.retained import Wish, blocks_of
from logsleuth.sources import read
from logsleuth.sources.inputs import Input

NOT_READABLE: Final = 2
NICE: Final = 10
WIDTH: Final = 100


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be analysed: files by the names that the report gives them, or kept lines of a database."""

    form: str = "json"
    language: str = "en"
    files: tuple[tuple[str, str], ...] = ()
    database: str | None = None
    tenant: str = "default"
    source: str | None = None
    since_ns: int | None = None
    until_ns: int | None = None
    patterns: tuple[str, ...] = ()
    cache: str | None = None
    most_bytes: int = 0
    memory_bytes: int = 0
    seconds: int = 0


def main() -> int:
    """Analyse, and print the report."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    _confine(job)
    began_s = time.monotonic()
    try:
        report = _analysed(job)
    except LogsleuthError as error:
        sys.stderr.write(f"{error}\n")
        return NOT_READABLE
    sys.stdout.buffer.write(_rendered(report, job, time.monotonic() - began_s))
    return 0


def _confine(job: Job) -> None:
    """Take no more than is allowed, and let those who take logs go first."""
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_DATA, (job.memory_bytes, job.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (job.seconds, job.seconds))


def _analysed(job: Job) -> Report:
    plan = prepare(tuple(map(Path, job.patterns)), cache=Path(job.cache) if job.cache else None)
    analysis = Analysis(plan, limits=DEFAULT_LIMITS)
    analysis.add(_bounded(_items(job), job.most_bytes))
    report = analysis.report()
    if not report.stats.sources:
        said = "; ".join(f"{notice.where}: {notice.detail}" for notice in report.notices[:3])
        raise UsageError(said or "there are no lines to analyse: choose another source or time")
    return report


def _items(job: Job) -> Iterator[Block | Notice]:
    for name, path in job.files:
        yield from read(Input(name, Path(path)), limits=DEFAULT_LIMITS)
    if job.database is not None:
        wish = Wish(tenant=job.tenant, source=job.source, since_ns=job.since_ns, until_ns=job.until_ns)
        with closing(read_only(Path(job.database))) as connection:
            yield from blocks_of(connection, wish, most_bytes=job.most_bytes)


def _bounded(items: Iterable[Block | Notice], most_bytes: int) -> Iterator[Block | Notice]:
    """The same, up to a size: what is compressed well may be endless."""
    size = 0
    for item in items:
        size += len(item.data) if isinstance(item, Block) else 0
        if size > most_bytes:
            raise UsageError(f"there is more than {most_bytes} bytes to analyse: take less, or use the command")
        yield item


def _rendered(report: Report, job: Job, seconds: float) -> bytes:
    if job.form == "markdown":
        return markdown.render(report, language=job.language).encode()
    if job.form == "text":
        return terminal.render(report, language=job.language, width=WIDTH).encode()
    return encode(document(report, language=job.language, seconds=round(seconds, 3)))


if __name__ == "__main__":
    sys.exit(main())
