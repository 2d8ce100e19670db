"""What a watcher asks of an analysis while it goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from logsleuth import document
from logsleuth.api import prepare
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.model import Block
from logsleuth.pipeline import Analysis
from logsleuth.plan import Plan
from logsleuth.recent import Recent

HEAD = (
    b"ERROR 11-20 06:00:00 [core.py:700] EngineCore encountered a fatal error.\n"
    b"Traceback (most recent call last):\n"
    b'  File "/srv/step.py", line 10, in run\n'
)
TAIL = b"    raise failure\n\nplugin.errors.BrokenStepError: cannot go on\n"
NEXT = b"INFO 11-20 06:00:01 [engine.py:310] Added request.\n"
CRI_PART = b"2026-11-20T06:00:00.123456789Z stdout P the first part of"


@pytest.fixture(scope="module")
def plan(cache: str) -> Plan:
    """The built-in catalog."""
    return prepare(cache=Path(cache))


def analysis(plan: Plan, *pieces: bytes) -> Analysis:
    """One that has read pieces of one source."""
    found = Analysis(plan, recent=Recent(limits=DEFAULT_LIMITS))
    line = 1
    for data in pieces:
        found.add((Block(source="a.log", first_line=line, data=data),))
        line += data.count(b"\n")
    return found


def test_open_events_can_be_looked_at_and_stay_open(plan: Plan) -> None:
    """Again and again, without a trace in the report."""
    looked_at = analysis(plan, HEAD, TAIL)
    for _ in range(3):
        pending = looked_at.pending()
        assert [item.id for item in looked_at.diagnoses(pending)][:1] == ["unknown"]
        assert looked_at.diagnoses() == ()
    looked_at.add((Block(source="a.log", first_line=7, data=NEXT),))

    assert looked_at.pending() == ()
    assert document(looked_at.report()) == document(analysis(plan, HEAD + TAIL + NEXT).report())


def test_what_cannot_wait_is_settled(plan: Plan) -> None:
    """Everywhere, and once."""
    settled = analysis(plan, HEAD + TAIL)
    settled.settle_all()

    assert not settled.is_waiting
    assert [item.id for item in settled.diagnoses()][:1] == ["unknown"]
    assert settled.pending() == ()


def test_a_line_in_fragments_is_waited_for(plan: Plan) -> None:
    """As an event is."""
    assert analysis(plan, CRI_PART + b"\n").is_waiting
    assert not analysis(plan, CRI_PART.replace(b" P ", b" F ") + b"\n").is_waiting


def test_a_source_that_ends_waits_for_nothing(plan: Plan) -> None:
    """Its events are complete."""
    ended = analysis(plan, HEAD + TAIL)
    ended.add((Block(source="a.log", first_line=7, data=b"", is_last=True),))

    assert not ended.is_waiting
    assert ended.pending() == ()


def test_another_analysis_goes_on(plan: Plan) -> None:
    """With the findings, the environment, and the indexes of the sources that go on."""
    first = analysis(
        plan, HEAD + TAIL + NEXT, b"INFO 11-20 06:00:00 [core.py:7] Initializing a V1 LLM engine (v0.9.1)\n"
    )
    second = Analysis(plan, recent=Recent(limits=DEFAULT_LIMITS))
    second.recall(first.memory(), resumed=["a.log"])

    assert second.diagnoses() == first.diagnoses()
    second.add((Block(source="b.log", first_line=1, data=NEXT), Block(source="a.log", first_line=9, data=NEXT)))
    assert second.sources == ("a.log", "b.log")
    assert second.memory().environment == first.memory().environment
    assert (second.line_count, second.byte_count) == (2, 2 * len(NEXT))
