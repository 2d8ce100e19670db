"""A leading time stamp of nobody in particular, when no other format knows what follows it.

Samples:
    2024-11-25T08:17:20.123Z WARNING 11-25 08:17:20 multiproc_gpu_executor.py:53] Reducing Torch parallelism
    2026-01-01 10:00:00 Loading safetensors checkpoint shards          (`ts '%F %T'`, dmesg --time-format iso)
    Jun 10 21:32:17 INFO 06-10 21:32:17 [core.py:58] Initializing      (`ts` of moreutils)
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import Format, Prefix
from logsleuth.records.times import CLOCK, FULL, MONTH_NAMES, iso, named_month

_ISO: Final = lazy(rf"({FULL})(?:[ \t]|$)")
_NAMED: Final = lazy(rf"({MONTH_NAMES}) {{1,2}}(\d{{1,2}}) ({CLOCK}) ")


def parse_iso(line: str) -> Prefix | None:
    """An ISO time and one separator."""
    match = _ISO.match(line)
    return Prefix(end=match.end(), ts=iso(match[1])) if match else None


def parse_named(line: str) -> Prefix | None:
    """A time with the month's name and one separator."""
    match = _NAMED.match(line)
    return Prefix(end=match.end(), ts=named_month(match[1], match[2], match[3])) if match else None


ISO_FORMAT: Final = Format(name="timestamp", starts="12", parse=parse_iso, is_stamp=True, sign=r"\d{4}[-/]")
NAMED_FORMAT: Final = Format(
    name="timestamp", starts="JFMASOND", parse=parse_named, is_stamp=True, sign=r"[A-Z][a-z]{2} {1,2}\d"
)
