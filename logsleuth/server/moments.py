"""Times as programs print them -> nanoseconds since the epoch, with the shipper's time to tell what they leave out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from logsleuth.diagnosis.timeline import STAMP, seconds

SECOND_NS: Final = 1_000_000_000
DAY_NS: Final = 24 * 3600 * SECOND_NS
WIDEST_ZONE_NS: Final = 14 * 3600 * SECOND_NS
ZONE_STEP_NS: Final = 30 * 60 * SECOND_NS  # the distance of nearly every zone from UTC is a multiple of it
DELAY_NS: Final = 2 * 60 * SECOND_NS  # between the printing of a line and the shipper's stamp, both on one host
LATEST_NS: Final = (1 << 62) - 1


def moment_ns(stamp: str | None, near_ns: int) -> int:
    """When `stamp` was printed on a line that was shipped at `near_ns`, which stands where it tells nothing.

    A clock without a zone that is some zone's distance away from the shipper's is taken to show the same moment.
    """
    match = STAMP.match(stamp) if stamp else None
    if match is None:
        return near_ns
    year = int(match["year"]) if match["year"] else None
    found = _read(match.groupdict(), year) if year else _latest(match.groupdict(), near_ns)
    if found is None:
        return near_ns
    if match["zone"]:
        return found
    distance = abs(found - near_ns)
    beyond_zone = distance % ZONE_STEP_NS
    is_zone = min(beyond_zone, ZONE_STEP_NS - beyond_zone) <= DELAY_NS and distance <= WIDEST_ZONE_NS + DELAY_NS
    return near_ns if is_zone else found


def between_ns(first: str | None, last: str | None) -> int | None:
    """The time from `first` to `last`, stamps of the same kind; None where they do not tell."""
    start, end = seconds(first), seconds(last)
    return None if start is None or end is None or end < start else int((end - start) * SECOND_NS)


def _latest(parts: dict[str, str | None], near_ns: int) -> int | None:
    """The last moment that can be meant by a line that was shipped at `near_ns`, whatever the zone."""
    year = datetime.fromtimestamp(near_ns // SECOND_NS, UTC).year
    found = [moment for each in (year - 1, year, year + 1) if (moment := _read(parts, each)) is not None]
    return max((moment for moment in found if moment <= near_ns + DAY_NS), default=None)


def _read(parts: dict[str, str | None], year: int) -> int | None:
    month, day, hour, minute, second = (int(parts[name] or 0) for name in ("month", "day", "hour", "minute", "second"))
    try:
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
    fraction = (parts["fraction"] or ".0")[1:10].ljust(9, "0")
    found = int(moment.timestamp()) * SECOND_NS + int(fraction) - _offset_ns(parts["zone"])
    return found if 0 < found < LATEST_NS else None


def _offset_ns(zone: str | None) -> int:
    if not zone or zone == "Z":
        return 0
    sign = -1 if zone[0] == "-" else 1
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return sign * int(offset.total_seconds()) * SECOND_NS
