"""An event in the making: which further lines of its stream belong to it."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from enum import StrEnum
from typing import Final, Self

from logsleuth.events import elastic, native
from logsleuth.events.grammar import Part
from logsleuth.events.python import parse_traceback
from logsleuth.events.runs import Run
from logsleuth.limits import Limits
from logsleuth.model import Event, EventKind, EventLine, Level, Record

INSIDE: Final = frozenset({Part.FRAME, Part.CODE, Part.CARET, Part.REPEATED})
LINKS: Final = frozenset({Part.LINK_CAUSE, Part.LINK_CONTEXT, Part.MEMBER})
SPLIT: Final = INSIDE | LINKS | {Part.FINAL}  # parts known as such even where a shipper made each line a record
GRAVE: Final = frozenset({None, Level.WARNING, Level.ERROR, Level.CRITICAL})
PATIENCE: Final = 3  # lines that no open event took, after which a finished event is closed
PATIENCE_INSIDE: Final = 120  # the same in the middle of a traceback


class Phase(StrEnum):
    """How far a draft has come."""

    PLAIN = "plain"
    INSIDE = "inside"  # between a traceback's head and its last line
    ENDED = "ended"  # after the last line: the message may go on, or another exception of the chain follow


# a member looked up on its class costs ten times as much as a name, and every line asks for a dozen
_BLANK, _FINAL, _FRAME, _HEAD, _NOTE = Part.BLANK, Part.FINAL, Part.FRAME, Part.HEAD, Part.NOTE
_PLAIN, _INSIDE, _ENDED = Phase.PLAIN, Phase.INSIDE, Phase.ENDED


class Draft:
    """Lines gathered so far, with the hits of the scan in them."""

    def __init__(self, record: Record, part: Part, limits: Limits) -> None:
        self.first = record
        self.lines: list[EventLine] = []
        self.hits: list[tuple[int, int]] = []
        self.phase = _PLAIN
        self._parts: list[Part] = []
        self._runs: dict[int, Run] = {}  # by the index of their first line
        self.touched = 0
        self.near_ts: str | None = None
        self.is_own = True  # whether what is read here is where it began
        self._repeats = 1
        self._limits = limits
        self._level = record.level
        self._extra = 0
        self._bytes = 0
        self._awaits_head = False
        self._has_traceback = False
        self.add(record, part)

    @property
    def is_single(self) -> bool:
        """Whether no further line matters: a routine record that a producer printed with its level."""
        return self.first.head is not None and self._level not in GRAVE and self.phase is _PLAIN

    @property
    def is_full(self) -> bool:
        """Whether a bound is reached; what follows becomes an event of its own."""
        return len(self.lines) >= self._limits.event_lines or self._bytes >= self._limits.event_bytes

    def is_stale(self, idle: int) -> bool:
        """Whether, `idle` lines of nobody's having passed in all, the event is taken as complete."""
        return idle - self.touched > (PATIENCE_INSIDE if self.phase is _INSIDE else PATIENCE)

    def twin(self) -> Self:
        """The same draft again, to be finished while this one goes on."""
        twin = copy(self)
        twin.lines = list(self.lines)
        return twin

    def add(self, record: Record, part: Part) -> None:
        """Take `record` as the next line."""
        self.lines.append(EventLine(record.line, record.text, record.message))
        self._parts.append(part)
        self._bytes += len(record.text)
        self._level = self._level or record.level
        self._repeats = max(self._repeats, record.repeats)
        self._advance(part)

    def extend(self, run: Run, lines: Sequence[EventLine], level: Level | None) -> None:
        """Take frames and their code as the next lines of a traceback."""
        self._runs[len(self.lines)] = run
        self._level = self._level or level
        self.lines += lines
        self._parts += run.parts
        self._bytes += sum(map(len, run.texts))
        self._advance(_FRAME)
        self._extra = run.code_lines

    def room_bytes(self, lines: int) -> int:
        """How much more fits, if so many lines do."""
        return self._limits.event_bytes - self._bytes if len(self.lines) + lines <= self._limits.event_lines else 0

    def _advance(self, part: Part) -> None:
        if part is _HEAD or part is _FRAME:
            self._has_traceback = True
            self.phase, self._awaits_head, self._extra = _INSIDE, False, 0
        elif part is _FINAL:
            self.phase, self._extra = _ENDED, 0
        elif part in LINKS:
            self.phase, self._awaits_head = _ENDED, True
        else:
            self._extra += 1

    def accepts(self, record: Record, part: Part) -> bool:
        """Whether `record`, of the same stream, goes on with this event."""
        if self.is_full:
            return False
        has_same_head = record.head is not None and record.head == self.first.head
        if self.phase is _INSIDE:
            return self._accepts_inside(record, part, has_same_head=has_same_head)
        if part is _HEAD:
            return self._accepts_head(record, has_same_head=has_same_head)
        if has_same_head:
            return self._extra < 60
        if record.head is not None:
            return self._awaits_head and part in SPLIT
        return self._accepts_bare(record, part)

    def _accepts_inside(self, record: Record, part: Part, *, has_same_head: bool) -> bool:
        if part is _HEAD:
            return False
        if has_same_head or part in SPLIT:
            return True
        return record.head is None and (part is _BLANK or part is _NOTE)

    def _accepts_head(self, record: Record, *, has_same_head: bool) -> bool:
        if self._has_traceback:
            return self._awaits_head or self._announces_another()
        if self.phase is _ENDED:
            return False
        return has_same_head or (record.head is None and self.first.head is not None and self._level in GRAVE)

    def _announces_another(self) -> bool:
        """Whether the exception's message says that another traceback follows in it, as those of subprocesses do."""
        last = next((line.message for line in reversed(self.lines) if line.message.strip()), "").rstrip()
        return self.phase is _ENDED and last.endswith(":") and not last.endswith("Last error:")

    def _accepts_bare(self, record: Record, part: Part) -> bool:
        first = self.first.message
        if native.belongs(first, record.message) or elastic.belongs(first, record.message):
            return True
        if part is _BLANK or part in INSIDE or part in LINKS:
            return self._extra < 60
        if part is _FINAL:
            is_told_of = self._level not in GRAVE  # a record that only quotes failures may quote several
            return self.first.head is not None and (is_told_of or (self.phase is _PLAIN and self._extra < 3))
        if self.phase is _ENDED:
            return self._extra < 40
        return self.first.head is not None and self._level in GRAVE and self._extra < 12

    def event(self, source: str, source_index: int) -> Event:
        """The finished event."""
        while len(self.lines) > 1 and not self.lines[-1].message.strip():
            self.lines.pop()
        messages = [line.message for line in self.lines]
        is_plain = self.phase is _PLAIN and not self._has_traceback
        raised = () if is_plain else parse_traceback(messages, self._parts[: len(messages)], self._runs)
        return Event(
            kind=_kind(messages, has_traceback=bool(raised)),
            source=source,
            source_index=source_index,
            origin=self.first.origin,
            lines=tuple(self.lines),
            level=self._level,
            ts=self.first.ts,
            near_ts=self.near_ts,
            layers=self.first.layers,
            code=self.first.code,
            raised=raised,
            repeats=self._repeats,
            is_cut=self.is_full or any(exception.is_cut for exception in raised),
        )


def _kind(messages: list[str], *, has_traceback: bool) -> EventKind:
    if has_traceback:
        return EventKind.TRACEBACK
    if len(messages) > 1 and elastic.belongs(messages[0], messages[1]):
        return EventKind.ELASTIC
    if len(messages) > 1 and native.belongs(messages[0], messages[1]):
        return EventKind.NATIVE
    return EventKind.LINE
