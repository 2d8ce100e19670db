"""Time stamps as they are printed -> ISO 8601, as far as they go; neither year nor zone is invented."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from logsleuth.lazy import lazy

CLOCK: Final = r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
ZONE: Final = r"(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d)(?![\w:]))?"
FULL: Final = r"[12]\d{3}[-/]\d\d[-/]\d\d[T ]" + CLOCK + ZONE
# seconds since 1970 as a number, or thousandths, millionths, billionths of them
EPOCH: Final = r"(?:[123][0-9]{9}|40[0-9]{8})(?:[0-9]{3}|[0-9]{6}|[0-9]{9})?(?:\.[0-9]{1,9})?"
MONTH_NAMES: Final = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PLAUSIBLE: Final = range(946_684_800, 4_102_444_800)  # seconds of the years 2000 to 2099
_DATED: Final = lazy(r"\d{4}[-/]\d\d|\d\d-\d\d[ T]")
_MONTHS: Final = {name: f"{index:02d}" for index, name in enumerate(MONTH_NAMES.split("|"), 1)}
_ZONE = lazy(r" ?(Z|UTC|GMT|[+-]\d\d:?\d\d)$")
_YEAR = lazy(r"\d{4}-")


def iso(printed: str) -> str:
    """`2026/01/05 10:00:00,123 +0800` -> `2026-01-05T10:00:00.123+0800`."""
    text = printed.replace("/", "-").replace(",", ".")
    if text[10:11] == " ":
        text = text[:10] + "T" + text[11:]
    if " " in text or text.endswith(("UTC", "GMT")):
        text = _ZONE.sub(lambda match: "Z" if match[1] in {"UTC", "GMT"} else match[1], text)
    return text


def named_month(month: str, day: str, clock: str, year: str | None = None) -> str:
    """`Aug`, `9`, `18:34:30` -> `08-09T18:34:30`."""
    start = f"{year}-" if year else ""
    return f"{start}{_MONTHS[month]}-{int(day):02d}T{clock}"


def month_day(digits: str, clock: str) -> str:
    """The digits `810`, `0810` or `20240810` of glog with its clock -> ISO."""
    if len(digits) == 8:
        return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}T{clock}"
    padded = digits.zfill(4)
    return f"{padded[:2]}-{padded[2:]}T{clock}"


def has_year(ts: str) -> bool:
    """Whether an ISO text begins with a year."""
    return _YEAR.match(ts) is not None


def fuller(inner: str | None, outer: str | None) -> str | None:
    """The inner time, unless only the outer one knows the year."""
    if inner is None or outer is None:
        return inner or outer
    return outer if has_year(outer) and not has_year(inner) else inner


def time_of(value: object) -> str:
    """ISO text; numbers are seconds, or thousandths, millionths, billionths of them, by their magnitude."""
    if isinstance(value, str):
        text = value.strip()[:64]
        if text.isascii() and text.replace(".", "", 1).isdecimal():
            return _from_epoch(float(text) if "." in text else int(text))
        if not _DATED.match(text):
            return ""
        return f"{text[:5]}T{text[6:]}" if text[2] == "-" else iso(text)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return "" if isinstance(value, float) and not math.isfinite(value) else _from_epoch(value)


def _from_epoch(value: float) -> str:
    for factor in (1, 1000, 1_000_000, 1_000_000_000):
        seconds = int(value // factor)
        if seconds in _PLAUSIBLE:
            rest = value - seconds * factor
            text = _second(seconds)
            digits = f"{rest / factor:.6f}"[1:] if factor < 1_000_000_000 else f".{int(rest):09d}"
            return f"{text}{digits.rstrip('0').rstrip('.')}Z"
    return ""


@lru_cache(maxsize=64)  # the records of one second follow one another
def _second(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
