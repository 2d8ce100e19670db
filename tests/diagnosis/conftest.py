"""Small builders of events, findings and signatures."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logsleuth.model import (
    NOBODY,
    Event,
    EventKind,
    EventLine,
    Facts,
    Finding,
    Level,
    Link,
    Origin,
    Pattern,
    Raised,
    Role,
    Severity,
    Signature,
    Status,
    Words,
)

MakeFinding = Callable[..., Finding]
MakeSignature = Callable[..., Signature]


@pytest.fixture
def make_signature() -> MakeSignature:
    """A signature of a class, with relations."""

    def make(
        id_: str,
        role: Role = Role.ROOT,
        *,
        explains: tuple[str, ...] = (),
        explained_by: tuple[str, ...] = (),
        loses_to: tuple[str, ...] = (),
        summary: str = "",
    ) -> Signature:
        return Signature(
            id=id_,
            class_id=".".join(id_.split(".")[:3] if id_.startswith("cuda.oom.") else id_.split(".")[:2]),
            title=Words(en=f"title of {id_}", zh=f"标题 {id_}"),
            status=Status.TEST,
            role=role,
            severity=Severity.ERROR,
            patterns=(Pattern(literal=id_),),
            explains=explains,
            explained_by=explained_by,
            loses_to=loses_to,
            summary=Words(en=summary, zh=summary),
        )

    return make


@pytest.fixture
def make_finding() -> MakeFinding:
    """A finding on one line; `chain` gives its event a chain of exceptions, one a line."""

    def make(  # noqa: PLR0913  a builder for tables
        id_: str,
        line: int,
        *,
        source: int = 0,
        origin: Origin = NOBODY,
        level: Level | None = Level.ERROR,
        facts: Facts = (),
        event: Event | None = None,
        raised: int | None = None,
        ts: str | None = None,
    ) -> Finding:
        text = f"line {line} says {id_}"
        made = event or Event(
            kind=EventKind.LINE,
            source=f"log{source}",
            source_index=source,
            origin=origin,
            lines=(EventLine(number=line, raw=text, message=text),),
            level=level,
            ts=ts,
        )
        at = raised or 0
        return Finding(
            signature_id=id_, event=made, first=at, last=at, facts=facts, raised=raised, last_line=line, last_ts=ts
        )

    return make


@pytest.fixture
def make_chain() -> Callable[..., Event]:
    """An event whose lines are the last lines of chained exceptions."""

    def make(*types: str, link: Link = Link.CAUSE, level: Level | None = None, line: int = 1) -> Event:
        return Event(
            kind=EventKind.TRACEBACK,
            source="log0",
            source_index=0,
            origin=NOBODY,
            lines=tuple(
                EventLine(number=line + at, raw=f"{name}: x", message=f"{name}: x") for at, name in enumerate(types)
            ),
            level=level,
            raised=tuple(
                Raised(type=name, message="x", at=at, link=link if at else Link.FIRST) for at, name in enumerate(types)
            ),
        )

    return make
