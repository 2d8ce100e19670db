"""Counts and incidents -> the geometry of small charts, drawn as SVG by the templates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from logsleuth.server.store.incidents import Incident
from logsleuth.server.store.templates import Rate

WIDTH: Final = 960.0
BINS: Final = 96
LANES: Final = 5  # of incidents that overlap; more share the last one
LEAST_WIDTH: Final = 7.0  # of an incident, so that it can be pointed at
GRAVE: Final = {"ERROR": "error", "CRITICAL": "error", "WARNING": "warning"}
KINDS: Final = ("plain", "warning", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One rectangle, in the units of the chart; `kind` decides its colour."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    count: int = 0
    time_ns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """Bars on one scale, of which `most` is the top."""

    bars: tuple[Bar, ...]
    most: int
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """An incident on the line of time."""

    x: float
    width: float
    lane: int
    incident: Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The stretch of time that a chart shows."""

    since_ns: int
    until_ns: int

    def x(self, time_ns: int) -> float:
        """Where a moment stands."""
        share = (time_ns - self.since_ns) / max(self.until_ns - self.since_ns, 1)
        return round(min(max(share, 0.0), 1.0) * WIDTH, 2)

    def bin_of(self, time_ns: int, bins: int = BINS) -> int:
        """The bin that a moment falls into."""
        share = (time_ns - self.since_ns) / max(self.until_ns - self.since_ns, 1)
        return min(max(int(share * bins), 0), bins - 1)

    def start_of(self, index: int, bins: int = BINS) -> int:
        """When a bin begins."""
        return self.since_ns + (self.until_ns - self.since_ns) * index // bins

    def ticks(self, count: int = 5) -> tuple[int, ...]:
        """Moments at equal distances, the ends included."""
        return tuple(self.start_of(index, count - 1) for index in range(count))


def rate_lanes(rates: Iterable[Rate], span: Span, *, heights: tuple[float, float] = (56, 34)) -> tuple[Lane, Lane]:
    """All lines, and warnings and errors on a scale of their own: a few of them must be seen among many lines."""
    counts = {kind: [0] * BINS for kind in KINDS}
    for rate in rates:
        counts[GRAVE.get(rate.level, "plain")][span.bin_of(rate.minute * 60_000_000_000)] += rate.lines
    return (
        _stacked(counts, KINDS[:1], span, heights[0]),
        _stacked(counts, KINDS[1:], span, heights[1]),
    )


def spark(series: Iterable[tuple[int, int]], span: Span, *, bins: int = 40, height: float = 20) -> Lane:
    """The lines of one kind over time, from (time, lines)."""
    counts = [0] * bins
    for time_ns, lines in series:
        counts[span.bin_of(time_ns, bins)] += lines
    return _stacked({"plain": counts}, ("plain",), span, height)


def marks(incidents: Iterable[Incident], span: Span, now_ns: int) -> tuple[Mark, ...]:
    """Incidents as long as they were open, in lanes in which they do not overlap."""
    ends = [float("-inf")] * LANES
    found = []
    for item in sorted(incidents, key=lambda item: (item.opened_ns, item.id)):
        end_ns = now_ns if item.resolved_ns is None else item.resolved_ns
        if end_ns < span.since_ns or item.opened_ns > span.until_ns:
            continue
        x = min(span.x(item.opened_ns), WIDTH - LEAST_WIDTH)
        width = max(span.x(end_ns) - x, LEAST_WIDTH)
        lane = next((index for index, end in enumerate(ends) if end <= x), LANES - 1)
        ends[lane] = x + width + 1
        found.append(Mark(x=x, width=round(width, 2), lane=lane, incident=item))
    return tuple(found)


def _stacked(counts: dict[str, list[int]], kinds: Sequence[str], span: Span, height: float) -> Lane:
    bins = len(counts[kinds[0]])
    most = max((sum(counts[kind][index] for kind in kinds) for index in range(bins)), default=0)
    bars, step = [], WIDTH / bins
    for index in range(bins):
        top = height
        for kind in kinds:
            count = counts[kind][index]
            if not count:
                continue
            tall = max(count / most * height, 1.5)
            top = max(top - tall, 0.0)
            bars.append(
                Bar(
                    x=round(index * step, 2),
                    y=round(top, 2),
                    width=round(step - 1, 2),
                    height=round(tall, 2),
                    kind=kind,
                    count=count,
                    time_ns=span.start_of(index, bins),
                )
            )
    return Lane(bars=tuple(bars), most=most, height=height)
