"""When things happened: printed times made comparable, as far as they are.

Order within one source is trusted. Between sources only printed times tell, and a clock that prints no zone is taken
to be that of the others; where times do not tell, nothing is assumed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from logsleuth.model import Finding

# 2025-06-10T21:32:17.123+08:00, 06-10T21:32:17: what records give as `ts`
STAMP: Final = re.compile(
    r"(?:(?P<year>\d{4})-)?(?P<month>\d\d)-(?P<day>\d\d)T(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)"
    r"(?P<fraction>\.\d{1,9})?(?P<zone>Z|[+-]\d\d:?\d\d)?$"
)
ANY_YEAR: Final = 2000  # a leap year, so that every printed day exists
EPOCH: Final = datetime(ANY_YEAR, 1, 1, tzinfo=UTC)
QUIET_S: Final = 3600.0  # longer than any default time-out that links a failure to its consequence
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


def moment(finding: Finding) -> float | None:
    """When `finding` happened, by its own time or that of a line just before."""
    return seconds(finding.event.ts or finding.event.near_ts)


def is_before(one: Finding, other: Finding) -> bool | None:
    """Whether `one` came before `other`; None where neither order nor time tells."""
    if one.event.source_index == other.event.source_index:
        return one.position < other.position
    first, second = moment(one), moment(other)
    if first is None or second is None or abs(first - second) <= SKEW_S:
        return None
    return first < second


def order(finding: Finding) -> tuple[float, str, int, int]:
    """A key that sorts findings by time, then by source and line, whatever the order of the sources."""
    when = moment(finding)
    event = finding.event
    return (when if when is not None else float("inf"), event.source, event.lines[finding.first].number, finding.first)


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
