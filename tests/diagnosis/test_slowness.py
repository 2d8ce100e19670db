"""What the walk adds to a diagnosis of slowness."""

from __future__ import annotations

from dataclasses import replace

import pytest

from logsleuth.diagnosis.groups import Group
from logsleuth.diagnosis.performance import Walk
from logsleuth.diagnosis.slowness import Way, slowness
from logsleuth.diagnosis.unknown import SIGNATURE
from logsleuth.model import NOBODY, Event, EventKind, EventLine, Finding, Remedy, Words

RAISE = Remedy(text=Words(en="Raise it.", zh="调高。"))
MEASURE = Remedy(text=Words(en="Measure it.", zh="测量。"))
WALK = Walk(
    said=(Words(en="Why? So.", zh="为何？如此。"),),
    names="perf.throughput",
    remedies=(RAISE,),
    measures=(MEASURE,),
    figures=(("running", "16"),),
)


def group(id_: str, *, source_index: int = 0) -> Group:
    """A group of one finding."""
    line = EventLine(number=1, raw="x", message="x")
    event = Event(kind=EventKind.LINE, source="a", source_index=source_index, origin=NOBODY, lines=(line,))
    finding = Finding(signature_id=id_, event=event, first=0, last=0)
    return Group(signature=replace(SIGNATURE, id=id_), findings=(finding,))


def test_the_bottleneck_comes_first() -> None:
    """Measuring comes last."""
    assert slowness(group("perf.ttft"), {0: WALK}) == Way(
        said=WALK.said, first=(RAISE,), then=(MEASURE,), known={"running": "16"}
    )


def test_a_bottleneck_is_not_explained_twice() -> None:
    """The diagnosis that is the bottleneck has remedies of its own."""
    assert slowness(group("perf.throughput"), {0: WALK}).first == ()
    assert slowness(group("perf.throughput"), {0: replace(WALK, names="")}).first == (RAISE,)


@pytest.mark.parametrize("found", [group("ucm.transfer-slow"), group("perf.ttft", source_index=1)])
def test_other_diagnoses_are_left_as_they_are(found: Group) -> None:
    """What is not slowness, and what has no figures."""
    assert slowness(found, {0: WALK}) == Way()
