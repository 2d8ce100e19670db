"""A template and a message in; out: which stretch of the message the template would have printed, if any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

MAX_HOLE: Final = 400  # characters that one value may have
MAX_STARTS: Final = 8  # places of the longest part that are tried
Span = tuple[int, int]


def produced(parts: Sequence[str], message: str) -> Span | None:
    """The stretch that consists of these parts in their order, with short values between them."""
    sought = tuple(part.strip() if at in {0, len(parts) - 1} else part for at, part in enumerate(parts))
    longest = max(range(len(sought)), key=lambda at: len(sought[at]))
    if not sought[longest]:
        return None
    for place in _places(sought[longest], message):
        start = _backwards(sought[:longest], message, place)
        end = _forwards(sought[longest + 1 :], message, place + len(sought[longest]))
        if start is not None and end is not None:
            return start, end
    return None


def _places(part: str, message: str) -> Iterator[int]:
    at = message.find(part)
    for _ in range(MAX_STARTS):
        if at < 0:
            return
        yield at
        at = message.find(part, at + 1)


def _forwards(parts: Sequence[str], message: str, reached: int) -> int | None:
    for part in parts:
        if not part:
            continue
        at = message.find(part, reached, reached + MAX_HOLE + len(part))
        if at < 0:
            return None
        reached = at + len(part)
    if parts and not parts[-1]:  # the last value: to the end of its line
        end = message.find("\n", reached)
        return end if end >= 0 else len(message)
    return reached


def _backwards(parts: Sequence[str], message: str, reached: int) -> int | None:
    for part in reversed(parts):
        if not part:
            continue
        at = message.rfind(part, max(0, reached - MAX_HOLE - len(part)), reached)
        if at < 0:
            return None
        reached = at
    if parts and not parts[0]:  # the first value: one word
        return message.rfind(" ", 0, max(0, reached - 1)) + 1
    return reached
