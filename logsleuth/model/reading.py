"""What reading yields: blocks, texts, records, events, findings.

Those made for every line near a hit are named tuples, which cost a fifth of a frozen dataclass; give them keywords too.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from logsleuth.model.terms import Facts, Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Whole physical lines of one source as they stood, decompressed; `first_line` counts from 1.

    Only the last block of a source may lack its final newline; `is_last` marks it (it may be empty). No line is longer
    than the limit: what was cut is in `cut_bytes`, and `undecodable` counts bytes that are no UTF-8. `line_ends` is how
    many newlines `data` holds, where whoever made the block has counted them.
    """

    source: str
    first_line: int
    data: bytes
    is_last: bool = False
    undecodable: int = 0
    cut_bytes: int = 0
    line_ends: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A block made readable: UTF-8, containers opened, carriage returns resolved, no NUL.

    `data` holds logical lines, each ended by a newline. `numbers[i]` is the physical line of logical line i, or
    `numbers` is None where logical and physical lines are the same from `first_line` on. `shapes` holds exactly one
    line for each physical line (what a reader would see of it), and is the same object as `data` where they agree.
    """

    source: str
    first_line: int
    data: bytes
    shapes: bytes
    line_count: int
    numbers: Sequence[int] | None = None
    is_last: bool = False

    def number(self, index: int) -> int:
        """The physical line number of logical line `index`."""
        return self.first_line + index if self.numbers is None else self.numbers[index]


class Mark(NamedTuple):
    """A hit of the native scan: the offset at which its line begins, and the number of the expression."""

    start: int
    expression: int


class Origin(NamedTuple):
    """Who wrote a line: the identity of a stream within its source. Unknown parts are None."""

    node: str | None = None
    process: str | None = None
    pid: int | None = None
    rank: int | None = None


NOBODY = Origin()


class Record(NamedTuple):
    """One logical line with its prefixes taken apart.

    `head` is the text of the producer's own prefix (time, level, code), the same on every line of one multi-line
    message, or None where only transport prefixes (container, syslog, process) were found. `layers` names the formats
    peeled, outermost first. `ts` is ISO 8601 as far as it was printed: no year or zone is invented.
    """

    line: int
    text: str
    message: str
    origin: Origin = NOBODY
    head: str | None = None
    layers: tuple[str, ...] = ()
    level: Level | None = None
    ts: str | None = None
    code: str | None = None
    logger: str | None = None
    repeats: int = 1


class Link(StrEnum):
    """How an exception was printed with respect to the one printed above it."""

    FIRST = "first"
    CAUSE = "cause"  # the one above is the direct cause of this one
    CONTEXT = "context"  # this one was raised while the one above was being handled
    GROUPED = "grouped"  # a member of an exception group


class Frame(NamedTuple):
    """One frame of a traceback, outermost first in its list."""

    file: str
    line: int
    function: str
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """One exception of a printed chain; `at` is the index of its final line within the event's lines."""

    type: str
    message: str
    frames: tuple[Frame, ...] = ()
    link: Link = Link.FIRST
    at: int = 0
    is_cut: bool = False


class EventKind(StrEnum):
    """What an event is, by its shape."""

    LINE = "line"
    TRACEBACK = "traceback"
    NATIVE = "native"
    ELASTIC = "elastic"


class EventLine(NamedTuple):
    """One logical line of an event: where it stood, as it stood, and without its prefixes."""

    number: int
    raw: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Lines of one stream that belong together: a record with its traceback, an abort, a report.

    `near_ts` is the time of a line just before, for events whose own lines print none: good for order, not for display.
    """

    kind: EventKind
    source: str
    source_index: int
    origin: Origin
    lines: tuple[EventLine, ...]
    level: Level | None = None
    ts: str | None = None
    near_ts: str | None = None
    layers: tuple[str, ...] = ()
    code: str | None = None
    raised: tuple[Raised, ...] = ()
    is_cut: bool = False
    repeats: int = 1  # how many lines the launcher says that this one stands for
    message: str = field(init=False, repr=False, compare=False)  # the lines without prefixes, joined by newlines
    starts: tuple[int, ...] = field(init=False, repr=False, compare=False)  # where each line begins in `message`

    def __post_init__(self) -> None:
        messages = [line.message for line in self.lines]
        chars = itertools.accumulate(map(len, messages), initial=0)
        object.__setattr__(self, "message", "\n".join(messages))
        object.__setattr__(self, "starts", tuple(map(operator.add, chars, range(len(messages)))))  # and the newlines

    @property
    def position(self) -> tuple[int, int]:
        """(index of the source, first physical line): the order of the input."""
        return (self.source_index, self.lines[0].number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A signature found in an event, or (`signature_id` "unknown") a failure that only its shape betrays.

    `first` and `last` are indexes into the event's lines: the decisive lines. `count` and the `last_*` fields cover the
    repetitions of the same finding in the same stream. What `is_relayed` was said by a process that passes another
    one's failure on. `at` is the time for the order across sources, in seconds: None means the printed one.
    """

    signature_id: str
    event: Event
    first: int
    last: int
    facts: Facts = ()
    raised: int | None = None
    count: int = 1
    last_line: int = 0
    last_ts: str | None = None
    is_relayed: bool = False
    at: float | None = None

    @property
    def position(self) -> tuple[int, int, int]:
        """(source, physical line, index in the event) of the decisive line."""
        return (self.event.source_index, self.event.lines[self.first].number, self.first)
