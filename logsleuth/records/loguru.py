"""loguru's default format.

Samples (loguru/_defaults.py):
    2026-01-01 10:00:00.123 | ERROR    | engine.worker:run:12 - CUDA error: out of memory
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import LEVELS, Format, Prefix, level_of
from logsleuth.records.times import FULL, iso

_HEAD: Final = lazy(
    rf"({FULL}) ?\| ?({LEVELS}) {{0,8}}\| (?:([\w.<>/-]{{1,200}}):([\w.<>]{{1,200}}):(\d{{1,7}})(?: -|:|\|)(?: |$))?"
)


def parse(line: str) -> Prefix | None:
    """Time, level and place."""
    match = _HEAD.match(line)
    if match is None:
        return None
    code = f"{match[3]}:{match[5]}" if match[3] else None
    return Prefix(end=match.end(), ts=iso(match[1]), level=level_of(match[2]), code=code, logger=match[3])


FORMAT: Final = Format(name="loguru", starts="12", parse=parse, is_producer=True, sign=r"[12][^|\n]{18,40}\|")
