"""Time stamps as they are printed -> ISO 8601, as far as they go; neither year nor zone is invented."""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy

CLOCK: Final = r"\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
ZONE: Final = r"(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d)(?![\w:]))?"
FULL: Final = r"[12]\d{3}[-/]\d\d[-/]\d\d[T ]" + CLOCK + ZONE
MONTH_NAMES: Final = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"

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
