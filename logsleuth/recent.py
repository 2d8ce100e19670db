"""What a watcher of a log that goes on needs to know: findings that nobody dismissed, and the latest figures."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from logsleuth.events.gauge import Point
from logsleuth.events.series import Metric, read_samples
from logsleuth.limits import Limits
from logsleuth.model import Event, Facts, Finding, Text
from logsleuth.tally import Tally

POINTS: Final = 30  # of one series: five minutes of statistics that a server prints every ten seconds
Failure = tuple[str, str]  # (signature, fingerprint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a watcher takes along when it is started again."""

    sources: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    environment: Facts = ()
    progress: tuple[tuple[int, int], ...] = ()
    configured: Event | None = None
    is_ucm_heard: bool = False


def failure(finding: Finding) -> Failure:
    """Which failure `finding` is a sight of."""
    return finding.signature_id, dict(finding.facts).get("fingerprint", "")


class Recent:
    """Findings and figures, bounded; `changes` counts what could alter a diagnosis."""

    def __init__(self, *, limits: Limits) -> None:
        self.changes = 0
        self._tally = Tally(limits=limits)
        self._points: dict[tuple[int, Metric], deque[Point]] = {}

    def add(self, finding: Finding) -> None:
        """Take a finding."""
        self._tally.add(finding)
        self.changes += 1

    def recall(self, findings: Iterable[Finding]) -> None:
        """Take what an earlier watcher had."""
        for finding in findings:
            self.add(finding)

    def findings(self) -> Iterator[Finding]:
        """What was found and not dismissed."""
        return self._tally.findings()

    def dismiss(self, failures: Collection[Failure]) -> None:
        """Forget failures that are over: whatever is found of them later is new."""
        self._tally.drop(lambda finding: failure(finding) in failures)

    def take(self, text: Text, source_index: int) -> None:
        """Read the figures of the next text of a source, all of them: a watcher has the time."""
        for sample in read_samples(text.data):
            start = text.data.rfind(b"\n", 0, sample.offset) + 1
            end = text.data.find(b"\n", sample.offset)
            raw = text.data[start : end if end >= 0 else None].decode("utf-8", "replace")
            point = Point(
                metric=sample.metric,
                source=text.source,
                source_index=source_index,
                line=text.number(text.data.count(b"\n", 0, start)),
                raw=raw.rpartition("\x1e")[2],
                values=sample.values,
            )
            self._points.setdefault((source_index, sample.metric), deque(maxlen=POINTS)).append(point)
            self.changes += 1

    def points(self) -> tuple[Point, ...]:
        """The latest figures, by source and metric, in the order of their lines."""
        return tuple(point for _, points in sorted(self._points.items()) for point in points)
