"""What sources show beside failures, wherever their blocks are cut."""

from __future__ import annotations

import pytest

from logsleuth.model import NOBODY, Event, EventKind, EventLine, Text
from logsleuth.signs import TAIL_BYTES, Signs

SERVES = b"INFO:     Application startup complete.\n"
PASSED = b"========= 12 passed, 1 skipped in 3.21s =========\n"
STEP = Event(
    kind=EventKind.LINE, source="log", source_index=0, origin=NOBODY, lines=(EventLine(1, "Starting", "Starting"),)
)


def heard(*blocks: bytes, step: Event | None = None) -> Signs:
    """The signs in the blocks of one source."""
    signs, first = Signs(), 1
    if step is not None:
        signs.step(step)
    for data in blocks:
        count = data.count(b"\n")
        signs.listen(0, Text(source="log", first_line=first, data=data, shapes=data, line_count=count))
        first += count
    return signs


LINES = tuple(b"line %d\n" % number for number in range(2000))


@pytest.mark.parametrize(
    "lines", [LINES, (*LINES[:9], PASSED, *LINES[:5], PASSED, b"x\n"), (*LINES[:9], SERVES, *LINES[:5], SERVES, b"x\n")]
)
def test_signs_do_not_depend_on_the_cut(lines: tuple[bytes, ...]) -> None:
    """One block, and one for each line."""
    whole, single = heard(b"".join(lines)), heard(*lines)

    assert (whole.tails, whole.passed, whole.progress, whole.ends) == (
        single.tails,
        single.passed,
        single.progress,
        single.ends,
    )


def test_the_last_signs_count() -> None:
    """By their physical lines."""
    signs = heard(b"a\n" + SERVES + PASSED + SERVES + PASSED + b"b\n")

    assert (signs.progress, signs.passed, signs.ends) == ({0: 4}, {0: 5}, {"log": 6})


def test_a_pod_that_got_its_node() -> None:
    """The last such line, wherever blocks are cut."""
    waiting, placed = b"FailedScheduling 0/6 nodes are available\n", b"Scheduled Successfully assigned llm/a to gpu-2\n"

    assert heard(waiting, placed, waiting).placed == {0: 2}
    assert heard(waiting).placed == {}


def test_a_tail_is_of_whole_lines() -> None:
    """As many as fit."""
    tail = heard(b"".join(LINES)).tails[0]

    assert TAIL_BYTES - 10 < len(tail) <= TAIL_BYTES
    assert tail.startswith(b"line ")


def test_what_no_start_up_needs_is_let_go() -> None:
    """Steps and tails where something serves, the tail of a source that ended without a step."""
    stuck, ended, serving = heard(b"a\n", step=STEP), heard(b"a\n"), heard(b"a\n", SERVES, b"b\n", step=STEP)
    for signs in (stuck, ended):
        signs.leave(0)
    serving.step(STEP)

    assert [(signs.steps, signs.tails) for signs in (stuck, ended, serving)] == [
        ({0: STEP}, {0: b"a\n"}),
        ({}, {}),
        ({}, {}),
    ]


@pytest.mark.parametrize(("data", "is_heard"), [(b"[12:00][UC][I] x\n", True), (b"INFO x\n", False), (b"", False)])
def test_a_ucm_at_work(data: bytes, *, is_heard: bool) -> None:
    """By what only it prints."""
    assert heard(data, b"x\n").is_ucm_heard is is_heard


def test_lines_of_fragments_are_numbered_from_their_beginning() -> None:
    """Numbers behind the last logical line stand for fragments that were joined further up."""
    data = b"x\n" + SERVES + b"y\n"
    signs = Signs()

    signs.listen(
        0, Text(source="log", first_line=1, data=data, shapes=data, line_count=7, numbers=[1, 5, 7, 7, 7, 7, 7])
    )

    assert (signs.began, signs.progress) == ({0: 5}, {0: 5})
