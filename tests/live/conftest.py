"""Diagnoses and events to try the live layer with."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logsleuth.live.events import News, of_change
from logsleuth.live.incidents import Change, Kind, Reason
from logsleuth.model import Diagnosis, Evidence, Place, Role, Severity, Words

Make = Callable[..., Diagnosis]


def diagnosis(  # noqa: PLR0913  a keyword for each field that a test may set
    name: str = "cuda.oom",
    *,
    role: Role = Role.ROOT,
    line: int = 10,
    count: int = 1,
    confidence: float = 0.9,
    ranks: tuple[int, ...] = (0,),
    explains: tuple[str, ...] = (),
    by: str | None = None,
    text: str = "boom",
    fingerprint: str = "",
) -> Diagnosis:
    """A diagnosis at one line of a.log."""
    return Diagnosis(
        id=name,
        title=Words(en=f"Title of {name}", zh=f"{name} 的标题"),
        role=role,
        severity=Severity.CRITICAL,
        confidence=confidence,
        summary=Words(en="It broke.", zh="坏了。"),
        facts=(("fingerprint", fingerprint),) if fingerprint else (),
        places=tuple(Place(source="a.log", process="Worker", rank=rank) for rank in ranks),
        first_seen=None,
        last_seen=None,
        count=count,
        evidence=(Evidence(source="a.log", line=line, end_line=line + 2, text=text),),
        explains=explains,
        explained_by=by,
    )


@pytest.fixture
def make() -> Make:
    """Makes diagnoses."""
    return diagnosis


@pytest.fixture
def opened() -> News:
    """The event of an incident that opens."""
    return news(diagnosis(text="key hf_abcdefghijklmnopqrstuv of me@example.org"))


@pytest.fixture
def make_news() -> Callable[..., News]:
    """Makes events."""
    return news


def news(item: Diagnosis, *, kind: Kind = Kind.OPENED, reason: Reason = Reason.NEW, incident: str = "i1") -> News:
    """An event of an incident."""
    change = Change(kind=kind, reason=reason, incident=incident, revision=1, diagnosis=item)
    return of_change(change, time="2026-11-20T06:00:00.000Z", language="en")
