"""What travels between the stages: frozen values, each made by one stage and read by the later ones.

Those made for every line near a hit are named tuples, which cost a fifth of a frozen dataclass; give them keywords too.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

Facts = tuple[tuple[str, str], ...]  # (name in snake_case, value), in the order of their discovery


class Level(StrEnum):
    """The level that the producer printed."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


class Role(StrEnum):
    """What a signature usually is in an incident; `consequence` is given by the diagnosis alone."""

    ROOT = "root"
    WRAPPER = "wrapper"
    PERF = "perf"
    NOTICE = "notice"
    CONSEQUENCE = "consequence"


class Severity(StrEnum):
    """How much it hurts, as the report prints it."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Verdict(StrEnum):
    """The report in one word."""

    INCIDENT = "incident"
    DEGRADED = "degraded"
    HEALTHY = "healthy"


class NoticeKind(StrEnum):
    """What was left out or repaired on the way, and had to be said."""

    LINE_CUT = "line-cut"
    SOURCE_UNREADABLE = "source-unreadable"
    SOURCE_TRUNCATED = "source-truncated"
    SOURCE_SKIPPED = "source-skipped"
    BINARY = "binary"
    UNDECODABLE = "undecodable"
    LIMIT = "limit"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A place in an input; lines count from 1, and 0 stands for the source as a whole."""

    source: str
    line: int = 0

    def __str__(self) -> str:
        """`file:line`, or the file alone."""
        return f"{self.source}:{self.line}" if self.line else self.source


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that the reader of a report has to know about the reading itself."""

    kind: NoticeKind
    where: Where
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Whole physical lines of one source as they stood, decompressed; `first_line` counts from 1.

    Only the last block of a source may lack its final newline; `is_last` marks it (it may be empty). No line is longer
    than the limit: what was cut is in `cut_bytes`, and `undecodable` counts bytes that are no UTF-8.
    """

    source: str
    first_line: int
    data: bytes
    is_last: bool = False
    undecodable: int = 0
    cut_bytes: int = 0


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
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
    KERNEL = "kernel"
    CONFIG = "config"


class EventLine(NamedTuple):
    """One logical line of an event: where it stood, as it stood, and without its prefixes."""

    number: int
    raw: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Lines of one stream that belong together: a record with its traceback, an abort, a report."""

    kind: EventKind
    source: str
    source_index: int
    origin: Origin
    lines: tuple[EventLine, ...]
    level: Level | None = None
    ts: str | None = None
    layers: tuple[str, ...] = ()
    code: str | None = None
    raised: tuple[Raised, ...] = ()
    is_cut: bool = False
    message: str = field(init=False, repr=False, compare=False)  # the lines without prefixes, joined by newlines
    starts: tuple[int, ...] = field(init=False, repr=False, compare=False)  # where each line begins in `message`

    def __post_init__(self) -> None:
        messages = [line.message for line in self.lines]
        ends = itertools.accumulate(len(message) + 1 for message in messages)
        object.__setattr__(self, "message", "\n".join(messages))
        object.__setattr__(self, "starts", (0, *ends)[:-1])

    @property
    def position(self) -> tuple[int, int]:
        """(index of the source, first physical line): the order of the input."""
        return (self.source_index, self.lines[0].number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A signature found in an event, or (`signature_id` "unknown") a failure that only its shape betrays.

    `first` and `last` are indexes into the event's lines: the decisive lines. `count` and the `last_*` fields cover the
    repetitions of the same finding in the same stream.
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

    @property
    def position(self) -> tuple[int, int, int]:
        """(source, physical line, index in the event) of the decisive line."""
        return (self.event.source_index, self.event.lines[self.first].number, self.first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The same text in the two languages of the reports."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        """The text in `language` ("en" or "zh")."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One thing to do; with `needs`, only where these facts are known."""

    text: Words
    command: str = ""
    applies: str = ""
    is_destructive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One way in which a signature shows: `literal` stands in a line, `regex` confirms it and captures facts.

    An empty `regex` means that the literal is proof enough. `scan` (an expression in linear syntax) replaces the
    literal where no fixed text is rare enough. `frame` must match `file:function` of a frame of the same traceback;
    `levels` are those at which the text counts (an empty tuple: any).
    """

    literal: str = ""
    scan: str = ""
    regex: str = ""
    frame: str = ""
    levels: tuple[Level | None, ...] = (None, Level.WARNING, Level.ERROR, Level.CRITICAL)
    line: int = 0


class SampleKind(StrEnum):
    """What a sample proves."""

    HIT = "hit"
    MISS = "miss"
    LOSE = "lose"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A text that proves a signature: it hits with these captures, misses for a reason, or hits and loses."""

    kind: SampleKind
    text: str
    captures: Facts = ()
    because: str = ""
    to: str = ""
    line: int = 0


class Status(StrEnum):
    """How far a signature has come."""

    DRAFT = "draft"
    TEST = "test"
    STABLE = "stable"
    DOC_ONLY = "doc-only"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probing:
    """A probe that can confirm or refute, and what its outcome would be under this diagnosis."""

    name: str
    expects: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One row of the catalog."""

    id: str
    class_id: str  # the class of the taxonomy that the id belongs to
    title: Words
    status: Status
    role: Role
    severity: Severity
    patterns: tuple[Pattern, ...]
    component: str = ""
    versions: str = ""
    derive: Facts = ()  # (name, expression over captures)
    explains: tuple[str, ...] = ()  # ids or class prefixes that are its consequences wherever both are found
    explained_by: tuple[str, ...] = ()  # the same, seen from the consequence; "*" is any root
    loses_to: tuple[str, ...] = ()  # better answers for the same event
    overlaps: tuple[str, ...] = ()  # signatures that may hit its samples, side by side
    summary: Words = Words(en="", zh="")
    causes: tuple[Words, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    references: tuple[str, ...] = ()
    probes: tuple[Probing, ...] = ()
    check_next: tuple[str, ...] = ()
    samples: tuple[Sample, ...] = ()
    where: Where = Where(source="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Decisive lines, with control characters escaped."""

    source: str
    line: int
    end_line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A process in which a diagnosis was seen."""

    source: str
    process: str | None = None
    pid: int | None = None
    rank: int | None = None
    node: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A remedy with its facts filled in."""

    text: Words
    command: str = ""
    applies: str = ""
    is_destructive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One entry of the report, in its order; see the report contract for the fields."""

    id: str
    title: Words
    role: Role
    severity: Severity
    confidence: float
    summary: Words
    facts: Facts
    places: tuple[Place, ...]
    first_seen: str | None
    last_seen: str | None
    count: int
    evidence: tuple[Evidence, ...]
    explains: tuple[str, ...] = ()
    explained_by: str | None = None
    causes: tuple[Words, ...] = ()
    remedies: tuple[Advice, ...] = ()
    references: tuple[str, ...] = ()
    probes: tuple[Probing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A cluster of lines; `first_line` and `last_line` are positions (source, line)."""

    id: int
    template: str
    count: int
    level: Level | None
    first: Where
    last: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What was read."""

    sources: int = 0
    lines: int = 0
    bytes: int = 0
    undecodable_bytes: int = 0
    templates: int = 0
    overflow_lines: int = 0
    errors: int = 0
    warnings: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole answer, before it is put into words."""

    verdict: Verdict
    diagnoses: tuple[Diagnosis, ...]
    templates: tuple[Template, ...]
    environment: Facts
    stats: Stats
    notices: tuple[Notice, ...] = ()
