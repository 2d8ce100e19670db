"""A level and a colon: uvicorn, and Python's logging without configuration.

Samples (uvicorn/logging.py pads to ten columns; logging.BASIC_FORMAT):
    INFO:     10.0.0.1:5000 - "POST /v1/completions HTTP/1.1" 500 Internal Server Error
    ERROR:    Exception in ASGI application
    ERROR:asyncio:Task exception was never retrieved
    WARNING:root:cannot import name 'x'
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import LEVEL_WORDS, Format, Prefix

_PADDED: Final = lazy(r"(TRACE|DEBUG|INFO|WARNING|ERROR|CRITICAL|FATAL):(?: |$)")
_NAMED: Final = lazy(r"(DEBUG|INFO|WARNING|ERROR|CRITICAL):([\w][\w.-]{0,200}):(?!/)")
_COLUMNS: Final = 10


def parse(line: str) -> Prefix | None:
    """The level, with uvicorn's padding."""
    match = _PADDED.match(line)
    if match is None:
        return None
    is_padded = line[match.end() : _COLUMNS].strip(" ") == ""
    end = min(max(match.end(), _COLUMNS if is_padded else 0), len(line))
    return Prefix(end=end, level=LEVEL_WORDS[match[1]])


def parse_named(line: str) -> Prefix | None:
    """The level and the logger's name."""
    match = _NAMED.match(line)
    return Prefix(end=match.end(), level=LEVEL_WORDS[match[1]], logger=match[2]) if match else None


FORMAT: Final = Format(name="uvicorn", starts="TDIWECF", parse=parse, is_producer=True, sign=r"[A-Z]{4,8}:(?: |$)")
NAMED: Final = Format(name="python", starts="DIWEC", parse=parse_named, is_producer=True, sign=r"[A-Z]{4,8}:\w")
