"""Composes the stages; the only module that sees them all. In: blocks. Out: model.Report.

blocks -> text -> marks -> events -> findings -> diagnoses, and beside it text -> shapes -> templates.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from logsleuth.catalog.nearest import with_nearest
from logsleuth.diagnosis import Answer, Material, diagnose, verdict
from logsleuth.diagnosis.configuration import check
from logsleuth.diagnosis.flow import is_ucm_silent, silence
from logsleuth.diagnosis.idle import without_idle_waits
from logsleuth.diagnosis.losses import UNTOLD, losses, over_limits
from logsleuth.diagnosis.performance import assess
from logsleuth.diagnosis.repeated import repeated_error
from logsleuth.diagnosis.silence import endless_wait
from logsleuth.diagnosis.unknown import UNKNOWN
from logsleuth.dumps import Dumps
from logsleuth.events import Assembled, Assembler, read_facts
from logsleuth.events.gauge import Gauge, Point
from logsleuth.judge import Judge
from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import (
    Block,
    Diagnosis,
    Finding,
    Level,
    Notice,
    RankReport,
    Report,
    Stats,
    Template,
    Text,
    Verdict,
)
from logsleuth.plan import Plan
from logsleuth.quotations import Quotations
from logsleuth.recent import Memory, Recent
from logsleuth.records import Opener, Peeler
from logsleuth.sightings import Sightings
from logsleuth.signs import Signs
from logsleuth.stuck import Stuck, stalled
from logsleuth.tally import Tally
from logsleuth.templates import ShapeTable, mine

FACTS: Final = 5_000  # of the environment; a server prints some hundred


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
    ends keeps what is `recent` alone. Without `templates`, lines are not told apart: only signatures are looked for.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        limits: Limits = DEFAULT_LIMITS,
        recent: Recent | None = None,
        counter: LineCounter | None = None,
        templates: bool = True,
    ) -> None:
        self._plan = plan
        self._is_endless = counter is not None
        self._has_templates = templates
        self._recent = recent  # what a watcher has beside the whole
        self._limits = limits
        self._peeler = Peeler()
        self._shapes = ShapeTable(limits=limits)
        self._counter: LineCounter = counter or self._shapes
        self._tally = Tally(limits=limits)
        self._judge = Judge(plan.catalog, plan.meanings, limits=limits)
        self._guess = Judge(plan.catalog, plan.meanings, limits=limits)
        self._gauge = Gauge(limits=limits)
        self._dumps = Dumps(limits=limits)
        self._stuck = Stuck(limits=limits, peel=self._peeler.record)
        self._environment: dict[str, str] = {}
        self._told_by: dict[str, str] = {}  # the source of each of these
        self._notices: list[Notice] = []
        self._sources: list[str] = []
        self._signs = Signs()
        self._sightings = Sightings()
        self._quotations = Quotations()
        self._lines = self._bytes = self._undecodable = 0
        self._reading: dict[str, _Source] = {}  # the sources that have not ended
        self._waiting: dict[str, None] = {}  # those of them that have something open
        self._known: dict[str, int] = {}  # the indexes of sources that are still to be read on

    def add(self, items: Iterable[Block | Notice]) -> None:
        """Read blocks to their end; a source ends with the block that says so."""
        for item in items:
            if isinstance(item, Notice):
                if not self._is_endless:
                    self._notices.append(item)
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
        return tuple(self._sources)

    @property
    def progress(self) -> Mapping[int, int]:
        """The last line of normal service by the index of its source."""
        return self._signs.progress

    @property
    def shapes(self) -> ShapeTable:
        """The shapes of all lines, to be looked at only."""
        return self._shapes

    @property
    def line_count(self) -> int:
        """The lines read so far."""
        return self._lines

    @property
    def byte_count(self) -> int:
        """The bytes read so far."""
        return self._bytes

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
            return self._diagnosed(self._tally.findings(), self._gauge.points()).diagnoses
        # with a judge of their own: what it remembers of events that are not complete must not stand in the report
        open_findings = (finding for item in also for finding in self._guess.findings(item))
        return self._diagnosed(
            (*self._recent.findings(), *self._quotations.held, *open_findings), self._recent.points()
        ).diagnoses

    def memory(self) -> Memory:
        """What a watcher needs for the next time."""
        return Memory(
            sources=self.sources,
            findings=tuple(self._recent.findings()) if self._recent else (),
            environment=tuple(self._environment.items()),
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
        self._sources = list(memory.sources)
        self._known = {name: index for index, name in enumerate(memory.sources) if name in resumed}
        self._environment = dict(memory.environment)
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
        if not self._is_endless and self._dumps.takes(block, is_first=is_first):
            self._bytes += len(block.data)
            return
        source = self._reading.get(block.source) or self._begin(block.source)
        text = source.opener.open(block)
        scan = self._plan.scanner.scan(text.data)
        marks = scan.marks
        self._quotations.take(text, has_anchor=any(mark.expression in self._plan.reports for mark in marks))
        if marks or source.assembler.is_busy:
            self._judge_all(source.assembler.feed(text, marks))
        else:
            source.assembler.pass_by(text)
        if self._has_templates:
            self._counter.count(text, source.index)
        if not self._is_endless:
            self._gauge.take(text, source.index)
            self._stuck.take(text, source.index, scan.words)
            self._sightings.take(text)
        if self._recent:
            self._recent.take(text, source.index)
        self._signs.listen(source.index, text, scan.words)
        self._lines += text.line_count
        self._bytes += len(block.data)
        self._undecodable += block.undecodable
        if block.is_last:
            self._judge_all(source.assembler.finish())
            del self._reading[block.source]
            self._signs.leave(source.index)
            self._quotations.leave(block.source)
        self._count(())
        self._note_waiting(block.source, source)

    def _note_waiting(self, name: str, source: _Source) -> None:
        """Keep in mind which sources have something open: of thousands, a few."""
        if name in self._reading and (source.assembler.is_busy or source.opener.is_waiting):
            self._waiting[name] = None
        else:
            self._waiting.pop(name, None)

    def _begin(self, name: str) -> _Source:
        index = self._known.pop(name, len(self._sources))
        if index == len(self._sources):
            self._sources.append(name)
        assembler = Assembler(name, index, peel=self._peeler.record, limits=self._limits)
        self._reading[name] = _Source(index=index, opener=Opener(limits=self._limits), assembler=assembler)
        return self._reading[name]

    def _judge_all(self, assembled: Iterable[Assembled]) -> None:
        for item in assembled:
            self._learn(item)
            self._count(self._judge.findings(item))

    def _count(self, findings: Iterable[Finding]) -> None:
        """Count findings, but those that a report only quotes which stands in the log."""
        for finding in self._quotations.own(findings):
            if not self._is_endless:
                self._tally.add(finding)
            if self._recent:
                self._recent.add(finding)

    def _learn(self, item: Assembled) -> None:
        """Take the facts of the lines that describe the environment."""
        for line, number in item.hits:
            if number in self._plan.environment:
                self._signs.step(item.event)
                for name, value in read_facts(item.event.lines[line].message):
                    self._believe(name, value, item.event.source)
                    if name == "kv_connector" and self._signs.configured is None:
                        self._signs.configured = item.event

    def _believe(self, name: str, value: str, source: str) -> None:
        """Take a fact; of sources that disagree the same one counts, whatever the order they are read in.

        Where there is no end to reading, the first one counts: an answer that was given should stand.
        """
        is_new = name not in self._environment and len(self._environment) < FACTS
        if is_new or (source < self._told_by.get(name, "") and not self._is_endless):
            self._environment[name], self._told_by[name] = value, source

    def report(self) -> Report:
        """The report on everything read so far."""
        templates = mine(self._shapes, peel=self._peeler.record, sources=self._sources, limits=self._limits)
        answer = self._answer(templates)
        stats = Stats(
            sources=len(self._sources) + self._dumps.count,
            lines=self._lines,
            bytes=self._bytes,
            undecodable_bytes=self._undecodable,
            templates=len(templates),
            overflow_lines=_coarse_lines(templates),
            errors=sum(item.count for item in templates if item.level in (Level.ERROR, Level.CRITICAL)),
            warnings=sum(item.count for item in templates if item.level is Level.WARNING),
        )
        return Report(
            verdict=verdict(answer.diagnoses),
            diagnoses=tuple(with_nearest(self._plan.catalog.signatures, answer.diagnoses, unknown=UNKNOWN)),
            templates=templates,
            environment=tuple(sorted(self._environment.items())),
            stats=stats,
            notices=(
                *self._notices,
                *self._judge.notices,
                *self._dumps.notices,
                *self._quotations.notices,
                *self._stuck.notices,
                *self._lossy(),
                *(() if self._has_templates else (UNTOLD,)),
                *over_limits(_coarse_lines(templates), self._tally.dropped),
            ),
            configuration=check(self._environment),
            relations=answer.relations,
            lost=self._judge.lost,
            clocks=answer.clocks,
        )

    def _answer(self, templates: Sequence[Template]) -> Answer:
        """The diagnoses; where nothing is a cause, what stands still or repeats itself is looked for as well."""
        answer = self._diagnosed(self._all(), self._gauge.points())
        stuck = self._stuck.find(answer.diagnoses, self._dumps.reports, is_serving=bool(self._signs.progress))
        if stuck is not None:
            found = (*self._all(), stuck.finding)
            return self._diagnosed(found, self._gauge.points(), reports=stuck.reports)
        if verdict(answer.diagnoses) is not Verdict.HEALTHY:
            return answer
        wait = None if self._signs.progress else endless_wait(templates, self._signs.ends)
        talk = [found for found in (repeated_error(templates), wait) if found is not None]
        return self._diagnosed((*self._all(), *talk), self._gauge.points()) if talk else answer

    def _all(self) -> Iterator[Finding]:
        """Everything found, with what stands in a report of logsleuth whose end has not come."""
        yield from self._tally.findings()
        yield from self._quotations.held

    def _lossy(self) -> Iterator[Notice]:
        """What the input leaves out, where anything was found in it at all."""
        yield from losses(sorted(self._tally.findings(), key=lambda finding: finding.position), self._environment)

    def _diagnosed(
        self, findings: Iterable[Finding], points: Iterable[Point], *, reports: Iterable[RankReport] = ()
    ) -> Answer:
        points = tuple(points)
        # what a test session provoked and was content with is no failure
        grave = (one for one in findings if one.position[1] > self._signs.passed.get(one.event.source_index, 0))
        measured, walks = assess(points, self._environment)
        return diagnose(
            Material(
                findings=(
                    *without_idle_waits(grave, points),
                    *self._described(measured),
                    *self._unheard(),
                    *self._stalled(),
                ),
                signatures=self._plan.catalog.by_id,
                limits=self._limits,
                environment=tuple(sorted(self._environment.items())),
                progress=self._signs.progress,
                began=self._signs.began,
                placed=self._signs.placed,
                walks=walks,
                reports=(*self._dumps.reports, *reports),
                sights=tuple(self._sightings.sights()) if len(self._sources) > 1 else (),
            )
        )

    def _described(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Those that the catalog has a signature for."""
        return (finding for finding in findings if finding.signature_id in self._plan.catalog.by_id)

    def _stalled(self) -> Iterator[Finding]:
        """Start-ups that never came to an end, though time went on."""
        if self._signs.progress or not self._signs.steps:
            return
        points = self._recent.points() if self._is_endless and self._recent else self._gauge.points()
        found = stalled(self._signs.steps, self._signs.tails, points, peel=self._peeler.record)
        yield from (finding for finding in found if finding.signature_id in self._plan.catalog.by_id)

    def _unheard(self) -> tuple[Finding, ...]:
        """A UCM that was configured and never spoke, in a server that runs."""
        heard, known = self._signs.is_ucm_heard, self._signs.configured
        is_silent = is_ucm_silent(self._environment, is_ucm_heard=heard, is_serving=bool(self._signs.progress))
        return (silence(known),) if is_silent and known else ()


def _coarse_lines(templates: Iterable[Template]) -> int:
    return sum(item.count for item in templates if item.is_coarse)
