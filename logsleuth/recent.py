"""What a watcher of a log that goes on needs to know: findings that nobody dismissed, and the latest figures."""

from __future__ import annotations

import itertools
from collections import OrderedDict, deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from logsleuth.events.gauge import Point, point
from logsleuth.events.sample import Metric
from logsleuth.events.series import read_samples
from logsleuth.limits import Limits
from logsleuth.model import Event, Facts, Finding, Text
from logsleuth.tally import Tally
from logsleuth.vector import newlines

POINTS: Final = 30  # of one series: five minutes of statistics that a server prints every ten seconds
SERIES: Final = 2000  # the oldest give way: sources come and go
UNKNOWN: Final = 100  # failures that no signature knows: each is held against each other one at every diagnosis
FIRST: Final = 20  # of these, the first ones stay: the cause is among them
SPARE: Final = 25  # beyond which they are thinned out
Failure = tuple[str, str]  # (signature, fingerprint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a watcher takes along when it is started again; numbers stand beside the indexes of their sources."""

    sources: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    environment: Facts = ()
    progress: tuple[tuple[int, int], ...] = ()
    configured: Event | None = None
    is_ucm_heard: bool = False
    began: tuple[tuple[int, int], ...] = ()
    passed: tuple[tuple[int, int], ...] = ()
    steps: tuple[Event, ...] = ()
    tails: tuple[tuple[int, bytes], ...] = ()
    points: tuple[Point, ...] = ()


def failure(finding: Finding) -> Failure:
    """Which failure `finding` is a sight of."""
    return finding.signature_id, dict(finding.facts).get("fingerprint", "")


def compacted(memory: Memory, sources: Collection[str]) -> Memory:
    """`memory` without the sources that are neither among `sources` nor those of anything that was found."""
    events = [*(item.event for item in memory.findings), *memory.steps]
    events += [memory.configured] if memory.configured else []
    named = {event.source for event in events} | set(sources)
    kept = [(old, name) for old, name in enumerate(memory.sources) if name in named]
    moved = {old: index for index, (old, _) in enumerate(kept)}

    def move(event: Event) -> Event:
        return replace(event, source_index=moved[event.source_index])

    return replace(
        memory,
        sources=tuple(name for _, name in kept),
        findings=tuple(replace(item, event=move(item.event)) for item in memory.findings),
        configured=move(memory.configured) if memory.configured else None,
        steps=tuple(map(move, memory.steps)),
        progress=tuple((moved[at], line) for at, line in memory.progress if at in moved),
        began=tuple((moved[at], line) for at, line in memory.began if at in moved),
        passed=tuple((moved[at], line) for at, line in memory.passed if at in moved),
        tails=tuple((moved[at], tail) for at, tail in memory.tails if at in moved),
        points=tuple(
            replace(one, source_index=moved[one.source_index]) for one in memory.points if one.source_index in moved
        ),
    )


class Recent:
    """Findings and figures, bounded; `changes` counts the ones, `figures` the others."""

    def __init__(self, *, limits: Limits) -> None:
        self.changes = self.figures = 0
        self._unknown: OrderedDict[Failure, None] = OrderedDict()  # those with a fingerprint, the latest seen last
        self._first: dict[Failure, None] = {}
        self._tally = Tally(limits=limits)
        self._points: dict[tuple[int, Metric], deque[Point]] = {}

    def add(self, finding: Finding) -> None:
        """Take a finding."""
        if self._tally.is_full:
            self._tally.shed()
        self._tally.add(finding)
        self.changes += 1
        key = failure(finding)
        if not key[1] or key in self._first:
            return
        if len(self._first) < FIRST:
            self._first[key] = None
            return
        self._unknown[key] = None
        self._unknown.move_to_end(key)
        if len(self._unknown) >= UNKNOWN - FIRST + SPARE:
            self.dismiss(tuple(itertools.islice(self._unknown, SPARE)))

    def recall(self, findings: Iterable[Finding], points: Iterable[Point] = ()) -> None:
        """Take what an earlier watcher had."""
        for finding in findings:
            self.add(finding)
        for one in points:
            self._keep(one)

    @property
    def weight(self) -> int:
        """How many findings a diagnosis has to weigh."""
        return len(self._tally)

    def findings(self) -> Iterator[Finding]:
        """What was found and not dismissed."""
        return self._tally.findings()

    def dismiss(self, failures: Collection[Failure]) -> None:
        """Forget failures that are over: whatever is found of them later is new."""
        over = frozenset(failures)
        for key in over:
            self._first.pop(key, None)
            self._unknown.pop(key, None)
        self._tally.drop(lambda finding: failure(finding) in over)

    def take(self, text: Text, source_index: int) -> None:
        """Read the figures of the next text of a source, all of them: a watcher has the time."""
        index = counted = 0
        for sample in read_samples(text.data):
            index += newlines(text.data, counted, sample.offset)
            counted = sample.offset
            self._keep(point(text, source_index, sample, at=sample.offset, index=index))
            self.figures += 1

    def _keep(self, one: Point) -> None:
        self._points.setdefault((one.source_index, one.metric), deque(maxlen=POINTS)).append(one)
        if len(self._points) > SERIES:
            del self._points[next(iter(self._points))]

    def points(self) -> tuple[Point, ...]:
        """The latest figures, by source and metric, in the order of their lines."""
        return tuple(point for _, points in sorted(self._points.items()) for point in points)
