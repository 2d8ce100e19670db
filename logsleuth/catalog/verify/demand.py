"""A signature in, what its patterns demand of a message out: the fixed text that upstream has to print."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import regex

from logsleuth.catalog.match import compiled
from logsleuth.catalog.nearest import words_of_text
from logsleuth.catalog.samples import events_of
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.model import Pattern, SampleKind, Signature

# what is no part of a message: the type and number that Python prints before it, and the units of values
FOREIGN: Final = re.compile(r"\b[\w.]*(?:Error|Exception|Warning)(?=:|\s*$)|\[errno \d+\]|\b[KMGT]i?B\b", re.IGNORECASE)
GROUPED: Final = re.compile(r"\\.|\[(?:\\.|[^\]\\])+\]|\(|\)(?:[?*][?+]?)?")
# what matches any text of a kind: `\d+`, `[\w.]*?`, `.{0,80}`; in an expression of our own it gets parentheses
VOLATILE: Final = re.compile(
    r"(?P<kept>\\[^dDwWsS]|\(\?(?:[:=!>]|<[=!]|[a-z-]+[:)])|\[(?:\\.|[^\]\\])+\](?![*+?{]))"
    r"|(?P<wild>(?:\\[dDwWS]|\\s(?=[*+{])|\.|\[(?:\\.|[^\]\\])+\])(?:[*+?]|\{\d*,?\d*\})?[?+]?)"
)
Span = tuple[int, int]
NOWHERE: Final[Span] = (-1, -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One pattern in one of its hit samples: what it matches there, and which words of it any message must have."""

    signature: int
    pattern: int
    literal: str
    message: str
    span: Span  # of the match within the message
    fixed: tuple[str, ...]


def demands(signatures: Iterable[Signature]) -> Iterator[Demand]:
    """What every pattern demands, once for each hit sample in which it shows."""
    for at, signature in enumerate(signatures):
        for index, pattern in enumerate(signature.patterns):
            for message in _messages(signature):
                span = _span(pattern, message)
                if span is not None:
                    yield Demand(
                        signature=at,
                        pattern=index,
                        literal=pattern.literal,
                        message=message,
                        span=span,
                        fixed=_fixed(pattern, message, span),
                    )


def _messages(signature: Signature) -> Iterator[str]:
    """The messages of the samples that hit, each once."""
    hits = (sample.text for sample in signature.samples if sample.kind is not SampleKind.MISS)
    yield from dict.fromkeys(event.message for text in hits for event in events_of(text))


def _span(pattern: Pattern, message: str) -> Span | None:
    """What the pattern needs of a message that it matches, if it does."""
    literal = _literal_span(pattern.literal, message)
    expression = pattern.regex or pattern.scan
    if not expression or (pattern.literal and literal == NOWHERE):
        return literal if literal != NOWHERE else None
    if _search(compiled(expression), message) is None:
        return None
    found = _search(_with_holes(expression), message)
    start, end = found.span() if found and found.group().strip() else _whole(expression, message)
    return (start, end) if literal == NOWHERE else (min(start, literal[0]), max(end, literal[1]))


def _whole(expression: str, message: str) -> Span:
    found = _search(compiled(expression), message)
    return found.span() if found else NOWHERE


def _search(sought: regex.Pattern[str] | None, message: str) -> regex.Match[str] | None:
    try:
        return sought.search(message, timeout=DEFAULT_LIMITS.match_seconds) if sought else None
    except TimeoutError:
        return None


def _fixed(pattern: Pattern, message: str, span: Span) -> tuple[str, ...]:
    """The words that no wildcard took, those of the literal included."""
    expression = pattern.regex or pattern.scan
    found = _search(_with_holes(expression), message) if expression else None
    holes = [hole for number in range(1, len(found.regs)) for hole in found.spans(number)] if found else []
    literal = _literal_span(pattern.literal, message)
    kept = [hole for hole in holes if not _meet(hole, literal)]
    return words_of_text(FOREIGN.sub(" ", _without(message, span, kept)))


def _literal_span(literal: str, message: str) -> Span:
    at = message.find(literal) if literal else -1
    return (at, at + len(literal)) if at >= 0 else NOWHERE


def _meet(span: Span, other: Span) -> bool:
    return span[0] < other[1] and other[0] < span[1]


@cache
def _with_holes(expression: str) -> regex.Pattern[str] | None:
    """What the expression demands, with a group of its own around each wildcard, and no other group."""
    plain = re.sub(r"\(\?P<\w+>", "(?:", mandatory(expression))
    plain = re.sub(r"(?<!\\)((?:\\\\)*)\((?!\?)", r"\1(?:", plain)
    return compiled(VOLATILE.sub(lambda part: part["kept"] or f"({part['wild']})", plain)) or compiled(expression)


def mandatory(expression: str) -> str:
    """The expression without its groups that may be missing."""
    kept: list[str] = []
    opened: list[int] = []
    reached = 0
    for sign in GROUPED.finditer(expression):
        kept.append(expression[reached : sign.start()])
        reached = sign.end()
        if sign[0] == "(":
            opened.append(len(kept))
        kept.append(sign[0])
        if sign[0].startswith(")") and opened:
            start = opened.pop()
            if len(sign[0]) > 1:
                del kept[start:]
    return "".join((*kept, expression[reached:]))


def _without(text: str, whole: Span, holes: Iterable[Span]) -> str:
    """The text of `whole` with a space for each of the holes."""
    kept: list[str] = []
    reached = whole[0]
    for start, end in sorted(holes):
        if start >= reached and end > start:
            kept.append(text[reached:start])
            reached = end
    return " ".join((*kept, text[reached : whole[1]]))
