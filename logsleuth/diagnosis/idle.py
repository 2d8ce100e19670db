"""Waiting that means nothing: a process that has no work says so as if somebody kept it waiting."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from logsleuth.diagnosis.performance import Figures
from logsleuth.model import Finding

# of which vLLM prints one each minute while no request is there
STATISTICS: Final = "vllm-v1"
IDLE_WAITS: Final = frozenset({"vllm.engine-timeout.shm-broadcast"})


def without_idle_waits(findings: Iterable[Finding], points: Iterable[Figures]) -> Iterator[Finding]:
    """`findings` without those of waits before which the last statistics of their source show no request."""
    of_source: dict[int, list[Figures]] = {}
    for point in points:
        if point.metric == STATISTICS:
            of_source.setdefault(point.source_index, []).append(point)
    for finding in findings:
        readings = of_source.get(finding.event.source_index, [])
        if finding.signature_id not in IDLE_WAITS or not _is_idle(finding, readings):
            yield finding


def _is_idle(finding: Finding, readings: Sequence[Figures]) -> bool:
    """Whether no request was there, by the statistics before `finding`."""
    at = bisect_left(readings, finding.position[1], key=lambda reading: reading.line)
    before = readings[at - 1] if at else None
    figures = dict(before.values) if before is not None else {"running": 1.0}
    return not figures.get("running") and not figures.get("waiting")
