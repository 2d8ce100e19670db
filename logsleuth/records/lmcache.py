"""LMCache's logger.

Samples (lmcache/logging.py):
    [2026-01-01 10:00:00,123] LMCache WARNING: connection lost (redis_connector.py:12:lmcache.v1.storage_backend)
    [2026-01-01 10:00:00,123] LMCache INFO: [req_id=1] Reqid: 1, Total tokens 10 (vllm_v1_adapter.py:12:lmcache)
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import Format, Prefix, level_of
from logsleuth.records.times import FULL, iso

_HEAD: Final = lazy(rf"\[({FULL})\] LMCache (DEBUG|INFO|WARNING|ERROR|CRITICAL):(?: |$)")
_TRAILER: Final = lazy(r" \(([\w.-]{1,200}:\d{1,7}):([\w.]{1,250})\)$")


def parse(line: str) -> Prefix | None:
    """Time, level and, from the trailer, place and logger."""
    match = _HEAD.match(line)
    if match is None:
        return None
    at = line.rfind(" (", match.end() - 1)
    trailer = _TRAILER.match(line, at) if at >= 0 else None
    return Prefix(
        end=match.end(),
        stop=max(trailer.start(), match.end()) if trailer else None,
        ts=iso(match[1]),
        level=level_of(match[2]),
        code=trailer[1] if trailer else None,
        logger=trailer[2] if trailer else "lmcache",
    )


FORMAT: Final = Format(name="lmcache", starts="[", parse=parse, is_producer=True, may_nest=True)
