"""Composes the stages: blocks are read here, and all that is learnt of them is gathered.

blocks -> text -> marks -> events -> findings, and beside it text -> shapes, figures, signs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from logsleuth import conclusion
from logsleuth.events import Assembled, Assembler, read_facts
from logsleuth.events.communicators import last_line
from logsleuth.gathered import Gathered
from logsleuth.judge import Judge
from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Block, Diagnosis, Finding, Notice, Report, Text
from logsleuth.part import Learnt
from logsleuth.plan import Plan
from logsleuth.recent import Memory, Recent
from logsleuth.records import Opener
from logsleuth.templates import ShapeTable


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """What reading one source needs to remember."""

    index: int
    opener: Opener
    assembler: Assembler


class LineCounter(Protocol):
    """Counts lines by their kinds."""

    def count(self, text: Text, source_index: int) -> None:
        """Count every line of `text`."""
        ...


class Analysis:
    """Everything learnt so far from the sources fed in; `report` may be asked for at any time.

    With a `counter` of its own, lines are counted there, and nothing is gathered for a report: an analysis that never
    ends keeps what is `recent` alone.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        limits: Limits = DEFAULT_LIMITS,
        recent: Recent | None = None,
        counter: LineCounter | None = None,
    ) -> None:
        self._plan = plan
        self._is_endless = counter is not None
        self._recent = recent  # what a watcher has beside the whole
        self._limits = limits
        self._gathered = Gathered(plan, limits=limits, is_endless=self._is_endless)
        self._peeler = self._gathered.peeler
        self._signs = self._gathered.signs
        self._quotations = self._gathered.quotations
        self._counter: LineCounter = counter or self._gathered.shapes
        self._guess = Judge(plan.catalog, plan.meanings, limits=limits)
        self._reading: dict[str, _Source] = {}  # the sources that have not ended
        self._waiting: dict[str, None] = {}  # those of them that have something open
        self._known: dict[str, int] = {}  # the indexes of sources that are still to be read on
        self._is_piece = False  # whether a part of one source is read
        self._text_bytes = 0
        self._last_text: Text | None = None

    def add(self, items: Iterable[Block | Notice]) -> None:
        """Read blocks to their end; a source ends with the block that says so."""
        for item in items:
            if isinstance(item, Notice):
                if not self._is_endless:
                    self._gathered.notices.append(item)
            else:
                self._read(item)

    def settle(self, source: str) -> None:
        """Take what `source` has open as complete, though it may go on: for readers who cannot wait."""
        if source in self._reading:
            self._judge_all(self._reading[source].assembler.finish())
            self._note_waiting(source, self._reading[source])

    def settle_all(self) -> None:
        """Take all that is open anywhere as complete."""
        for source in tuple(self._waiting):
            self.settle(source)

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources read so far, in the order of their indexes."""
        return tuple(self._gathered.sources)

    @property
    def progress(self) -> Mapping[int, int]:
        """The last line of normal service by the index of its source."""
        return self._signs.progress

    @property
    def shapes(self) -> ShapeTable:
        """The shapes of all lines, to be looked at only."""
        return self._gathered.shapes

    @property
    def line_count(self) -> int:
        """The lines read so far."""
        return self._gathered.lines

    @property
    def byte_count(self) -> int:
        """The bytes read so far."""
        return self._gathered.bytes

    @property
    def is_waiting(self) -> bool:
        """Whether an event or a line is open that following blocks may go on with."""
        return bool(self._waiting)

    def pending(self) -> tuple[Assembled, ...]:
        """The events that are open, as far as they have come; they stay open."""
        return tuple(item for name in self._waiting for item in self._reading[name].assembler.pending())

    def diagnoses(self, also: Iterable[Assembled] = ()) -> tuple[Diagnosis, ...]:
        """What a watcher's findings and figures, and the open events `also`, come to at this moment."""
        if self._recent is None:
            return conclusion.diagnosed(
                self._gathered, self._gathered.tally.findings(), self._gathered.gauge.points()
            ).diagnoses
        # with a judge of their own: what it remembers of events that are not complete must not stand in the report
        open_findings = (finding for item in also for finding in self._guess.findings(item))
        return conclusion.diagnosed(
            self._gathered, (*self._recent.findings(), *self._quotations.held, *open_findings), self._recent.points()
        ).diagnoses

    def memory(self) -> Memory:
        """What a watcher needs for the next time."""
        return Memory(
            sources=self.sources,
            findings=tuple(self._recent.findings()) if self._recent else (),
            environment=tuple(self._gathered.environment.items()),
            progress=tuple(self._signs.progress.items()),
            configured=self._signs.configured,
            is_ucm_heard=self._signs.is_ucm_heard,
            began=tuple(self._signs.began.items()),
            passed=tuple(self._signs.passed.items()),
            steps=tuple(self._signs.steps.values()),
            tails=tuple(self._signs.tails.items()),
            points=self._recent.points() if self._recent else (),
        )

    def recall(self, memory: Memory, *, resumed: Collection[str]) -> None:
        """Go on where another analysis stopped: `resumed` are the sources of which following lines will come."""
        self._gathered.sources = list(memory.sources)
        self._known = {name: index for index, name in enumerate(memory.sources) if name in resumed}
        self._gathered.environment = dict(memory.environment)
        self._signs.progress = dict(memory.progress)
        self._signs.configured, self._signs.is_ucm_heard = memory.configured, memory.is_ucm_heard
        self._signs.began, self._signs.passed = dict(memory.began), dict(memory.passed)
        self._signs.steps = {step.source_index: step for step in memory.steps}
        self._signs.tails = dict(memory.tails)
        if self._recent:
            self._recent.recall(memory.findings, memory.points)

    def prime(self, block: Block) -> None:
        """Take the end of what another analysis read of a source as what came before; nothing in it counts again."""
        source = self._reading.get(block.source) or self._begin(block.source)
        source.assembler.pass_by(source.opener.open(block))

    def _read(self, block: Block) -> None:
        is_first = block.source not in self._reading and block.first_line == 1
        # of a source without an end, a dump would never be whole
        if not self._is_endless and self._gathered.dumps.takes(block, is_first=is_first):
            self._gathered.bytes += len(block.data)
            return
        source = self._reading.get(block.source) or self._begin(block.source)
        text, words = self._scan(block, source)
        if self._limits.shapes:
            self._counter.count(text, source.index)
        if not self._is_endless:
            self._gathered.gauge.take(text, source.index)
            self._gathered.stuck.take(text, source.index, words)
            self._gathered.sightings.take(text)
        if self._recent:
            self._recent.take(text, source.index)
        self._signs.listen(source.index, text, words)
        self._gathered.lines += text.line_count
        self._gathered.bytes += len(block.data)
        self._gathered.undecodable += block.undecodable
        if text.data:
            self._last_text, self._text_bytes = text, self._text_bytes + len(text.data)
        if block.is_last:
            self._judge_all(source.assembler.finish())
            del self._reading[block.source]
            self._quotations.leave(block.source)
            if not self._is_piece:
                self._signs.leave(source.index)
        self._count(())
        self._note_waiting(block.source, source)

    def _scan(self, block: Block, source: _Source) -> tuple[Text, Collection[bytes]]:
        """The text of a block, and the words in it; what it completes is judged."""
        text = source.opener.open(block)
        scan = self._plan.scanner.scan(text.data)
        marks = scan.marks
        self._quotations.take(text, has_anchor=any(mark.expression in self._plan.reports for mark in marks))
        if marks or source.assembler.is_busy:
            self._judge_all(source.assembler.feed(text, marks))
        else:
            source.assembler.pass_by(text)
        return text, scan.words

    def _note_waiting(self, name: str, source: _Source) -> None:
        """Keep in mind which sources have something open: of thousands, a few."""
        if name in self._reading and (source.assembler.is_busy or source.opener.is_waiting):
            self._waiting[name] = None
        else:
            self._waiting.pop(name, None)

    def _begin(self, name: str) -> _Source:
        index = self._known.pop(name, len(self._gathered.sources))
        if index == len(self._gathered.sources):
            self._gathered.sources.append(name)
        assembler = Assembler(name, index, peel=self._peeler.record, steady=self._peeler.steady, limits=self._limits)
        self._reading[name] = _Source(index=index, opener=Opener(limits=self._limits), assembler=assembler)
        return self._reading[name]

    def _judge_all(self, assembled: Iterable[Assembled]) -> None:
        for item in assembled:
            self._learn(item)
            self._count(self._gathered.judge.findings(item))

    def _count(self, findings: Iterable[Finding]) -> None:
        """Count findings, but those that a report only quotes which stands in the log."""
        for finding in self._quotations.own(findings):
            if not self._is_endless:
                self._gathered.tally.add(finding)
            if self._recent:
                self._recent.add(finding)

    def _learn(self, item: Assembled) -> None:
        """Take the facts of the lines that describe the environment."""
        # by the line that it began with: events end in another order, and some behind the piece
        began = item.event.lines[item.hits[0][0]].number
        for line, number in item.hits:
            if number in self._plan.environment:
                self._signs.step(item.event)
                for name, value in read_facts(item.event.lines[line].message):
                    self._gathered.believe(name, value, (item.event.source, began))
                    if name == "kv_connector" and self._signs.configured is None:
                        self._signs.configured = item.event

    def begin_piece(self, source: str, *, offset: int) -> None:
        """Read nothing but a piece of `source`, which stands at this byte of it."""
        self._is_piece = True
        self._gathered.tally.bound()
        if offset:
            self._gathered.gauge.begin(self._begin(source).index, offset)
            self._gathered.sightings.begin(source, offset)

    def pass_over(self, block: Block) -> None:
        """Take what stands before a piece or behind it: events may go on there, and none that begins there counts."""
        source = self._reading.get(block.source) or self._begin(block.source)
        source.assembler.is_counting = False
        self._scan(block, source)
        source.assembler.is_counting = True

    def is_owing(self, name: str, *, before: int) -> bool:
        """Whether something is open in `name` that began before this line."""
        source = self._reading.get(name)
        return source is not None and (source.assembler.is_owing or self._quotations.is_open(name, before=before))

    def end_piece(self, name: str) -> Learnt:
        """What the piece tells; nothing can be read after it."""
        source = self._reading.pop(name, None)
        self._judge_all(source.assembler.finish() if source else ())
        self._quotations.leave(name)
        self._count(())
        ending = last_line(self._last_text.data) if self._last_text else ""
        return self._gathered.export(name, text_bytes=self._text_bytes, last_line=ending)

    @property
    def gathered(self) -> Gathered:
        """All that was learnt, to be looked at only."""
        return self._gathered

    def report(self) -> Report:
        """The report on everything read so far."""
        return conclusion.report(self._gathered)
