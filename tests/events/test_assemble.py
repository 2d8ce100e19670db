"""Lines become events by stream: interleaved ranks, announced tracebacks, cut heads, any cut of the input."""

from __future__ import annotations

import itertools
import random

import pytest

from logsleuth.events import Assembled, Assembler
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.model import Event, EventKind, Link, Mark, Text
from logsleuth.records import Peeler
from logsleuth.scan import Expression, Scanner

SCANNER = Scanner(
    [
        Expression(text=b"Traceback (most recent call last)"),
        Expression(text=rb"[A-Z]\w+Error(?::|$)", is_literal=False),
        Expression(text=b"disk is full"),
    ]
)
VLLM = "(Worker_TP{rank} pid=10{rank}) ERROR 06-10 21:32:17 [multiproc_executor.py:671] "
TRACEBACK = (
    "WorkerProc hit an exception.",
    "Traceback (most recent call last):",
    '  File "/opt/vllm/worker.py", line 3, in load',
    "    raise ValueError(1)",
    "    ^^^^^^^^^^^^^^^^^^^",
    "ValueError: rank {rank} is lost",
)


def assembled(lines: list[str], cuts: tuple[int, ...] = ()) -> list[Assembled]:
    """The events of `lines`, which are read in pieces cut before the given indexes."""
    peeler = Peeler()
    assembler = Assembler("a.log", 0, peel=peeler.record, steady=peeler.steady, limits=DEFAULT_LIMITS)
    found: list[Assembled] = []
    edges = [0, *cuts, len(lines)]
    for start, end in itertools.pairwise(edges):
        data = "".join(line + "\n" for line in lines[start:end]).encode()
        text = Text(source="a.log", first_line=start + 1, data=data, shapes=data, line_count=end - start)
        marks: list[Mark] = SCANNER.marks(data)
        if marks or assembler.is_busy:
            found += assembler.feed(text, marks)
        else:
            assembler.pass_by(text)
    found += assembler.finish()
    return sorted(found, key=lambda item: item.event.position)


def events(lines: list[str], cuts: tuple[int, ...] = ()) -> list[Event]:
    """The events alone."""
    return [item.event for item in assembled(lines, cuts)]


def of_rank(rank: int) -> list[str]:
    """The traceback as rank `rank` of vLLM logs it: a prefix on every line."""
    return [VLLM.format(rank=rank) + line.format(rank=rank) for line in TRACEBACK]


def interleaved(seed: int) -> list[str]:
    """The tracebacks of four ranks and healthy lines, in a random order that keeps each rank's own."""
    queues = [of_rank(rank) for rank in range(4)] + [["INFO 06-10 21:32:17 [x.py:1] fine"] * 20]
    shuffled = random.Random(seed)
    lines = []
    while any(queues):
        queue = shuffled.choice([queue for queue in queues if queue])
        lines.append(queue.pop(0))
    return lines


@pytest.mark.parametrize("seed", range(5))
def test_interleaved_ranks_are_told_apart(seed: int) -> None:
    """Each rank's traceback is one event with its own lines, head to message."""
    found = events(interleaved(seed))

    messages = [
        [line.message for line in event.lines] for event in sorted(found, key=lambda event: event.origin.rank or 0)
    ]
    assert messages == [[line.format(rank=rank) for line in TRACEBACK] for rank in range(4)]
    assert {event.kind for event in found} == {EventKind.TRACEBACK}


@pytest.mark.parametrize("seed", range(3))
def test_where_blocks_are_cut_does_not_matter(seed: int) -> None:
    """Any cut, and a cut after every line, gives the same events and hits."""
    lines = interleaved(seed)
    whole = assembled(lines)

    assert all(assembled(lines, (cut,)) == whole for cut in range(1, len(lines)))
    assert assembled(lines, tuple(range(1, len(lines)))) == whole


def test_a_logged_message_announces_the_bare_traceback_below_it() -> None:
    """The web server prints the record, then a traceback without prefix; both are one event at the record's level."""
    lines = ["ERROR:    Exception in ASGI application", *TRACEBACK[1:], "INFO:     fine"]

    (event,) = events(lines)

    assert [line.number for line in event.lines] == [1, 2, 3, 4, 5, 6]
    assert event.level == "ERROR"


def test_a_traceback_is_not_the_business_of_an_info_record_above_it() -> None:
    """What a healthy record said just before does not lower the level."""
    (event,) = events(["INFO 06-10 21:32:17 [x.py:1] fine", *TRACEBACK[1:]])

    assert event.lines[0].number == 2
    assert event.level is None


def test_a_cut_head_is_made_up_for_by_the_frames() -> None:
    """A log that starts within a traceback still gives its exception and frames."""
    (event,) = events(list(TRACEBACK[2:]))

    assert [raised.type for raised in event.raised] == ["ValueError"]
    assert [frame.function for frame in event.raised[0].frames] == ["load"]


def test_a_cut_tail_ends_with_the_input() -> None:
    """And the event says that it is cut."""
    (event,) = events(list(TRACEBACK[1:4]))

    assert event.is_cut


def test_a_chain_is_one_event() -> None:
    """Cause and effect, with the sentence between them."""
    link = ["", "The above exception was the direct cause of the following exception:", ""]
    lines = [*TRACEBACK[1:], *link, *TRACEBACK[1:5], "RuntimeError: no worker"]

    (event,) = events(lines)

    assert [(raised.type, raised.link) for raised in event.raised] == [
        ("ValueError", Link.FIRST),
        ("RuntimeError", Link.CAUSE),
    ]


def test_two_tracebacks_without_a_link_are_two_events() -> None:
    """The second one is a failure of its own."""
    assert len(events([*TRACEBACK[1:], *TRACEBACK[1:]])) == 2


def test_lines_split_into_records_by_a_shipper_are_joined() -> None:
    """Each line has a time of its own in front, as if it were a record."""
    lines = [f"2026-01-01T10:00:0{second}Z {line}" for second, line in enumerate(TRACEBACK[1:])]

    (event,) = events(lines)

    assert [raised.type for raised in event.raised] == ["ValueError"]


def test_a_hit_outside_of_a_traceback_is_an_event_of_its_own() -> None:
    """With the index of its line and the number of the expression."""
    (found,) = assembled(["fine", "ERROR 06-10 21:32:17 [x.py:1] disk is full", "INFO 06-10 21:32:18 [x.py:1] fine"])

    assert found.hits == ((0, 2),)
    assert [line.number for line in found.event.lines] == [2]
