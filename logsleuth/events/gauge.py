"""Collects the periodic figures of each source, bounded and the same wherever blocks are cut.

The beginning of a source is read in full; of a longer one, the beginning of every window. A server prints statistics
every ten seconds all day long: a share of them tells as much as all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from logsleuth.events.sample import Metric, Sample, Values
from logsleuth.events.series import read_samples
from logsleuth.limits import Limits
from logsleuth.model import Shift, Text
from logsleuth.vector import newlines

IN_FULL_BYTES: Final = 1024 * 1024
WINDOW_BYTES: Final = 512 * 1024
SLICE_BYTES: Final = 8 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """The figures of one line, and the line."""

    metric: Metric
    source: str
    source_index: int
    line: int
    raw: str
    values: Values

    def value(self, name: str) -> float | None:
        """The figure called `name`."""
        return next((value for key, value in self.values if key == name), None)


def point(text: Text, source_index: int, sample: Sample, *, at: int, index: int) -> Point:
    """The point of `sample`, which stands at byte `at` in line `index` of `text`."""
    start = text.data.rfind(b"\n", 0, at) + 1
    end = text.data.find(b"\n", at)
    raw = text.data[start : end if end >= 0 else None].decode("utf-8", "replace")
    return Point(
        metric=sample.metric,
        source=text.source,
        source_index=source_index,
        line=text.number(index),
        raw=raw.rpartition("\x1e")[2],
        values=sample.values,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Points of one metric of one source, one of every `stride` that there were."""

    points: tuple[Point, ...]
    stride: int = 1


class Gauge:
    """The figures of all sources; of too many, every second one is let go, again and again."""

    def __init__(self, *, limits: Limits) -> None:
        self._limits = limits
        self._points: dict[tuple[int, Metric], list[Point]] = {}
        self._strides: dict[tuple[int, Metric], int] = {}
        self._seen: dict[tuple[int, Metric], int] = {}
        self._offsets: dict[int, int] = {}
        self._kept = 0

    def begin(self, source_index: int, offset: int) -> None:
        """What comes next of a source stands at this byte of it."""
        self._offsets[source_index] = offset

    def export(self) -> tuple[Series, ...]:
        """All series, for another gauge to absorb."""
        return tuple(
            Series(points=tuple(points), stride=self._strides[key]) for key, points in sorted(self._points.items())
        )

    def absorb(self, series: Series, shift: Shift) -> None:
        """Keep as many points of what another gauge has read next as of what was read here."""
        for one in series.points:
            key = (shift.source_index, one.metric)
            if self._is_turn(key, series.stride):
                self._add(key, _moved(one, shift))

    def take(self, text: Text, source_index: int) -> None:
        """Read the figures of the next text of a source."""
        offset = self._offsets.get(source_index, 0)
        self._offsets[source_index] = offset + len(text.data)
        index = counted = 0
        for start, end in _slices(offset, text.data):
            for sample in read_samples(text.data[start:end]):
                at = start + sample.offset
                index += newlines(text.data, counted, at)
                counted = at
                self._keep(point(text, source_index, sample, at=at, index=index))

    def _keep(self, point: Point) -> None:
        key = (point.source_index, point.metric)
        if self._is_turn(key, 1):
            self._add(key, point)

    def _is_turn(self, key: tuple[int, Metric], stands_for: int) -> bool:
        """Whether the next point, one of `stands_for`, is one of those that are kept."""
        seen = self._seen.get(key, 0)
        self._seen[key] = seen + stands_for
        return -seen % self._strides.setdefault(key, 1) < stands_for

    def _add(self, key: tuple[int, Metric], point: Point) -> None:
        points = self._points.setdefault(key, [])
        points.append(point)
        self._kept += 1
        if len(points) >= self._limits.series_points:
            self._thin(key)
        if self._kept >= self._limits.all_points:
            for every in self._points:
                self._thin(every)

    def _thin(self, key: tuple[int, Metric]) -> None:
        """Let every second point of a series go, and take only every second one from now on."""
        points = self._points[key]
        self._kept -= len(points) // 2
        del points[1::2]
        self._strides[key] *= 2

    def points(self) -> tuple[Point, ...]:
        """All points kept, by source and metric, in the order of their lines."""
        return tuple(point for _, points in sorted(self._points.items()) for point in points)


def _moved(one: Point, shift: Shift) -> Point:
    """The point where it stands in all that was read."""
    return Point(  # `replace` takes several times as long
        metric=one.metric,
        source=one.source,
        source_index=shift.source_index,
        line=one.line + shift.lines,
        raw=one.raw,
        values=one.values,
    )


def _slices(offset: int, data: bytes) -> Iterator[tuple[int, int]]:
    """The parts of `data`, whole lines, that are read; `offset` is where it stands in its source."""
    end = offset + len(data)
    if offset < IN_FULL_BYTES:
        yield from _lines(data, 0, IN_FULL_BYTES - offset)
    window = max(offset, IN_FULL_BYTES) // WINDOW_BYTES * WINDOW_BYTES
    while window < end:
        if window + SLICE_BYTES > max(offset, IN_FULL_BYTES):
            yield from _lines(data, max(window, IN_FULL_BYTES) - offset, window + SLICE_BYTES - offset)
        window += WINDOW_BYTES


def _lines(data: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The lines that begin in [start, end)."""
    first = data.find(b"\n", start - 1) + 1 if start > 0 else 0
    if start > 0 and not first:
        return
    last = data.find(b"\n", end - 1) + 1 if 0 < end <= len(data) else len(data)
    if end > 0 and first < (last or len(data)):
        yield first, last or len(data)
