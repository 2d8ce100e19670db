"""Watches a table of shapes that grows: which templates are new, and how many lines of each level there were."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from logsleuth.limits import Limits
from logsleuth.model import Level, Record
from logsleuth.templates.miner import Miner, masked
from logsleuth.templates.shapes import ShapeTable

Peel = Callable[[str, int], Record]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fresh:
    """A template at its first line: (index of the source, line)."""

    template: str
    level: Level | None
    place: tuple[int, int]


class Novelty:
    """Looks at each shape once, when it is new; the clusters are those of this order, not of the final report."""

    def __init__(self, *, peel: Peel, limits: Limits) -> None:
        self._peel = peel
        self._limits = limits
        self._miner = Miner(limits)
        self._known: set[object] = set()
        self._levels: list[Level | None] = []  # of each shape, in the order of the table

    def fresh(self, table: ShapeTable) -> tuple[Fresh, ...]:
        """The templates that appeared since the last call."""
        found: list[Fresh] = []
        for shape in itertools.islice(table.shapes.values(), len(self._levels), None):
            record = self._peel(shape.exemplar.decode("utf-8", "replace"), shape.first[1])
            self._levels.append(record.level)
            key, text = self._miner.cluster(record, masked((record,), self._limits)[0])
            if key not in self._known:
                self._known.add(key)
                found.append(Fresh(template=text(), level=record.level, place=shape.first))
        return tuple(found)

    def levels(self, table: ShapeTable) -> Counter[Level | None]:
        """The lines of the shapes looked at, by level."""
        counts: Counter[Level | None] = Counter()
        for shape, level in zip(table.shapes.values(), self._levels, strict=False):
            counts[level] += shape.count
        return counts
