"""An event in the making: which further lines belong to it, when it is complete, what it becomes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from logsleuth.events.draft import PATIENCE, PATIENCE_INSIDE, Draft, Phase
from logsleuth.events.grammar import classify
from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Event, EventKind, EventLine, Level, Origin, Record

Line = tuple[str | None, str]  # the producer's prefix, the message
HEAD = "Traceback (most recent call last):"
FRAME = '  File "a.py", line 3, in load'
CODE = "    load()"
CARET = "    ^^^^^^"
FINAL = "ValueError: no such thing"
CAUSE = "The above exception was the direct cause of the following exception:"
DURING = "During handling of the above exception, another exception occurred:"


def record(line: Line, number: int = 1, level: Level | None = Level.ERROR) -> Record:
    """A record of this line; one without a prefix has no level either."""
    head, message = line
    return Record(line=number, text=f"{head or ''}{message}", message=message, head=head, level=level if head else None)


def drafted(lines: Sequence[Line], *, level: Level | None = Level.ERROR, limits: Limits = DEFAULT_LIMITS) -> Draft:
    """A draft of these lines, whether it would have accepted them or not."""
    first, *others = (record(line, number, level) for number, line in enumerate(lines, 1))
    draft = Draft(first, classify(first.message), limits)
    for other in others:
        draft.add(other, classify(other.message))
    return draft


def accepts(draft: Draft, line: Line, level: Level | None = Level.ERROR) -> bool:
    """Whether the draft goes on with this line."""
    return draft.accepts(record(line, 99, level), classify(line[1]))


def headed(*messages: str, head: str = "E ") -> list[Line]:
    """Lines that all have the same prefix."""
    return [(head, message) for message in messages]


def bare(*messages: str) -> list[Line]:
    """Lines without a prefix."""
    return [(None, message) for message in messages]


WHOLE = (HEAD, FRAME, CODE, FINAL)
CASES: dict[str, tuple[list[Line], Line, bool]] = {
    # a plain record
    "its own prefix again": (headed("it failed"), ("E ", "because"), True),
    "another prefix": (headed("it failed"), ("F ", "because"), False),
    "its own prefix too often": (headed("it failed", *["x"] * 61), ("E ", "because"), False),
    "a line without a prefix": (headed("it failed"), (None, "because"), True),
    "lines without a prefix too often": ([*headed("it failed"), *bare(*["x"] * 12)], (None, "because"), False),
    "a line after one without a prefix": (bare("it failed"), (None, "because"), False),
    "an empty line after one without a prefix": (bare("it failed"), (None, ""), True),
    "the traceback that it announces": (headed("it failed"), ("E ", HEAD), True),
    "the bare traceback that it announces": (headed("it failed"), (None, HEAD), True),
    "the traceback of another record": (headed("it failed"), ("F ", HEAD), False),
    "a traceback after a line without a prefix": (bare("it failed"), (None, HEAD), False),
    "an exception just below a record": (headed("it failed"), (None, FINAL), True),
    "an exception far below a record": ([*headed("it failed"), *bare("x", "x", "x")], (None, FINAL), False),
    "a stack below an abort": (bare("*** SIGABRT received at time=1 on cpu 2 ***"), (None, "PC: @ 0x1 raise"), True),
    # inside a traceback
    "a frame": (headed(HEAD), ("E ", FRAME), True),
    "a bare frame": (bare(HEAD), (None, FRAME), True),
    "a frame that a shipper gave a time of its own": (headed(HEAD), ("F ", FRAME), True),
    "other text with the same prefix": (headed(HEAD, FRAME), ("E ", "said in between"), True),
    "other text with another prefix": (headed(HEAD, FRAME), ("F ", "said in between"), False),
    "other text without a prefix": (bare(HEAD, FRAME), (None, "said in between"), False),
    "an empty line inside": (bare(HEAD, FRAME), (None, ""), True),
    "a note inside": (bare(HEAD, FRAME), (None, "Thread 0x00007f11 (most recent call first):"), True),
    "a head inside": (headed(HEAD, FRAME), ("E ", HEAD), False),
    "the last line": (bare(HEAD, FRAME), (None, FINAL), True),
    # after its end
    "more of the message": (bare(*WHOLE), (None, "more of the message"), True),
    "more of the message than fits": (bare(*WHOLE, *["x"] * 40), (None, "more of the message"), False),
    "a record after the end": (bare(*WHOLE), ("F ", "something else"), False),
    "the link to another exception": (bare(*WHOLE), (None, CAUSE), True),
    "the link with its own prefix": (headed(*WHOLE), ("E ", DURING), True),
    "the head after a link": (bare(*WHOLE, "", DURING, ""), (None, HEAD), True),
    "a frame of a shipper after a link": (headed(*WHOLE, CAUSE), ("F ", FRAME), True),
    "a record after a link": (headed(*WHOLE, CAUSE), ("F ", "something else"), False),
    "the head of another traceback": (bare(*WHOLE), (None, HEAD), False),
    "a head that the message announces": (bare(*WHOLE, "stderr of the child:"), (None, HEAD), True),
    "a head after what only looks so": (bare(*WHOLE, "Last error:"), (None, HEAD), False),
    "a head after an exception without frames": (headed(FINAL), ("E ", HEAD), False),
}


@pytest.mark.parametrize("case", CASES)
def test_what_goes_on(case: str) -> None:
    """And what does not."""
    lines, line, expected = CASES[case]

    assert accepts(drafted(lines), line) is expected


@pytest.mark.parametrize("level", [Level.INFO, Level.DEBUG])
def test_a_routine_record_is_complete_at_once(level: Level) -> None:
    """Unless a traceback has begun; a line without a prefix may always go on."""
    assert drafted(headed("fine"), level=level).is_single
    assert not drafted(headed(HEAD), level=level).is_single
    assert not drafted(bare("fine"), level=level).is_single
    assert not accepts(drafted(headed("fine"), level=level), (None, "more"))
    assert not accepts(drafted(headed("fine"), level=level), (None, HEAD))


@pytest.mark.parametrize("level", [Level.WARNING, Level.ERROR, Level.CRITICAL, None])
def test_a_grave_record_may_go_on(level: Level | None) -> None:
    """One without a level may be grave."""
    assert not drafted(headed("bad"), level=level).is_single
    assert accepts(drafted(headed("bad"), level=level), (None, "more"))


@pytest.mark.parametrize(
    ("lines", "phase", "patience"),
    [
        (bare("x"), Phase.PLAIN, PATIENCE),
        (bare(HEAD), Phase.INSIDE, PATIENCE_INSIDE),
        (bare(FRAME), Phase.INSIDE, PATIENCE_INSIDE),
        (bare(*WHOLE), Phase.ENDED, PATIENCE),
        (bare(*WHOLE, CAUSE), Phase.ENDED, PATIENCE),
        (bare(*WHOLE, CAUSE, HEAD), Phase.INSIDE, PATIENCE_INSIDE),
    ],
)
def test_how_long_an_event_is_waited_for(lines: list[Line], phase: Phase, patience: int) -> None:
    """Longer in the middle of a traceback; counted from the last line that it took."""
    draft = drafted(lines)
    draft.touched = 5

    assert draft.phase is phase
    assert [draft.is_stale(5 + patience), draft.is_stale(6 + patience)] == [False, True]


@pytest.mark.parametrize("limits", [Limits(event_lines=4), Limits(event_bytes=len("".join(WHOLE)))])
def test_a_full_event_takes_nothing_more(limits: Limits) -> None:
    """And says that it is cut."""
    draft = drafted(bare(*WHOLE), limits=limits)

    assert draft.is_full
    assert not accepts(draft, (None, "more of the message"))
    assert draft.event("log", 0).is_cut
    assert not drafted(bare(*WHOLE[1:]), limits=limits).is_full


def test_the_event_of_a_traceback() -> None:
    """Its record's prefix and the lines as they stood; empty ones at its end are left out."""
    head = Record(
        line=7,
        text="P Traceback (most recent call last):",
        message=HEAD,
        origin=Origin(rank=1),
        head="P ",
        layers=("cri", "vllm"),
        ts="06-10T21:32:17",
        code="core.py:12",
        repeats=3,
    )
    draft = Draft(head, classify(head.message), DEFAULT_LIMITS)
    for number, line in enumerate(bare(FRAME, CODE, CARET, FINAL, "", " "), 8):
        draft.add(record(line, number), classify(line[1]))
    draft.near_ts = "06-10T21:32:16"

    event = draft.event("log", 2)

    assert event == Event(
        kind=EventKind.TRACEBACK,
        source="log",
        source_index=2,
        origin=Origin(rank=1),
        lines=(
            EventLine(7, "P Traceback (most recent call last):", HEAD),
            *(EventLine(number, text, text) for number, text in enumerate((FRAME, CODE, CARET, FINAL), 8)),
        ),
        ts="06-10T21:32:17",
        near_ts="06-10T21:32:16",
        layers=("cri", "vllm"),
        code="core.py:12",
        raised=event.raised,
        repeats=3,
    )
    assert [(raised.type, raised.at, raised.frames[0].function) for raised in event.raised] == [
        ("ValueError", 4, "load")
    ]


