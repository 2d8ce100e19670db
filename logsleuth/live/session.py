"""One watch without its surroundings: blocks and the time in, events out; nothing is printed, sent or written here."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from logsleuth.events import Assembled
from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.live.events import News, Pulse, of_change, of_pulse, of_template
from logsleuth.live.incidents import Incidents, Step, Timing, step
from logsleuth.live.limit import Budget, Rate, spend
from logsleuth.model import Block, Diagnosis, Level, Notice, Origin, Report
from logsleuth.pipeline import Analysis, LineCounter
from logsleuth.plan import Plan
from logsleuth.recent import Failure, Memory, Recent, failure
from logsleuth.records import Peeler
from logsleuth.report.live import Panel
from logsleuth.report.live import Series as Curve
from logsleuth.templates.novelty import Novelty

SHARE: Final = 4  # a diagnosis that took a second is made again after so many
CALM_LOOK_S: Final = 1.0  # between two looks that only normal service and its figures ask for
TEMPLATES_LOOK_S: Final = 1.0
TEMPLATES_RATE: Final = Rate(most=10, period_s=60.0)
RATES: Final = 60  # seconds of throughput that are shown
NEWEST: Final = 5
CURVES: Final = (("generation_tps", "tokens/s"), ("kv_usage", "KV %"))
SERVICE_METRICS: Final = ("vllm-v1", "vllm-v0")
NEVER: Final = (-1, -1)  # seen
Place = tuple[int, int, Origin]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long what is waited for; `settle_s` is how long after its last line an event is taken as complete."""

    settle_s: float = 1.0
    learn_s: float = 60.0  # before kinds of lines count as new
    pulse_s: float = 60.0  # between two heartbeats; 0 for none
    incidents: Timing = field(default_factory=Timing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """What a session has still to look at, for one that goes on by the same clock."""

    is_changed: bool = False
    is_calm_changed: bool = False
    due: float | None = None
    earliest: float = 0.0
    next_calm: float = 0.0
    next_pending: float = 0.0


class Session:
    """What is known of the logs watched; ask `look` after each block, and when `wait_s` has passed.

    With a `counter`, lines are counted there: the session then never ends, and tells nothing of templates.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        clock: Callable[[], float],
        pace: Pace | None = None,
        language: str = "en",
        limits: Limits = DEFAULT_LIMITS,
        counter: LineCounter | None = None,
    ) -> None:
        self._recent = Recent(limits=limits)
        self._analysis = Analysis(plan, limits=limits, recent=self._recent, counter=counter)
        self._novelty = Novelty(peel=Peeler().record, limits=limits)
        self._clock = clock
        self._pace = pace or Pace()
        self._language = language
        self._started = self._learning_from = clock()
        self.incidents = Incidents()
        self.templates = 0
        self._changes_seen = 0
        self._calm_seen = (0, 0)
        self._has_news = False  # open events that have settled, or gone on
        self._due: float | None = None
        self._earliest = self._next_calm = 0.0
        self._ages: dict[Place, tuple[int, float]] = {}
        self._settled: tuple[Assembled, ...] = ()
        self._next_pending = 0.0
        self._next_templates = math.inf if counter else self._started
        self._next_pulse = self._started + self._pace.pulse_s
        self._pulse_from = (self._started, 0)
        self._budget = Budget()
        self._newest: deque[str] = deque(maxlen=NEWEST)
        self._rates: deque[float] = deque(maxlen=RATES)
        self._rate_from = (self._started, 0)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is open that following lines may belong to."""
        return not self._analysis.is_waiting

    @property
    def memory(self) -> Memory:
        """What the next run needs to know."""
        return self._analysis.memory()

    @property
    def agenda(self) -> Agenda:
        """What is still to be looked at; whole while the session is quiet."""
        return Agenda(
            is_changed=self._has_news or bool(self._settled) or self._recent.changes != self._changes_seen,
            is_calm_changed=self._calm_changes() != self._calm_seen,
            due=self._due,
            earliest=self._earliest,
            next_calm=self._next_calm,
            next_pending=self._next_pending,
        )

    @property
    def weight(self) -> int:
        """How many findings a diagnosis has to weigh: what it costs."""
        return self._recent.weight

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources read so far."""
        return self._analysis.sources

    def recall(
        self,
        memory: Memory,
        incidents: Incidents,
        *,
        resumed: Collection[str],
        templates: int = 0,
        agenda: Agenda | None = None,
    ) -> None:
        """Go on where another run stopped; without its agenda, everything is looked at anew."""
        self._analysis.recall(memory, resumed=resumed)
        self.incidents, self.templates = incidents, templates
        if agenda is None:
            return
        self._has_news = agenda.is_changed
        self._changes_seen = self._recent.changes
        self._calm_seen = NEVER if agenda.is_calm_changed else self._calm_changes()
        self._due, self._earliest, self._next_calm = agenda.due, agenda.earliest, agenda.next_calm
        self._next_pending = agenda.next_pending

    def prime(self, block: Block) -> None:
        """Take the end of what was read of a source before as what came before."""
        self._analysis.prime(block)

    def dismiss(self, incident: str) -> None:
        """Take an incident as over: whatever is found of its failure later is new."""
        over = frozenset(item.key for item in self.incidents.open if item.id == incident)
        self._recent.dismiss(over)
        kept = tuple(item for item in self.incidents.open if item.key not in over)
        self.incidents = replace(self.incidents, open=kept)

    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """What everything that was found comes to at this moment."""
        return self._analysis.diagnoses()

    def take(self, item: Block | Notice) -> None:
        """Read what came."""
        self._analysis.add((item,))

    def settle(self) -> None:
        """Take all that is open as complete."""
        self._analysis.settle_all()

    def catch_up(self) -> None:
        """What was there at the beginning has been read: from here on, new is new."""
        self._novelty.fresh(self._analysis.shapes)
        self._learning_from = self._clock()

    def look(self, time: str, *, alerts: dict[str, int] | None = None) -> Iterator[News]:
        """What has to be told now; `time` is the hour of the day for the events."""
        now = self._clock()
        self._has_news |= self._has_settled(now)
        if now >= self._next_look():
            yield from self._diagnose(now, time, self._pace.incidents)
        if now >= self._next_templates:
            self._measure(now)
            yield from self._fresh_templates(now, time)
        if self._pace.pulse_s and now >= self._next_pulse:
            yield self._pulse(now, time, alerts or {})

    def close(self, time: str) -> Iterator[News]:
        """What has to be told at the end, when nothing is left to wait for."""
        waits = replace(self._pace.incidents, cause_s=0.0, update_s=0.0)
        yield from self._diagnose(self._clock(), time, waits)

    def wait_s(self) -> float:
        """The seconds after which a look is worthwhile though nothing was read."""
        due = [self._next_templates, self._next_look()]
        due += [self._next_pending] if self._analysis.is_waiting else []
        due += [self._next_pulse] if self._pace.pulse_s else []
        return max(min(due) - self._clock(), 0.0)

    def report(self) -> Report:
        """The report on everything that was read."""
        return self._analysis.report()

    def panel(self) -> Panel:
        """What a screen shows."""
        now = self._clock()
        levels = self._novelty.levels(self._analysis.shapes)
        return Panel(
            uptime_s=now - self._started,
            sources=len(self._analysis.sources),
            lines=self._analysis.line_count,
            rates=tuple(self._rates),
            levels=_by_level(levels),
            incidents=tuple((item.told, item.told_at) for item in self.incidents.open),
            templates=tuple(self._newest),
            curves=tuple(self._curves()),
        )

    def _next_look(self) -> float:
        """When the diagnosis may have changed, or something is due; not too often for what it costs."""
        wanted = [self._due] if self._due is not None else []
        wanted += [0.0] if self._has_news or self._recent.changes != self._changes_seen else []
        wanted += [self._next_calm] if self._calm_changes() != self._calm_seen else []
        return max(min(wanted, default=math.inf), self._earliest)

    def _calm_changes(self) -> tuple[int, int]:
        """What could resolve an incident, or show that the service is slow: no reason to hurry."""
        progress = sum(self._analysis.progress.values()) if self.incidents.open else 0
        return self._recent.figures, progress

    def _has_settled(self, now: float) -> bool:
        """Whether other open events than before have rested long enough to be taken as complete."""
        if not self._analysis.is_waiting:
            had, self._settled = bool(self._settled), ()
            self._ages.clear()
            return had
        if now < self._next_pending:
            return False
        self._next_pending = now + self._pace.settle_s / 4
        pending = {_place(item): item for item in self._analysis.pending() if item.hits}
        ages = {place: (len(item.event.lines), now) for place, item in pending.items()}
        for place, (length, since) in self._ages.items():
            if ages.get(place, (0, 0.0))[0] == length:
                ages[place] = (length, since)
        self._ages = ages
        settled = tuple(item for place, item in pending.items() if now - ages[place][1] >= self._pace.settle_s)
        before, self._settled = self._settled, settled
        return _sizes(before) != _sizes(settled)

    def _diagnose(self, now: float, time: str, timing: Timing) -> Iterator[News]:
        self._has_news = False
        self._changes_seen, self._calm_seen = self._recent.changes, self._calm_changes()
        found: Step = step(
            self.incidents,
            self._analysis.diagnoses(self._settled),
            now,
            served=self._served() if self.incidents.open else frozenset(),
            timing=timing,
        )
        self.incidents, self._due = found.incidents, found.due
        if found.over:
            self._recent.dismiss(found.over)
            self._due = now
        cost_s = self._clock() - now
        self._earliest, self._next_calm = now + SHARE * cost_s, now + max(CALM_LOOK_S, SHARE * cost_s)
        for change in found.changes:
            yield of_change(change, time=time, language=self._language)

    def _served(self) -> frozenset[Failure]:
        """The failures after whose last line their sources show normal service."""
        last: dict[tuple[Failure, int], int] = {}
        for item in self._recent.findings():
            place = failure(item), item.event.source_index
            last[place] = max(last.get(place, 0), item.last_line, item.event.lines[-1].number)
        progress = self._analysis.progress
        unserved = {key for (key, source), line in last.items() if progress.get(source, 0) <= line}
        return frozenset(key for key, _ in last) - unserved

    def _fresh_templates(self, now: float, time: str) -> Iterator[News]:
        self._next_templates = now + TEMPLATES_LOOK_S
        fresh = self._novelty.fresh(self._analysis.shapes)
        if now - self._learning_from < self._pace.learn_s:
            return
        for item in fresh:
            self._newest.append(item.template)
            self._budget, held_back = spend(self._budget, TEMPLATES_RATE, now)
            if held_back is not None:
                self.templates += 1
                source = self._analysis.sources[item.place[0]]
                yield of_template(item, number=self.templates, source=source, held_back=held_back, time=time)

    def _measure(self, now: float) -> None:
        since, lines = self._rate_from
        if now > since:
            self._rates.append((self._analysis.line_count - lines) / (now - since))
            self._rate_from = (now, self._analysis.line_count)

    def _pulse(self, now: float, time: str, alerts: dict[str, int]) -> News:
        since, lines = self._pulse_from
        self._pulse_from = (now, self._analysis.line_count)
        self._next_pulse = now + self._pace.pulse_s
        pulse = Pulse(
            uptime_s=now - self._started,
            sources=len(self._analysis.sources),
            lines=self._analysis.line_count,
            bytes=self._analysis.byte_count,
            lines_per_s=(self._analysis.line_count - lines) / max(now - since, 1e-9),
            open=tuple(item.id for item in self.incidents.open),
            levels=self._novelty.levels(self._analysis.shapes),
            alerts=alerts,
        )
        return of_pulse(pulse, time=time)

    def _curves(self) -> Iterator[Curve]:
        """The figures that a server prints, by source."""
        found: dict[tuple[str, str], list[float]] = {}
        for point in self._recent.points():
            for name, unit in CURVES if point.metric.value in SERVICE_METRICS else ():
                value = point.value(name)
                if value is not None:
                    found.setdefault((point.source, unit), []).append(value)
        for (source, unit), values in found.items():
            yield Curve(source=source, unit=unit, values=tuple(values))


def _place(item: Assembled) -> Place:
    index, line = item.event.position
    return index, line, item.event.origin


def _sizes(items: tuple[Assembled, ...]) -> list[tuple[Place, int]]:
    return [(_place(item), len(item.event.lines)) for item in items]


def _by_level(levels: Counter[Level | None]) -> tuple[tuple[str, int], ...]:
    ordered = (*reversed(Level), None)
    return tuple((level.value if level else "other", levels[level]) for level in ordered if levels[level])
