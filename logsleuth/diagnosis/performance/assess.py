"""All that the figures of the input say. In: what was read from lines. Out: findings, and ways to the bottleneck."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from logsleuth.diagnosis.performance.measured import Figures, by_index, by_source
from logsleuth.diagnosis.performance.rules import performance
from logsleuth.diagnosis.performance.walk import Walk, walk
from logsleuth.model import Finding


def assess(points: Iterable[Figures], environment: Mapping[str, str]) -> tuple[Sequence[Finding], Mapping[int, Walk]]:
    """The findings of all sources, and the way to the bottleneck by the source that a finding stands in."""
    findings: list[Finding] = []
    walks: dict[int, Walk] = {}
    for measured in by_source(by_index(points), environment):
        found = performance(measured)
        findings += found
        way = walk(measured) if found else None
        walks |= {one.event.source_index: way for one in found if way is not None}
    return findings, walks