def test_the_level_is_the_first_one_that_a_line_prints() -> None:
    """A bare beginning has none of its own."""
    draft = drafted(bare(HEAD, FRAME))
    draft.add(record(("E ", FINAL), 3, Level.CRITICAL), classify(FINAL))
    draft.add(record(("E ", "more"), 4, Level.WARNING), classify("more"))

    assert draft.event("log", 0).level is Level.CRITICAL


@pytest.mark.parametrize(
    ("messages", "kind", "is_cut"),
    [
        (["it failed"], EventKind.LINE, False),
        (["it failed", "because"], EventKind.LINE, False),
        ([FINAL], EventKind.TRACEBACK, False),
        ([HEAD, FRAME], EventKind.TRACEBACK, True),
        (["*** SIGABRT received at time=1 on cpu 2 ***", "PC: @ 0x1 raise"], EventKind.NATIVE, False),
        (["=" * 60, "train.py FAILED"], EventKind.ELASTIC, False),
    ],
)
def test_the_kind_of_an_event(messages: list[str], kind: EventKind, *, is_cut: bool) -> None:
    """By its shape; a traceback without its last line is cut."""
    event = drafted(bare(*messages)).event("log", 0)

    assert (event.kind, event.is_cut) == (kind, is_cut)


def test_a_twin_goes_its_own_way() -> None:
    """To be looked at while the event goes on."""
    draft = drafted(bare(HEAD, FRAME, CODE))

    twin = draft.twin()
    draft.add(record((None, FINAL), 4), classify(FINAL))

    assert (len(twin.event("log", 0).lines), twin.phase) == (3, Phase.INSIDE)
    assert (len(draft.event("log", 0).lines), draft.phase) == (4, Phase.ENDED)
