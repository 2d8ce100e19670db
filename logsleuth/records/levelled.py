"""What stands between a level and the message in the formats that people make up for Python's `logging`.

Samples (behind `2026-01-01 10:00:00,123 ERROR`):
    ` - msg`   `: msg`   ` | msg`   `    msg` (padded)   ` [engine] msg`   ` engine.worker: msg`   ` [core.py:58] msg`
    ` core.py:58 - msg`   ` [Errno 28] No space left` and ` ValueError: bad` are messages already
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from logsleuth.lazy import lazy

_SEPARATOR: Final = lazy(r"\]?(?: {1,8}(?:--?|\||>>)(?: |$)|:(?: |$)|(?= |$))")
_TAG: Final = lazy(r" ?\[(?!UCM\.)([A-Za-z_][\w.:/<>-]{0,150})\]:?(?= |$)(?: -(?= ))?")
_PLACE: Final = lazy(
    r" ?\(?([\w./-]{1,200}\.(?:pyx?|cc|cpp|cu|go|rs|java|scala):\d{1,7})[\])]?(?: ?(?:--?|:|>>))?(?= |$)"
)
_NAME: Final = lazy(r" ?([A-Za-z_$][\w$-]{0,80}(?:\.[\w$-]{1,80}){1,12})(?::| -)(?= |$)")
_DASHED: Final = lazy(r"([A-Za-z_]\w{0,80}(?:\.\w{1,80}){0,12}) - ")
_IDENTIFIER: Final = lazy(r"[A-Za-z_][\w.]{1,120}")
_RAISED: Final = lazy(r"(?:Error|Exception|Warning|Exit|Interrupt|Timeout|Fault|Failure|Group)$")
_PADDED_WIDTHS: Final = (5, 8)


@dataclass(frozen=True, slots=True)
class Rest:
    """Where the message starts, and the place and the logger's name before it."""

    at: int
    code: str | None
    logger: str | None


def name_before(between: str) -> str | None:
    """The logger's name in what stands between the time and the level."""
    name = between.strip(" -|:[]")
    return name if _IDENTIFIER.fullmatch(name) else None


def after_level(line: str, at: int, width: int) -> Rest:
    """Read on behind a level of `width` letters that ends at `at`."""
    separator = _SEPARATOR.match(line, at)
    end = separator.end() if separator else at
    dashed = _DASHED.match(line, end) if separator and separator[0].endswith("- ") else None
    if dashed and not _RAISED.search(dashed[1]):
        return Rest(dashed.end(), None, dashed[1])
    pad = _padding(line, end, width)
    code, logger, stop = _names(line, end + pad if pad else end)
    if stop is None:
        return Rest(end + pad, None, None)
    return Rest(stop + 1 if line[stop : stop + 1] == " " else stop, code, logger)


def _padding(line: str, at: int, width: int) -> int:
    """The blanks that align the level; any other number of blanks is the message's own indentation."""
    blanks = len(line[at : at + 16]) - len(line[at : at + 16].lstrip(" "))
    widths = {padded - width + 1 for padded in _PADDED_WIDTHS if padded >= width}
    return blanks if blanks in widths else min(blanks, 1)


def _names(line: str, at: int) -> tuple[str | None, str | None, int | None]:
    """A tag, a place and a dotted name, each where it stands; the end of the last one found."""
    code: str | None = None
    logger: str | None = None
    end: int | None = None
    for pattern in (_TAG, _PLACE, _NAME):
        match = pattern.match(line, at if end is None else end)
        if match is None or _RAISED.search(match[1]):
            continue
        name, end = match[1], match.end()
        if re.search(r"\.\w{1,5}:\d", name):
            code = name
        else:
            logger = name
    return code, logger, end
