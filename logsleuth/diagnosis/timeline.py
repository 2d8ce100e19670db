"""When things happened: printed times made comparable, as far as they are.

Order within one source is trusted, and its times are made to agree with it. Between sources only times tell: a clock
that prints no zone is taken to be that of the others, unless events that both sources saw tell by how much it differs;
where times do not tell, nothing is assumed.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.model import Finding

# 2025-06-10T21:32:17.123+08:00, 06-10T21:32:17: what records give as `ts`
STAMP: Final = lazy(
    r"(?:(?P<year>\d{4})-)?(?P<month>\d\d)-(?P<day>\d\d)T(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
    r"(?P<fraction>\.\d{1,9})?(?P<zone>Z|[+-]\d\d:?\d\d)?$"
)
ANY_YEAR: Final = 2000  # a leap year, so that every printed day exists
EPOCH: Final = datetime(ANY_YEAR, 1, 1, tzinfo=UTC)
QUIET_S: Final = 3600.0  # longer than any default time-out that links a failure to its consequence
NEVER: Final = float("inf")
SKEW_S: Final = 5.0  # clocks of two hosts that agree better than this cannot say which came first


def seconds(stamp: str | None) -> float | None:
    """Seconds since the beginning of the year of `stamp`, at the printed zone's offset; None for what is no time.

    The year is left out, since many producers leave it out and one incident rarely spans two.
    """
    match = STAMP.match(stamp) if stamp else None
    if match is None:
        return None
    try:
        moment = datetime(
            ANY_YEAR,
            int(match["month"]),
            int(match["day"]),
            int(match["hour"]),
            int(match["minute"]),
            int(match["second"]),
            tzinfo=UTC,
        )
    except ValueError:
        return None
    return (moment - EPOCH).total_seconds() + float(match["fraction"] or 0) - _offset(match["zone"]).total_seconds()


def _offset(zone: str | None) -> timedelta:
    if not zone or zone == "Z":
        return timedelta()
    sign = -1 if zone[0] == "-" else 1
    return sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))


Order = tuple[float, bool, float, str, int, int]


def moment(finding: Finding) -> float | None:
    """When `finding` happened, by its own time or that of a line just before, corrected where it was `placed`."""
    printed = seconds(finding.event.ts or finding.event.near_ts)
    return printed if printed is None or finding.at is None else finding.at


def placed(findings: Iterable[Finding], ahead: Mapping[str, float]) -> tuple[Finding, ...]:
    """`findings` with comparable times; `ahead` tells by how many seconds the clock of a source runs ahead.

    Within a source times never run against its lines, and what has no time gets that of what stands before it.
    """
    by_source: dict[int, list[Finding]] = {}
    kept = tuple(findings)
    for finding in kept:
        by_source.setdefault(finding.event.source_index, []).append(finding)
    times: dict[int, float] = {}
    for members in by_source.values():
        members.sort(key=lambda finding: finding.position)
        shift = ahead.get(members[0].event.source, 0.0)
        for finding, time in zip(members, _filled(members), strict=True):
            if time is not None:
                times[id(finding)] = time - shift
    return tuple(replace(one, at=times[id(one)]) if id(one) in times else one for one in kept)


def _filled(findings: Sequence[Finding]) -> Iterator[float | None]:
    """The corrected time of each finding of a source; None where it prints no time at all."""
    printed = [seconds(finding.event.ts or finding.event.near_ts) for finding in findings]
    known = iter(_corrected([time for time in printed if time is not None]))
    own = [None if time is None else next(known) for time in printed]
    last = next((time for time in own if time is not None), None)
    for time in own:
        last = last if time is None else time
        yield last


def _corrected(times: Sequence[float]) -> Iterator[float]:
    """`times` in the order of their lines, set right where the clock stepped back a little.

    A long step back is where another log begins: they were joined into one file.
    """
    start = 0
    for index in range(1, len(times) + 1):
        if index == len(times) or times[index - 1] - times[index] > QUIET_S:
            yield from _rising(times[start:index])
            start = index


def _rising(times: Sequence[float]) -> list[float]:
    """The times nearest to `times`, by the sum of the differences, that never fall: a single wild one gives way."""
    tops: list[float] = []
    heap: list[float] = []
    for time in times:
        heapq.heappush(heap, -time)
        if -heap[0] > time:
            heapq.heapreplace(heap, -time)
        tops.append(-heap[0])
    for index in range(len(tops) - 1, 0, -1):
        tops[index - 1] = min(tops[index - 1], tops[index])
    return tops


def is_before(one: Finding, other: Finding) -> bool | None:
    """Whether `one` came before `other`; None where neither order nor time tells."""
    if one.event.source_index == other.event.source_index:
        return one.position < other.position
    first, second = moment(one), moment(other)
    if first is None or second is None or abs(first - second) <= SKEW_S:
        return None
    return first < second


def order(finding: Finding) -> Order:
    """A key that sorts findings by time, then by source and line, whatever the order of the sources.

    Many clocks print whole seconds: within one, what is only passed on comes after what was seen at first hand.
    """
    event = finding.event
    when = finding.at if finding.at is not None else moment(finding)
    at = (event.source, event.lines[finding.first].number, finding.first)
    return (NEVER, finding.is_relayed, NEVER, *at) if when is None else (when // 1, finding.is_relayed, when, *at)


def episodes(findings: Iterable[Finding]) -> dict[int, int]:
    """The episode of each finding, by its `id()`: an hour without a failure ends one.

    A finding whose time is unknown belongs to the episode of what its source said before.
    """
    found = sorted(findings, key=order)
    numbers: dict[int, int] = {}
    number, last = 0, None
    for finding in found:
        when = moment(finding)
        if when is None:
            continue
        number += last is not None and when - last > QUIET_S
        last = when
        numbers[id(finding)] = number
    by_source: dict[int, int] = {}
    for finding in sorted(found, key=lambda finding: finding.position):
        known = numbers.setdefault(id(finding), by_source.get(finding.event.source_index, 0))
        by_source[finding.event.source_index] = known
    return numbers
