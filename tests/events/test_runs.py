"""Runs of frames: found only where every line is what `classify` says too, and events are the same without them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsleuth.events import Assembled, Assembler
from logsleuth.events.grammar import classify
from logsleuth.events.python import parse_traceback
from logsleuth.events.runs import MOST_LINES, find_run
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.model import Mark, Text
from logsleuth.records import Peeler

PREFIX = "(Worker pid=7) ERROR 06-01 00:00:00 [core.py:700] "
FRAME = '  File "/opt/vllm/core.py", line 7, in step'
CODE = "    return self.model(batch)"
LINES = (
    PREFIX + "Traceback (most recent call last):",
    PREFIX + FRAME,
    PREFIX + CODE,
    PREFIX + "    output = self.run(x) \t ",
    PREFIX + '  File "/opt/my models/<a>.py", line 12, in <module>',
    PREFIX + '  File "/opt/a, line 3.py", line 4, in load',
    PREFIX + '  File " /opt/a.py ", line 5, in load',
    PREFIX + "    ^^^^^^^^^^^^^^^",
    PREFIX + "ValueError: no",
    PREFIX + "    raise ValueError(exception)",
    PREFIX.replace("7", "8", 1) + FRAME,
    PREFIX.replace("ERROR", "INFO") + FRAME,
    PREFIX + CODE + " [repeated 3x across cluster]",
    "\x1b[36m" + PREFIX + FRAME,
    FRAME,
    CODE,
    "",
)


def text_of(lines: list[str]) -> Text:
    """The lines as the opener hands them on."""
    data = "".join(f"{line}\n" for line in lines).encode()
    return Text(source="a.log", first_line=1, data=data, shapes=data, line_count=len(lines))


def assembled(text: Text, marks: list[Mark], *, has_runs: bool) -> list[Assembled]:
    """The events of `text`."""
    peeler = Peeler()
    steady = peeler.steady if has_runs else lambda _: None
    assembler = Assembler("a.log", 0, peel=peeler.record, steady=steady, limits=DEFAULT_LIMITS)
    return [*assembler.feed(text, marks), *assembler.finish()]


@given(lines=st.lists(st.sampled_from(LINES), max_size=40), hits=st.sets(st.integers(0, 40)))
@settings(max_examples=300, deadline=None)
def test_events_are_the_same_without_runs(lines: list[str], hits: set[int]) -> None:
    """A run is only a faster way to the same events and hits."""
    text = text_of(lines)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.encode()) + 1)
    marks = [Mark(start=starts[hit], expression=hit % 3) for hit in sorted(hits) if hit < len(lines)]

    assert assembled(text, marks, has_runs=True) == assembled(text, marks, has_runs=False)


def test_run_ends_before_what_is_neither_frame_nor_code() -> None:
    """The parts are those of `classify`, and a run is taken once its prefix is known."""
    text = text_of([PREFIX + FRAME, PREFIX + CODE, PREFIX + FRAME, PREFIX + "ValueError: no"])
    run = find_run(text.data, 0, len(text.data))

    assert run is not None
    assert (run.prefix, len(run.texts)) == (PREFIX, 3)
    assert [line.number for line in run.lines(text, 0)] == [1, 2, 3]
    assert list(run.parts) == [classify(line.message) for line in run.lines(text, 0)]


def test_frames_are_those_that_the_lines_show() -> None:
    """A frame has the first line of its code, and what stands below the last one is counted."""
    lines = [FRAME, FRAME.replace("7", "8"), CODE + "  ", CODE, FRAME.replace("core", "my core"), CODE, CODE]
    text = text_of([PREFIX + line for line in lines])
    run = find_run(text.data, 0, len(text.data))

    assert run is not None
    assert tuple(run.frames) == parse_traceback(["Traceback (most recent call last):", *lines])[0].frames
    assert (len(run.frames), run.code_lines) == (3, 2)


@pytest.mark.parametrize(
    "lines",
    [
        [PREFIX + FRAME],
        [FRAME, CODE],
        [PREFIX + CODE, PREFIX + FRAME],
        [PREFIX + FRAME, PREFIX + "    raise ValueError(exception)"],
        [PREFIX + FRAME, PREFIX + CODE + "\x1b[0m"],
    ],
)
def test_doubtful_lines_are_no_run(lines: list[str]) -> None:
    """One line gains nothing, and what may be more than it seems is looked at on its own."""
    text = text_of(lines)

    assert find_run(text.data, 0, len(text.data)) is None


def test_run_is_bounded() -> None:
    """Neither its lines nor its bytes go beyond what an event has room for."""
    text = text_of([PREFIX + FRAME] * (MOST_LINES + 50))
    run = find_run(text.data, 0, len(text.data))
    short = find_run(text.data, 0, len(text.data) // 50)

    assert run is not None
    assert len(run.texts) == MOST_LINES
    assert short is not None
    assert short.end <= len(text.data) // 50
