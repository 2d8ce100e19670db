"""Waiting while nobody asks for anything is no sign of a hang."""

from __future__ import annotations

import pytest

from logsleuth.diagnosis.idle import without_idle_waits
from logsleuth.events.gauge import Point
from logsleuth.events.sample import Metric
from logsleuth.model import NOBODY, Event, EventKind, EventLine, Finding

WAIT = "vllm.engine-timeout.shm-broadcast"


def finding(line: int, signature_id: str = WAIT, source_index: int = 0) -> Finding:
    """A finding in one line."""
    event = Event(
        kind=EventKind.LINE,
        source="log",
        source_index=source_index,
        origin=NOBODY,
        lines=(EventLine(number=line, raw="x", message="x"),),
    )
    return Finding(signature_id=signature_id, event=event, first=0, last=0, last_line=line)


def statistics(line: int, running: float, waiting: float = 0.0) -> Point:
    """A line of statistics."""
    return Point(
        metric=Metric.VLLM_V1,
        source="log",
        source_index=0,
        line=line,
        raw="x",
        values=(("running", running), ("waiting", waiting)),
    )


@pytest.mark.parametrize(
    ("found", "readings", "is_kept"),
    [
        (finding(20), [statistics(10, 0)], False),
        (finding(20), [statistics(10, 4), statistics(15, 0)], False),
        (finding(20), [statistics(10, 4)], True),
        (finding(20), [statistics(10, 0, waiting=1)], True),
        (finding(20), [statistics(10, 0), statistics(15, 2), statistics(30, 0)], True),
        (finding(20), [], True),
        (finding(20), [statistics(30, 0)], True),
        (finding(20, "hang.engine"), [statistics(10, 0)], True),
        (finding(20, source_index=1), [statistics(10, 0)], True),
    ],
)
def test_waits_of_an_idle_engine(found: Finding, readings: list[Point], *, is_kept: bool) -> None:
    """Only the last statistics before the wait count, and only those of the same source."""
    assert list(without_idle_waits([found], readings)) == ([found] if is_kept else [])
