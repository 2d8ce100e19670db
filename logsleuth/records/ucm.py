"""UCM (unified cache management), all eras.

Samples (ucm/logger, UCM issues 144 and 887; a record of several lines has its trailer on the last one only):
    [2025-09-02 15:32:52.730053 +08:00] [UCMNFSSTORE] [E] Failed to open file [812,899] [file.cc:45,Open]
    [2026-01-05 10:00:00] - ucm.integration.vllm.ucm_connector - INFO [ucm_connector.py:120] hit hbm: 0
    [2026-01-05 10:00:00.123456][UC][E] Failed to write file, errno: 28. [271,271][posix_file.cc:155,Write]
    [UCM.Load] tags of the documents stay in the message and are the logger's name too
"""

from __future__ import annotations

import re
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import LEVEL_LETTERS, Format, Prefix, level_of
from logsleuth.records.times import FULL, iso

_NATIVE: Final = lazy(rf"\[({FULL})\] ?\[(UC[\w.-]{{0,40}})\] ?\[([TDIWECF])\](?: |$)")
_PYTHON: Final = lazy(
    rf"\[({FULL})\] - (ucm[\w.]{{0,200}}) - (DEBUG|INFO|WARNING|ERROR|CRITICAL) "
    rf"(?:\[([^\]\s]{{1,250}}:\d{{1,6}})\])?(?: |$)"
)
_TRAILER: Final = lazy(
    r" ?\[(?:PID: )?(\d{1,10}), ?(?:TID: )?(\d{1,20})\](?: ?\[([^\[\]\s,]{1,250}:\d{1,7})(?:,[^\[\]]{0,200})?\])? ?$"
)
TRAILER_CHARS: Final = 520


def parse(line: str) -> Prefix | None:
    """Time, level and, from the trailer, pid and place."""
    match = _NATIVE.match(line)
    if match is None:
        return _parse_python(line)
    trailer = find_trailer(line)
    return Prefix(
        end=match.end(),
        stop=trailer.start() if trailer and trailer.start() >= match.end() else None,
        ts=iso(match[1]),
        level=LEVEL_LETTERS[match[3]],
        logger=match[2],
        pid=int(trailer[1]) if trailer else None,
        code=trailer[3] if trailer else None,
    )


def _parse_python(line: str) -> Prefix | None:
    match = _PYTHON.match(line)
    if match is None:
        return None
    return Prefix(end=match.end(), ts=iso(match[1]), level=level_of(match[3]), logger=match[2], code=match[4])


def find_trailer(line: str) -> re.Match[str] | None:
    """`[pid,tid][file:line,function]` at the very end."""
    if not line.endswith(("]", "] ")):
        return None
    at = line.rfind(" [", max(0, len(line) - TRAILER_CHARS))
    match = _TRAILER.match(line, at) if at >= 0 else None
    if match is None and at > 0:  # the first era puts a space between the two brackets
        before = line.rfind(" [", max(0, len(line) - TRAILER_CHARS), at)
        match = _TRAILER.match(line, before) if before >= 0 else None
    return match


FORMAT: Final = Format(name="ucm", starts="[", parse=parse, is_producer=True, may_nest=True)
