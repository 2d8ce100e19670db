"""A database with a writer, and what may be written."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from logsleuth.live.events import of_change
from logsleuth.live.incidents import Change, Kind, Reason
from logsleuth.model import Diagnosis, Evidence, Level, Place, Role, Severity, Words
from logsleuth.server.analyst import Harvest, Run, Told
from logsleuth.server.kinds import Count, Counted
from logsleuth.server.kinds import Kind as LineKind
from logsleuth.server.store.schema import open_database
from logsleuth.server.store.writing import Commit, TenantPart, Writer

SECOND_NS = 1_000_000_000
START_NS = 1_780_000_000 * SECOND_NS


def diagnosis(
    name: str = "cuda.oom",
    *,
    source: str = "a",
    line: int = 1,
    count: int = 1,
    node: str | None = None,
    seen: tuple[str | None, str | None] = (None, None),
) -> Diagnosis:
    """A diagnosis at one line."""
    return Diagnosis(
        id=name,
        title=Words(en=f"Title of {name}", zh=f"{name} 的标题"),
        role=Role.ROOT,
        severity=Severity.CRITICAL,
        confidence=0.9,
        summary=Words(en="It broke.", zh="坏了。"),
        facts=(),
        places=(Place(source=source, node=node),),
        first_seen=seen[0],
        last_seen=seen[1],
        count=count,
        evidence=(Evidence(source=source, line=line, end_line=line, text="boom"),),
    )


def told(item: Diagnosis, *, at: int = 0, kind: Kind = Kind.OPENED, incident: str = "i1", revision: int = 1) -> Told:
    """An event of an incident, `at` seconds after the start."""
    change = Change(kind=kind, reason=Reason.NEW, incident=incident, revision=revision, diagnosis=item)
    news = of_change(change, time="2026-11-20T06:00:00.000Z", language="en")
    return Told(news, START_NS + at * SECOND_NS)


def run(texts: list[bytes], *, first: int = 1, at: int = 0) -> Run:
    """Lines, one a second."""
    times = [START_NS + (at + index) * SECOND_NS for index in range(len(texts))]
    return Run(first, b"\n".join([*texts, b""]), times)


def counted(template: str, lines: int, *, level: Level | None = Level.INFO, minute: int = 0) -> Counted:
    """One template's lines in one minute after the start."""
    key = template.encode()
    at = START_NS + minute * 60 * SECOND_NS
    count = Count(LineKind(key, template, level), "a", 1, at, at, lines)
    return Counted(
        templates={key: count},
        minutes={(key, at // (60 * SECOND_NS)): lines},
        levels={(at // (60 * SECOND_NS), level.value if level else ""): lines},
    )


@dataclass
class Desk:
    """A database, and what writes to it."""

    connection: sqlite3.Connection
    writer: Writer
    offset: int = field(default=0)

    def write(
        self,
        runs: Mapping[str, list[Run]] | None = None,
        *told_now: Told,
        tenant: str = "default",
        lines: Counted | None = None,
        arrived: int = 0,
    ) -> None:
        """Commit for one tenant."""
        self.offset += 1
        harvest = Harvest(runs=dict(runs or {}), counted=lines or Counted(), told=told_now)
        part = TenantPart(harvest=harvest, memory=b"m", held=None)
        now_ns = START_NS + arrived * SECOND_NS
        self.writer.commit(Commit(segment=1, offset=self.offset, now_ns=now_ns, clock=b"c", tenants={tenant: part}))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An empty database."""
    connection = open_database(tmp_path / "logsleuth.db")
    yield Desk(connection, Writer(connection, most_templates=10))
    connection.close()


@pytest.fixture
def make() -> Callable[..., Diagnosis]:
    """Makes diagnoses."""
    return diagnosis


@pytest.fixture
def tell() -> Callable[..., Told]:
    """Makes events."""
    return told


@pytest.fixture
def lines_of() -> Callable[..., Run]:
    """Makes runs of lines."""
    return run


@pytest.fixture
def count_of() -> Callable[..., Counted]:
    """Makes counts."""
    return counted
