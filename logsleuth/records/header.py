r"""The header that the opener writes in front of each logical line of a structured record.

Sample (layer, time, level, logger, node, process, pid between the brackets):
    \x1e2026-03-09T09:53:39.798629403Z\x1fdocker-json\x1f\x1f\x1f\x1f\x1f\x1eTraceback (most recent call last):

The control bytes cannot come from a log: the opener replaces them with blanks in whatever it reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from logsleuth.model import Level
from logsleuth.records.prefix import Format, Prefix
from logsleuth.records.times import time_of

BRACKET: Final = "\x1e"
COMMA: Final = "\x1f"
UNREAD: Final = "@"  # in front of a time that is a number: only where somebody looks at the line, a date is made of it
_FIELDS: Final = 7
_BLANKS: Final = str.maketrans("\x1e\x1f\n\r", "    ")
_FIELD_CHARS: Final = 256
_MOST_CHARS: Final = _FIELDS * (_FIELD_CHARS + 1) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What a structured record says beside its message."""

    layer: str
    ts: str = ""
    level: str = ""
    logger: str = ""
    node: str = ""
    process: str = ""
    pid: str = ""


def encode(envelope: Envelope) -> str:
    """The header of one logical line."""
    fields: tuple[str, ...] = (
        envelope.ts,
        envelope.layer,
        envelope.level,
        envelope.logger,
        envelope.node,
        envelope.process,
        envelope.pid,
    )
    if sum(map(len, fields)) > _FIELD_CHARS or not "".join(fields).isprintable():
        fields = tuple(field.translate(_BLANKS)[:_FIELD_CHARS] for field in fields)
    return f"{BRACKET}{COMMA.join(fields)}{BRACKET}"


def parse(line: str) -> Prefix | None:
    """The header read back; a level makes its writer the producer, as an application's JSON logger is."""
    end = line.find(BRACKET, 1, _MOST_CHARS)
    at = line.find(COMMA, 1, end) if end > 0 and line.startswith(BRACKET) else -1
    told = _told(line[at + 1 : end]) if at > 0 else None
    if told is None:
        return None
    printed = line[1:at]
    ts = time_of(printed[1:]) if printed.startswith(UNREAD) else printed
    return Prefix(end + 1, None, told.layer, told.key, ts or None, *told[5:])


@lru_cache(maxsize=256)  # the records of one writer differ in their times only
def _told(key: str) -> Prefix | None:
    """What the fields behind the time say."""
    fields = key.split(COMMA)
    if len(fields) != _FIELDS - 1:
        return None
    layer, level, logger, node, process, pid = fields
    return Prefix(
        end=0,
        layer=layer,
        key=key,
        level=Level(level) if level in Level.__members__ else None,
        logger=logger or None,
        node=node or None,
        process=process or None,
        pid=int(pid) if pid.isascii() and pid.isdigit() and len(pid) <= 10 else None,
        is_producer=level != "",
    )


FORMAT: Final = Format(name="json", starts=BRACKET, parse=parse, is_stamp=True)
