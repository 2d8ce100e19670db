"""What shippers send as a time -> nanoseconds since the epoch.

Samples (Fluent Bit, Datadog, Loki, journald, HEC, Vector, Filebeat, Fluent Bit's java_sql_timestamp):
    1795154400.123457   1795154400123   "1795154400123456789"   "1741000000000000"   "1426279439.123"
    2026-11-20T06:00:00.123456789Z      2026-11-20T06:00:00.123Z   2026-11-20 06:00:00.123456
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from logsleuth.server.entry import UNKNOWN_NS

BILLION: Final = 1_000_000_000

_FIRST_S: Final = 946_684_800  # the year 2000
_LAST_S: Final = 4_102_444_800  # the year 2100
_UNITS_NS: Final = (BILLION, 1_000_000, 1000, 1)
_ISO: Final = re.compile(r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d{0,9})? ?(Z|UTC|[+-]\d\d:?\d\d)?")
_NUMBER: Final = re.compile(r"(\d{9,19})(?:\.(\d{1,9})\d{0,20})?")
_TEXT_CHARS: Final = 64


def nanoseconds(value: object, *, has_zone: bool = True) -> int:
    """The time, or UNKNOWN_NS; without `has_zone` a text that names no zone counts as UTC."""
    if type(value) is str:
        return _of_text(value, has_zone=has_zone)
    if type(value) is int:
        return _of_whole(value)
    if type(value) is float and math.isfinite(value):
        return _of_float(value)
    return UNKNOWN_NS


def _of_text(value: str, *, has_zone: bool) -> int:
    text = value.strip() if len(value) <= _TEXT_CHARS else ""
    match = _ISO.fullmatch(text)
    if match is None:
        return _of_digits(text)
    if match[3] is None and has_zone:
        return UNKNOWN_NS
    second = _second(match[1], match[3] or "Z")
    return second * BILLION + int((match[2] or "0").ljust(9, "0")) if second else UNKNOWN_NS


def _of_digits(text: str) -> int:
    match = _NUMBER.fullmatch(text) if text.isascii() else None
    if match is None:
        return UNKNOWN_NS
    whole = int(match[1])
    if match[2] and _FIRST_S <= whole < _LAST_S:
        return whole * BILLION + int(match[2].ljust(9, "0"))
    return _of_whole(whole)


def _of_whole(value: int) -> int:
    """Seconds, thousandths, millionths or billionths of them, by the magnitude."""
    for unit_ns in _UNITS_NS:
        if _FIRST_S <= value * unit_ns // BILLION < _LAST_S:
            return value * unit_ns
    return UNKNOWN_NS


def _of_float(value: float) -> int:
    if _FIRST_S <= value < _LAST_S:
        return round(value * 1_000_000) * 1000  # a float has no more digits than these
    return _of_whole(int(value))


@lru_cache(maxsize=1024)
def _second(text: str, zone: str) -> int:
    """Seconds since the epoch, or 0; the lines of one second come together."""
    try:
        moment = datetime.fromisoformat(text + ("+00:00" if zone in {"Z", "UTC"} else zone))
        second = int(moment.astimezone(UTC).timestamp())
    except (ValueError, OverflowError):  # the first and the last day have hours that no other zone has
        return 0
    return second if _FIRST_S <= second < _LAST_S else 0
