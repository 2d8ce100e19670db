"""The series that the rules read: comes in what was read from lines, go out series by source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from logsleuth.model import Facts

SERVER: Final = ("vllm-v0", "vllm-v1")
LENT: Final = ("gpu", "request")  # what is often logged beside a server, into a file of its own
Series = Mapping[str, Sequence["Reading"]]


class Figures(Protocol):
    """What was read from one line of a log."""

    @property
    def metric(self) -> str:
        """The series that the line belongs to."""

    @property
    def source(self) -> str:
        """Where the line stands."""

    @property
    def source_index(self) -> int:
        """The source among those that were read."""

    @property
    def line(self) -> int:
        """Its number there."""

    @property
    def raw(self) -> str:
        """Its text."""

    @property
    def values(self) -> Sequence[tuple[str, float]]:
        """The figures by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The figures of one line of a series."""

    source: str
    source_index: int
    line: int
    raw: str
    values: Mapping[str, float]

    def get(self, name: str) -> float:
        """The figure called `name`, or 0."""
        return self.values.get(name, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The series of one source by metric, and the environment that the log tells of.

    `beside` are series of another source that can belong to this one only.
    """

    series: Series
    environment: Mapping[str, str]
    beside: Series = field(default_factory=dict)

    def of(self, metric: str) -> Sequence[Reading]:
        """The series called `metric`."""
        return self.series.get(metric, ())

    def near(self, metric: str) -> Sequence[Reading]:
        """The series called `metric`, of another source where this one has none."""
        return self.of(metric) or self.beside.get(metric, ())

    @property
    def statistics(self) -> Sequence[Reading]:
        """The server's statistics lines with their figures of load."""
        return [item for name in SERVER for item in self.of(name) if "running" in item.values]


Hit = tuple[str, Sequence[Reading], Facts]


def by_index(points: Iterable[Figures]) -> dict[int, dict[str, list[Reading]]]:
    """The readings of each source by metric, in their order."""
    series: dict[int, dict[str, list[Reading]]] = {}
    for point in points:
        reading = Reading(
            source=point.source,
            source_index=point.source_index,
            line=point.line,
            raw=point.raw,
            values=dict(point.values),
        )
        series.setdefault(point.source_index, {}).setdefault(point.metric, []).append(reading)
    return series


def by_source(series: Mapping[int, Series], environment: Mapping[str, str]) -> Iterator[Measured]:
    """The series of each source; those that one lone other source has stand beside the one server's."""
    servers = [index for index, found in series.items() if any(name in found for name in SERVER)]
    for index, found in series.items():
        others = [other for number, other in series.items() if number != index]
        beside = _lent(others) if servers == [index] else {}
        yield Measured(series=found, environment=environment, beside=beside)


def _lent(others: Iterable[Series]) -> Series:
    """The series of `LENT` that one of `others` has, and no second one."""
    found = {name: [other[name] for other in others if name in other] for name in LENT}
    return {name: series[0] for name, series in found.items() if len(series) == 1}


def is_loaded(item: Reading) -> bool:
    """Whether requests were running when this line was printed."""
    return item.get("running") >= 1


def figure(value: float) -> str:
    """A figure as reports show it: two decimals at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
