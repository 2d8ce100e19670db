"""How far the clocks of sources differ, from events that several of them saw. In: sights. Out: offsets.

Two sources are compared by the median of the differences between their times of the same events. A difference counts
where two events at least, and more than half of all, agree on it. Clocks in other time zones differ by whole half
hours: events that pass from one source to the other within a minute are enough to tell that. Smaller differences need
events that both saw in the same moment. Where nothing was shared, nothing is guessed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from logsleuth.diagnosis.median import median
from logsleuth.diagnosis.timeline import SKEW_S, seconds
from logsleuth.model import ClockOffset, Sight

HALF_HOUR_S: Final = 1800.0
WIDEST_ZONE_S: Final = 26 * 3600.0  # from UTC-12 to UTC+14
PASSING_S: Final = 60.0  # until an event that passes has reached the other source
AGREEING: Final = 2  # shared events that must agree
KEYS: Final = 256  # of one source
SIDES: Final = (("", ""), ("kernel", "process"), ("process", "kernel"))
SOURCES: Final = 1000  # that share anything
PAIRS: Final = 2000  # of sources that are compared


@dataclass(slots=True, kw_only=True)
class _Seen:
    """A key in one source: the first and the last time, in seconds."""

    sight: Sight
    first: float
    last: float

    @property
    def is_ambiguous(self) -> bool:
        """Whether it may have happened more than once."""
        may_recur = self.sight.is_meeting or not self.sight.is_unique
        return may_recur and self.last - self.first > PASSING_S


@dataclass(frozen=True, slots=True, kw_only=True)
class _Difference:
    """How far one clock runs ahead of another one."""

    ahead_s: float
    spread_s: float = 0.0
    shared: int = 0
    is_zone: bool = False


_Keys = dict[tuple[str, str], _Seen]  # by key and side
_Shared = Sequence[tuple[float, Sight]]  # differences, and what they were measured by
SAME: Final = _Difference(ahead_s=0.0)
MEETS: Final = {side: (other,) for side, other in SIDES}


def clock_offsets(sights: Iterable[Sight]) -> tuple[ClockOffset, ...]:
    """The clocks that differ by more than clocks usually do, each from one that most others agree with."""
    table = _table(sights)
    left = _sharing(table)
    found: list[ClockOffset] = []
    budget = iter(range(PAIRS))
    while left:
        reached = _reached(left[0], left, table, budget)
        reference = _reference(reached)
        if reference != left[0]:
            reached = _reached(reference, left, table, iter(range(PAIRS)))
        found += (_offset(source, reference, one) for source, one in reached.items() if abs(one.ahead_s) > SKEW_S)
        left = [source for source in left if source not in reached and source != left[0]]
    return tuple(sorted(found, key=lambda one: one.source))


def _table(sights: Iterable[Sight]) -> Mapping[str, _Keys]:
    """What each source saw, a few keys each."""
    table: dict[str, _Keys] = {}
    for sight in sorted(sights):
        at, keys = seconds(sight.ts), table.setdefault(sight.source, {})
        if at is None:
            continue
        known = keys.get((sight.key, sight.side))
        if known is not None:
            known.first, known.last = min(known.first, at), max(known.last, at)
        elif len(keys) < KEYS:
            keys[sight.key, sight.side] = _Seen(sight=sight, first=at, last=at)
    return {
        source: {key: seen for key, seen in keys.items() if not seen.is_ambiguous} for source, keys in table.items()
    }


def _sharing(table: Mapping[str, _Keys]) -> list[str]:
    """The sources that share anything, by their names."""
    counted = Counter(key for keys in table.values() for key, _ in keys)
    return [source for source in sorted(table) if any(counted[key] > 1 for key, _ in table[source])][:SOURCES]


def _reached(
    start: str, sources: Sequence[str], table: Mapping[str, _Keys], budget: Iterator[int]
) -> dict[str, _Difference]:
    """The sources whose clocks can be compared with that of `start`, over others if need be."""
    reached = {start: SAME}
    waiting = [start]
    while waiting:
        by = waiting.pop(0)
        for source in sources:
            if source in reached or next(budget, None) is None:
                continue
            step = _difference(table[by], table[source])
            if step is not None:
                reached[source] = _added(reached[by], step)
                waiting.append(source)
    return reached


def _added(one: _Difference, other: _Difference) -> _Difference:
    """The difference over a source in between."""
    if one == SAME:
        return other
    return _Difference(
        ahead_s=one.ahead_s + other.ahead_s,
        spread_s=one.spread_s + other.spread_s,
        shared=min(one.shared, other.shared),
        is_zone=(one.is_zone or one.ahead_s == 0) and (other.is_zone or other.ahead_s == 0),
    )


def _reference(reached: Mapping[str, _Difference]) -> str:
    """The source whose clock most of the others agree with."""
    counted = Counter(one.ahead_s for one in reached.values())
    usual = min(counted, key=lambda ahead_s: (-counted[ahead_s], ahead_s))
    return min(source for source, one in reached.items() if one.ahead_s == usual)


def _difference(one: _Keys, other: _Keys) -> _Difference | None:
    """How far the clock of `other` runs ahead, None where the two share too little."""
    shared = [
        (seen.first - one[key, side].first, seen.sight)
        for (key, own), seen in sorted(other.items(), key=lambda item: item[0])
        for side in MEETS[own]
        if (key, side) in one
    ]
    return _drift([item for item in shared if item[1].is_meeting]) or _zone(shared)


def _drift(shared: _Shared) -> _Difference | None:
    """Any difference, by events that were seen in the same moment; near whole half hours it is a zone."""
    if len(shared) < AGREEING:
        return None
    ahead_s = round(median(by for by, _ in shared), 3)
    zone_s = _half_hours(ahead_s)
    is_near = abs(ahead_s - zone_s) <= SKEW_S
    return _agreed(shared, zone_s if is_near else ahead_s, is_zone=is_near and zone_s != 0, within_s=SKEW_S)


def _zone(shared: _Shared) -> _Difference | None:
    """A difference of half hours, none included, by whatever passed from one to the other."""
    if len(shared) < AGREEING:
        return None
    zone_s = _half_hours(median(by for by, _ in shared))
    if abs(zone_s) > WIDEST_ZONE_S:
        return None
    return _agreed(shared, zone_s, is_zone=zone_s != 0, within_s=PASSING_S)


def _half_hours(seconds_: float) -> float:
    return round(seconds_ / HALF_HOUR_S) * HALF_HOUR_S


def _agreed(shared: _Shared, ahead_s: float, *, is_zone: bool, within_s: float) -> _Difference | None:
    """The difference, where enough of what was shared agrees with it, be it one event that never happens twice."""
    agreeing = [(abs(by - ahead_s), sight) for by, sight in shared if abs(by - ahead_s) <= within_s]
    is_sure = len(agreeing) >= AGREEING and 2 * len(agreeing) > len(shared)
    if not is_sure or not any(sight.is_unique for _, sight in agreeing):
        return None
    spread_s = max(by for by, _ in agreeing)
    return _Difference(ahead_s=ahead_s, spread_s=spread_s, shared=len(agreeing), is_zone=is_zone)


def _offset(source: str, reference: str, one: _Difference) -> ClockOffset:
    return ClockOffset(
        source=source,
        reference=reference,
        ahead_s=one.ahead_s,
        spread_s=round(one.spread_s, 3),
        shared=one.shared,
        is_zone=one.is_zone,
    )
