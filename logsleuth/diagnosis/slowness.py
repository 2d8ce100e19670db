"""What the walk to the bottleneck adds to a diagnosis of slowness: the steps, and advice before and after its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from logsleuth.diagnosis.edges import fits
from logsleuth.diagnosis.groups import Group
from logsleuth.diagnosis.performance import Walk
from logsleuth.model import Remedy, Words

SLOW: Final = "perf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What is said of the way, what to do `first`, what to measure `then`, and the figures that the texts name."""

    said: tuple[Words, ...] = ()
    first: tuple[Remedy, ...] = ()
    then: tuple[Remedy, ...] = ()
    known: Mapping[str, str] = field(default_factory=dict)


def slowness(group: Group, walks: Mapping[int, Walk]) -> Way:
    """The way for `group`; an empty one where it is not about slowness, or its source has no figures.

    A bottleneck that the figures name comes first, unless the diagnosis is that bottleneck and has remedies of its own.
    Where they name none, measuring comes after what is known to help.
    """
    walk = walks.get(group.first.event.source_index)
    if walk is None or not fits(group.id, SLOW):
        return Way()
    is_own = bool(walk.names) and fits(group.id, walk.names)
    return Way(said=walk.said, first=() if is_own else walk.remedies, then=walk.measures, known=dict(walk.figures))
