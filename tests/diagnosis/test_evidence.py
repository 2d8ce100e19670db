"""The lines that prove a diagnosis, and the processes that said them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from logsleuth.diagnosis.evidence import OTHER_PLACES, evidence, places
from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Event, EventKind, EventLine, Evidence, Finding, Origin, Place, Raised

MakeFinding = Callable[..., Finding]
TRACEBACK = (
    "Traceback (most recent call last):",
    '  File "a.py", line 1, in outer',
    "    inner()",
    '  File "b.py", line 2, in inner',
    "    raise FooError",
    "FooError: x",
)


def traceback(*lines: str, first: int = 40, at: int | None = None) -> Event:
    """An event of these lines, whose exception is the last one."""
    return Event(
        kind=EventKind.TRACEBACK,
        source="a.log",
        source_index=0,
        origin=Origin(),
        lines=tuple(
            EventLine(number=first + index, raw=f"P {line}\r\n", message=line) for index, line in enumerate(lines)
        ),
        raised=(Raised(type="FooError", message="x", at=len(lines) - 1 if at is None else at),),
    )


def test_the_decisive_line_and_the_raising_frame(make_finding: MakeFinding) -> None:
    """As they stood, prefixes included, without their ends."""
    event = traceback(*TRACEBACK)
    finding = replace(make_finding("unknown", 1, event=event, raised=0), first=5, last=5)

    assert evidence([finding], limits=DEFAULT_LIMITS) == (
        Evidence(source="a.log", line=45, end_line=45, text="P FooError: x"),
        Evidence(source="a.log", line=43, end_line=44, text='P   File "b.py", line 2, in inner\nP     raise FooError'),
    )


@pytest.mark.parametrize(
    "event",
    [
        traceback("FooError: x"),
        traceback(*TRACEBACK[:5], *["more of the code"] * 12, TRACEBACK[5]),
    ],
    ids=["none", "too far away"],
)
def test_an_exception_without_a_frame_near_it(make_finding: MakeFinding, event: Event) -> None:
    """Has its own line alone."""
    last = len(event.lines) - 1
    finding = replace(make_finding("unknown", 1, event=event, raised=0), first=last, last=last)

    assert [item.text for item in evidence([finding], limits=DEFAULT_LIMITS)] == ["P FooError: x"]


def test_an_exception_beyond_the_event_s_end(make_finding: MakeFinding) -> None:
    """Its line was cut off; the last frame is shown all the same."""
    event = traceback(*TRACEBACK[:5], at=70)
    finding = replace(make_finding("unknown", 1, event=event, raised=0), first=0, last=0)

    assert [(item.line, item.end_line) for item in evidence([finding], limits=DEFAULT_LIMITS)] == [(40, 40), (43, 44)]


def test_lines_are_bounded_and_safe_to_print(make_finding: MakeFinding) -> None:
    """In number and length; a control character is spelled out before it is counted."""
    event = traceback(*["\x1b]0;x" + "y" * 50] * 9)
    finding = replace(make_finding("a", 1, event=event), first=1, last=8)

    found = evidence([finding], limits=Limits(evidence_lines=3, evidence_chars=10))

    assert found == (Evidence(source="a.log", line=41, end_line=43, text="\n".join(["P \\x1b]0;x"] * 3)),)


def test_a_few_other_places_are_shown(make_finding: MakeFinding) -> None:
    """Their decisive lines only, each place once."""
    findings = [make_finding("a", line) for line in (1, 2, 2, *range(3, 30))]

    found = evidence(findings, limits=DEFAULT_LIMITS)

    assert [item.line for item in found] == list(range(1, OTHER_PLACES + 1))


def test_places_are_the_processes_each_once(make_finding: MakeFinding) -> None:
    """In the order of the findings."""
    worker, server = Origin(node="n", process="Worker", pid=7, rank=1), Origin(process="APIServer")
    findings = [make_finding("a", line, origin=origin) for line, origin in enumerate((worker, server, worker))]

    assert places([*findings, make_finding("a", 9, source=1, origin=server)]) == (
        Place(source="log0", process="Worker", pid=7, rank=1, node="n"),
        Place(source="log0", process="APIServer"),
        Place(source="log1", process="APIServer"),
    )


def test_the_exception_that_a_chain_began_with_is_shown(make_finding: MakeFinding) -> None:
    """A finding in the last of the chain tells what came of it, and not what went wrong."""
    chain = traceback("ValueError: the cause", "", "RuntimeError: what came of it", first=7, at=0)

    finding = replace(make_finding("a.b", 1, event=chain), first=2, last=2)

    found = evidence([finding], limits=DEFAULT_LIMITS)

    assert [item.line for item in found[:2]] == [9, 7]
