"""Lines that begin with a time and have a level near it: the usual formats of Python's logging, log4j, nginx.

Samples (each seen in reports on vLLM and its surroundings):
    2026-01-01 10:00:00,123 - engine.worker - ERROR - CUDA error: out of memory
    2026-01-01 10:00:00,123 ERROR [engine] CUDA error: out of memory
    2026-01-01 10:00:00.123 INFO 4242 --- x
    25/06/09 20:10:40 WARN scheduler.TaskSetManager: Lost task 11.0 in stage 1.0
    2024/05/01 10:00:00 [error] 12#12: *1 upstream timed out (110: Connection timed out)
    INFO 2024-05-01 10:00:00,123 engine.worker msg
    engine.py           :170  2026-02-13 15:12:43,752 Error initializing vLLM engine: 1 validation error
"""

from __future__ import annotations

import re
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.levelled import after_level, name_before
from logsleuth.records.prefix import ALPHANUMERIC, LEVELS, Format, Prefix, level_of
from logsleuth.records.times import FULL, iso

_LEVEL: Final = (
    rf"\[?(?P<level>{LEVELS}|(?<=\[)(?:trace|debug|info|notice|warn|warning|error|crit|alert|emerg)(?=\]))"
    r"(?=[\s:|\]-]|$)"
)
_FIELD: Final = r"(?:\S{1,120} {1,30}[-|:] {1,3})"
_GROUP: Final = r"(?:\[[^\]\[\n]{1,100}\] {0,3}|\d{1,10} {1,3})"
_TIMED: Final = lazy(
    rf"(?P<ts>{FULL}|\d\d/\d\d/\d\d \d\d:\d\d:\d\d)"
    rf"(?: {{0,2}}[-|] {{0,2}}{_FIELD}{{0,3}}|:| {{1,3}}{_GROUP}{{0,2}}(?:[\w.-]{{1,120}} {{1,3}})?|\t)"
    rf"(?!(?:{LEVELS}) {{1,4}}\d\d-\d\d ){_LEVEL}"
)
_BARE: Final = lazy(rf"(?P<ts>{FULL}|\d\d/\d\d/\d\d \d\d:\d\d:\d\d) {{1,3}}(?!(?:{LEVELS}) {{1,4}}\d\d-\d\d ){_LEVEL}")
_LEVEL_FIRST: Final = lazy(rf"(?P<level>{LEVELS})(?: {{1,5}}| ?[-|] ?|:)\[?(?P<ts>{FULL})\]?(?=[\s:|-]|$)")
_FILE_FIRST: Final = lazy(rf"(?P<code>[\w.-]{{1,100}}\.py) {{0,40}}: ?(?P<line>\d{{1,6}}) {{1,8}}(?P<ts>{FULL}) ?")


def parse(line: str) -> Prefix | None:
    """Time, level, and what names stand beside them."""
    match = _BARE.match(line) or _TIMED.match(line)
    if match is None:
        return None
    return _levelled(match, match.end())


def parse_level_first(line: str) -> Prefix | None:
    """The same where the level stands before the time."""
    match = _LEVEL_FIRST.match(line)
    return _levelled(match, match.end()) if match else None


def parse_file_first(line: str) -> Prefix | None:
    """The same where the file stands before the time, without a level."""
    match = _FILE_FIRST.match(line) if ".py" in line[:120] else None
    if match is None:
        return None
    return Prefix(end=match.end(), ts=iso(match["ts"]), code=f"{match['code']}:{match['line']}")


def _levelled(match: re.Match[str], at: int) -> Prefix:
    rest = after_level(match.string, at, len(match["level"]))
    ts = match["ts"]
    return Prefix(
        end=rest.at,
        ts=iso(ts if ts[2:3] != "/" else f"20{ts}"),
        level=level_of(match["level"]),
        code=rest.code,
        logger=rest.logger or name_before(match.string[match.end("ts") : match.start("level")]),
    )


FORMAT: Final = Format(
    name="python", starts="0123456789", parse=parse, is_producer=True, sign=r"\d\d(?:/\d\d/\d\d |\d\d[-/]\d\d[-/])"
)
LEVEL_FIRST: Final = Format(
    name="python",
    starts="TDINSWECF",
    parse=parse_level_first,
    is_producer=True,
    sign=r"[A-Z]{4,8}[ |:-]{1,5}\[?[12]\d{3}[-/]",
)
FILE_FIRST: Final = Format(
    name="python",
    starts=ALPHANUMERIC + "_",
    parse=parse_file_first,
    is_producer=True,
    sign=r"[\w.-]{1,100}\.py {0,40}:",
)
