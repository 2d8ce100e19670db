"""Joins the lines around hits into events, stream by stream, however ranks interleave and blocks are cut.

Only lines near a hit are looked at: from a hit on until every event that it opened is complete. In between the
assembler jumps from hit to hit.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from logsleuth.events.draft import GRAVE, INSIDE, Draft, Phase
from logsleuth.events.grammar import Part, classify
from logsleuth.events.runs import MOST_LINES, find_run
from logsleuth.limits import Limits
from logsleuth.model import Event, Mark, Origin, Record, Text
from logsleuth.vector import holds, newlines

Peel = Callable[[str, int], Record]
Steady = Callable[[str], Record | None]
SWEEP: Final = 2  # lines of nobody's between two searches for events that nobody goes on with
STREAM_DRAFTS: Final = 4  # events that one stream may have open: its threads' tracebacks
PREFIX_BYTES: Final = 100
PREFIXES: Final = 1024
NESTED: Final = (b"(", b"[", b"")  # what may begin another prefix
LOOKBACK_LINES: Final = 60
FRAME_BYTES: Final = 4096
FRAME_SIGNS: Final = (b"File", "│".encode())
TIME_LINES: Final = 12
CREDIT: Final = 8  # earlier lines that may be looked at for every line read: a flood must not look back each time
FOREIGN_LINES: Final = 3  # lines of other streams that are passed over in search of frames without a head


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """An event, and the hits in it: (index of the line, number of the expression)."""

    event: Event
    hits: tuple[tuple[int, int], ...]


class Assembler:
    """The open events of one source; feed it every text that holds hits, and every one while `is_busy`."""

    def __init__(self, source: str, source_index: int, *, peel: Peel, steady: Steady, limits: Limits) -> None:
        self._source = source
        self._source_index = source_index
        self._peel = peel
        self._steady = steady
        self._limits = limits
        self._drafts: dict[Origin, list[Draft]] = {}
        self._open = 0  # drafts
        self._origins: dict[bytes, Origin] = {}  # by process prefix
        self._credit = LOOKBACK_LINES
        self._idle = 0  # lines looked at that no event took: they measure for how long a stream was silent
        self._done: list[Assembled] = []
        self._history = b""  # the end of what came before, for events whose beginning was no hit
        self._history_numbers: Sequence[int] = ()  # the physical numbers of its lines
        self.is_counting = True  # whether events that begin now are given away

    @property
    def is_busy(self) -> bool:
        """Whether an event is open that following lines may belong to."""
        return bool(self._drafts)

    @property
    def is_owing(self) -> bool:
        """Whether an event is open that will be given away."""
        return any(draft.is_own for drafts in self._drafts.values() for draft in drafts)

    def feed(self, text: Text, marks: Sequence[Mark]) -> Iterator[Assembled]:
        """The events that are complete after `text`."""
        self._walk(text, marks)
        self._remember(text)
        yield from self._release()

    def pass_by(self, text: Text) -> None:
        """Take note of `text`, which holds no hit, as what came before the next one."""
        self._remember(text)

    def finish(self) -> Iterator[Assembled]:
        """The events still open at the end of the source."""
        for drafts in list(self._drafts.values()):
            for draft in drafts:
                self._close(draft)
        self._drafts.clear()
        self._open = 0
        yield from self._release()

    def pending(self) -> Iterator[Assembled]:
        """The events that are open, as far as they have come; they stay open."""
        for drafts in self._drafts.values():
            for draft in drafts:
                yield self._assembled(draft.twin())

    def _release(self) -> Iterator[Assembled]:
        done, self._done = self._done, []
        yield from done

    def _walk(self, text: Text, marks: Sequence[Mark]) -> None:
        data, index, counted, position, left = text.data, 0, 0, 0, _Marks(marks)
        while position < len(data):
            if not self._drafts:
                if left.start is None:
                    return
                position = left.start
            end = data.find(b"\n", position)
            end = len(data) if end < 0 else end
            numbers = [mark.expression for mark in left.before(position + 1)]
            if not numbers and self._is_foreign(data, position):
                self._pass()
                position = end + 1
                continue
            index += newlines(data, counted, position)
            counted = position
            record = self._peel(data[position:end].decode("utf-8", "replace"), text.number(index))
            self._take(record, numbers, text, position)
            position = self._take_run(text, end + 1, index + 1, record.origin, left)

    def _take(self, record: Record, numbers: list[int], text: Text, position: int) -> None:
        self._credit = min(self._credit + CREDIT, LOOKBACK_LINES)
        drafts = self._drafts.get(record.origin, ())
        if not numbers and not drafts:
            self._pass()
            return
        part = classify(record.message)
        draft = _continued(drafts, record, part)
        if draft is None:
            self._interrupt(drafts, record)
            if numbers:
                draft = self._begin(record, part, text, position)
        if draft is None:
            self._pass()
            return
        draft.touched = self._idle
        if numbers:
            line = len(draft.lines) - 1
            draft.hits.extend([(line, number) for number in numbers])
        if draft.is_single:
            self._end(record.origin, draft)

    def _take_run(self, text: Text, position: int, index: int, origin: Origin, left: _Marks) -> int:
        """Take the frames from `position` on, where all of them surely go on with what `origin` has open; their end."""
        drafts = self._drafts.get(origin)
        if not drafts or drafts[-1].phase is not Phase.INSIDE:
            return position
        draft = drafts[-1]
        run = find_run(text.data, position, draft.room_bytes(MOST_LINES))
        record = self._steady(run.prefix) if run else None
        if run is None or record is None or record.origin != origin:
            return position
        first = len(draft.lines)
        for mark in left.before(run.end):
            draft.hits.append((first + text.data.count(b"\n", position, mark.start), mark.expression))
        draft.extend(run, run.lines(text, index), record.level)
        draft.touched = self._idle
        self._credit = min(self._credit + CREDIT * len(run.texts), LOOKBACK_LINES)
        return run.end

    def _pass(self) -> None:
        """A line that no event took has gone by."""
        self._idle += 1
        if self._idle % SWEEP == 0:
            self._sweep()

    def _is_foreign(self, data: bytes, position: int) -> bool:
        """Whether a line shows by its process prefix alone that no open event waits for it."""
        if data[position : position + 1] != b"(":
            return False
        end = data.find(b") ", position, position + PREFIX_BYTES)
        if end < 0 or data[end + 2 : end + 3] in NESTED:
            return False
        prefix = data[position:end]
        origin = self._origins.get(prefix)
        if origin is None:
            if len(self._origins) >= PREFIXES:
                self._origins.clear()
            origin = self._origins[prefix] = self._peel(f"{prefix.decode('utf-8', 'replace')}) x", 0).origin
        return origin not in self._drafts

    def _interrupt(self, drafts: Sequence[Draft], record: Record) -> None:
        """A new record ends what its stream had open, but not a traceback that another thread is writing."""
        if record.head is None:
            return
        for draft in tuple(drafts):
            if draft.phase != "inside":
                self._end(record.origin, draft)

    def _begin(self, record: Record, part: Part, text: Text, position: int) -> Draft:
        before = self._before(record, part, text, position)
        draft = Draft(before[0][0], before[0][1], self._limits) if before else Draft(record, part, self._limits)
        for earlier, earlier_part in before[1:]:
            draft.add(earlier, earlier_part)
        if before:
            draft.add(record, part)
        if draft.first.ts is None:
            draft.near_ts = self._time_before(text, position, record.line)
        draft.is_own = self.is_counting
        drafts = self._drafts.setdefault(record.origin, [])
        drafts.append(draft)
        self._open += 1
        if len(drafts) > STREAM_DRAFTS:
            self._end(record.origin, drafts[0])
        elif self._open > self._limits.open_events:
            origin, waiting = next(iter(self._drafts.items()))
            self._end(origin, waiting[0])
        return draft

    def _before(self, record: Record, part: Part, text: Text, position: int) -> list[tuple[Record, Part]]:
        """What precedes a hit and belongs to it: the record announcing a traceback, or frames without their head."""
        found: list[tuple[Record, Part]] = []
        if part is not Part.HEAD and part is not Part.FINAL:
            return found
        if part is Part.FINAL and not self._has_frames(text.data, position):
            return found
        foreign = 0
        for earlier in itertools.islice(self._backwards(text, position, record.line), self._credit):
            self._credit -= 1
            if earlier.origin != record.origin:
                foreign += 1
                if part is Part.FINAL and foreign > FOREIGN_LINES:
                    break
                continue
            earlier_part = classify(earlier.message)
            if not _precedes(earlier, earlier_part, record, part):
                break
            found.append((earlier, earlier_part))
            if part is Part.HEAD:
                break
        found.reverse()
        return found

    def _time_before(self, text: Text, position: int, number: int) -> str | None:
        """The time that one of the lines just above prints."""
        for earlier in itertools.islice(self._backwards(text, position, number), min(self._credit, TIME_LINES)):
            self._credit -= 1
            if earlier.ts is not None:
                return earlier.ts
        return None

    def _has_frames(self, data: bytes, position: int) -> bool:
        """Whether a frame can stand shortly before `position`, wherever the block was cut."""
        near = data[max(position - FRAME_BYTES, 0) : position]
        if position < FRAME_BYTES:
            near = self._history[position - FRAME_BYTES :] + near
        return any(holds(near, sign) for sign in FRAME_SIGNS)

    def _backwards(self, text: Text, position: int, number: int) -> Iterator[Record]:
        """The lines before `position`, nearest first."""
        end = position - 1
        index = 0 if text.numbers is None else text.data.count(b"\n", 0, position)
        while end > 0:
            start = text.data.rfind(b"\n", 0, end) + 1
            index, number = index - 1, number - 1
            yield self._peel(
                text.data[start:end].decode("utf-8", "replace"), number if text.numbers is None else text.number(index)
            )
            end = start - 1
        numbers = reversed(self._history_numbers)
        for line, before in zip(reversed(self._history.split(b"\n")[:-1]), numbers, strict=False):
            yield self._peel(line.decode("utf-8", "replace"), before)

    def _remember(self, text: Text) -> None:
        if not text.data:
            return
        kept = text.data[-self._limits.lookback_bytes :]
        if len(text.data) < self._limits.lookback_bytes:
            kept = (self._history + kept)[-self._limits.lookback_bytes :]
        self._history = kept[kept.find(b"\n") + 1 :] if len(kept) == self._limits.lookback_bytes else kept
        self._history_numbers = self._numbers(text, self._history.count(b"\n"))

    def _numbers(self, text: Text, kept: int) -> Sequence[int]:
        """The physical numbers of the last lines, the last ones of `text`, as many as are `kept`."""
        count = text.line_count if text.numbers is None else text.data.count(b"\n")
        first = max(count - kept, 0)
        if text.numbers is None:
            numbers: Sequence[int] = range(text.first_line + first, text.first_line + count)
        else:
            numbers = text.numbers[first:count]
        missing = kept - len(numbers)
        return (*self._history_numbers[-missing:], *numbers) if missing else numbers

    def _sweep(self) -> None:
        for origin, drafts in list(self._drafts.items()):
            for draft in [draft for draft in drafts if draft.is_stale(self._idle) or draft.is_full]:
                self._end(origin, draft)

    def _close(self, draft: Draft) -> None:
        if not draft.is_own:
            return
        assembled = self._assembled(draft)
        if assembled.hits:
            self._done.append(assembled)

    def _assembled(self, draft: Draft) -> Assembled:
        event = draft.event(self._source, self._source_index)
        hits = draft.hits
        if hits and hits[-1][0] >= len(event.lines):  # blank lines are taken off the end
            hits = [hit for hit in hits if hit[0] < len(event.lines)]
        return Assembled(event=event, hits=tuple(hits))

    def _end(self, origin: Origin, draft: Draft) -> None:
        """Close `draft` and let go of it."""
        self._close(draft)
        self._open -= 1
        drafts = self._drafts[origin]
        drafts.remove(draft)
        if not drafts:
            del self._drafts[origin]


class _Marks:
    """The marks of a text that are still to come."""

    __slots__ = ("_at", "_marks")

    def __init__(self, marks: Sequence[Mark]) -> None:
        self._marks = marks
        self._at = 0

    @property
    def start(self) -> int | None:
        """Where the line of the next one begins."""
        return self._marks[self._at].start if self._at < len(self._marks) else None

    def before(self, end: int) -> Sequence[Mark]:
        """Those of lines that begin before `end`; they do not come again."""
        first, at, marks = self._at, self._at, self._marks
        while at < len(marks) and marks[at].start < end:
            at += 1
        self._at = at
        return marks[first:at] if at > first else ()


def _continued(drafts: Sequence[Draft], record: Record, part: Part) -> Draft | None:
    """The latest of `drafts` that goes on with `record`, with the record in it."""
    for draft in reversed(drafts):
        if draft.accepts(record, part):
            draft.add(record, part)
            return draft
    return None


def _precedes(earlier: Record, earlier_part: Part, record: Record, part: Part) -> bool:
    has_same_head = earlier.head == record.head
    if part is Part.HEAD:
        announces = earlier_part is Part.OTHER and bool(earlier.message.strip())
        return announces and (has_same_head or (record.head is None and earlier.level in GRAVE - {None}))
    return has_same_head and earlier_part in INSIDE
