"""Everything learnt of any number of sources: a value that grows, by reading and by absorbing what others have read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from logsleuth.dumps import Dumps
from logsleuth.events.gauge import Gauge
from logsleuth.judge import Judge
from logsleuth.limits import Limits
from logsleuth.model import Finding, Notice, Shift
from logsleuth.part import Counts, Learnt, Part
from logsleuth.plan import Plan
from logsleuth.quotations import Quotations
from logsleuth.records import Peeler
from logsleuth.sightings import Sightings
from logsleuth.signs import Signs
from logsleuth.sources.blocks import Cuts, cut_notice, nul_notice
from logsleuth.stuck import Stuck
from logsleuth.tally import Tally
from logsleuth.templates import ShapeTable

FACTS: Final = 5_000  # of the environment; a server prints some hundred


class Gathered:
    """What the report is made of; `absorb` adds the parts of sources, one source after the other."""

    def __init__(self, plan: Plan, *, limits: Limits, is_endless: bool = False) -> None:
        self.plan = plan
        self.limits = limits
        self.peeler = Peeler()
        self.shapes = ShapeTable(limits=limits)
        self.tally = Tally(limits=limits)
        self.judge = Judge(plan.catalog, plan.meanings, limits=limits)
        self.gauge = Gauge(limits=limits)
        self.dumps = Dumps(limits=limits)
        self.stuck = Stuck(limits=limits, peel=self.peeler.record)
        self.environment: dict[str, str] = {}
        self.notices: list[Notice] = []
        self.sources: list[str] = []
        self.signs = Signs()
        self.sightings = Sightings()
        self.quotations = Quotations()
        self.lines = self.bytes = self.undecodable = 0
        self._is_endless = is_endless
        self._told_by: dict[str, tuple[str, int]] = {}  # the source and the line of each fact
        self._reading: str | None = None  # the source whose next part may come
        self._is_dump = False  # whether this one is no log
        self._lines_before = 0
        self._nul_bytes = 0
        self._cuts = Cuts()

    def findings(self) -> Iterator[Finding]:
        """Everything found, with what stands in a report of logsleuth whose end has not come."""
        yield from self.tally.findings()
        yield from self.quotations.held

    def believe(self, name: str, value: str, place: tuple[str, int]) -> None:
        """Take a fact that a line of a source tells; of those that disagree the same one counts in any order.

        Where there is no end to reading, the first one counts: an answer that was given should stand.
        """
        is_new = name not in self.environment and len(self.environment) < FACTS
        if is_new or (place < self._told_by.get(name, ("", 0)) and not self._is_endless):
            self.environment[name], self._told_by[name] = value, place

    def export(self, source: str, *, text_bytes: int, last_line: str) -> Learnt:
        """What was learnt of the only source that was read."""
        return Learnt(
            tallied=self.tally.export(),
            dropped=self.tally.dropped,
            shapes=self.shapes.export(),
            series=self.gauge.export(),
            signs=self.signs.export(source, 0, text_bytes=text_bytes),
            members=self.stuck.export(),
            last_line=last_line,
            seen=self.sightings.export(source),
            environment=tuple(self.environment.items()),
            lost=self.judge.lost,
            undecided=tuple(self.judge.notices),
            skipped=self.quotations.export(source),
        )

    def close(self) -> None:
        """Nothing more will come of the source that was read last."""
        if self._reading is not None:
            self._end(self._reading)

    def absorb(self, part: Part) -> None:
        """Add what was read next: the parts of one source come one after the other."""
        if part.source is not None:
            self._absorb_source(part.source, part)
        self.dumps.absorb(part.is_dump, part.reports, part.refusals)
        # each piece of a file that is gone says so
        self.notices += [notice for notice in part.notices if notice not in self.notices[-1:]]

    def _absorb_source(self, source: str, part: Part) -> None:
        if part.is_first or (source, part.is_dump) != (self._reading, self._is_dump):
            self._begin(source, is_dump=part.is_dump)
        shift = Shift(len(self.sources) - 1, self._lines_before - part.lead_lines)
        self._count(part.counts, shift)
        if not part.is_dump:
            self._learn(part.learnt, source, shift)
        self._lines_before += part.counts.line_ends
        if part.is_last:
            self._end(source)

    def _begin(self, source: str, *, is_dump: bool) -> None:
        self.close()
        self._reading, self._is_dump = source, is_dump
        self._lines_before = self._nul_bytes = 0
        self._cuts = Cuts()
        if not is_dump:
            self.sources.append(source)

    def _count(self, counts: Counts, shift: Shift) -> None:
        self.lines += counts.lines
        self.bytes += counts.bytes
        self.undecodable += counts.undecodable
        self._nul_bytes += counts.nul_bytes
        if counts.cuts.lines:
            self._cuts = Cuts(
                lines=self._cuts.lines + counts.cuts.lines,
                bytes=self._cuts.bytes + counts.cuts.bytes,
                first_line=self._cuts.first_line or counts.cuts.first_line + shift.lines,
            )

    def _learn(self, learnt: Learnt, source: str, shift: Shift) -> None:
        for tallied in learnt.tallied:
            self.tally.absorb(tallied.moved(shift))
        self.tally.dropped += learnt.dropped
        self.shapes.absorb(learnt.shapes, shift)
        for series in learnt.series:
            self.gauge.absorb(series, shift)
        self.signs.absorb(learnt.signs, source, shift)
        self.stuck.absorb(learnt.members, learnt.last_line, shift)
        self.sightings.absorb(source, learnt.seen)
        for name, value in learnt.environment:
            self.believe(name, value, (source, self._lines_before))
        self.judge.absorb(map(shift.lost, learnt.lost), map(shift.notice, learnt.undecided))
        self.quotations.absorb(source, learnt.skipped, shift)

    def _end(self, source: str) -> None:
        """Say what has to be said about the whole source."""
        self._reading = None
        self.signs.leave(len(self.sources) - 1)
        if self._cuts.lines:
            self.notices.append(cut_notice(source, self._cuts, limits=self.limits))
        if self._nul_bytes:
            self.notices.append(nul_notice(source, self._nul_bytes))
