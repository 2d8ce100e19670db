"""A signature and an event in which its text was seen in, a finding out, with the facts that the text holds."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Final, NamedTuple

from logsleuth.catalog.derive import derived
from logsleuth.catalog.load import Catalog
from logsleuth.catalog.needed import may_match
from logsleuth.catalog.quoted import is_quoted
from logsleuth.lazy import lazy
from logsleuth.limits import Limits
from logsleuth.model import Event, Facts, Finding, Notice, NoticeKind, Pattern, Signature, Status, Where

if TYPE_CHECKING:
    import regex

# on either side of the line: a flood of one signature must not reread its event each time
WINDOW_CHARS: Final = 8 * 1024
REMEMBERED_CHARS: Final = 400  # of a line: what is longer hardly comes again
ATTEMPTS: Final = 3  # `regex` takes time by the clock of the process: the work of other threads counts, too
_NO_SIGN: Final = lazy(r"\\.|\[\^?\]?(?:[^\]\\]|\\.)*+\]", re.DOTALL)  # escapes and sets
_FIXED: Final = lazy(r"[\w \"'/:,=-]+(?![*?{\w \"'/:,=-])")
# sets of characters that a newline is kept out of
_WITHIN_LINE: Final = lazy(r"\[\^(?:[^\]\\]|\\.)*?(?:\n|\\n|\\s)(?:[^\]\\]|\\.)*+\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanExpression:
    """What the scanner has to look for, and whose pattern it is (indexes into the catalog)."""

    signature: int
    pattern: int
    expression: bytes
    is_literal: bool


def expressions(catalog: Catalog) -> tuple[ScanExpression, ...]:
    """What has to be looked for in every line, for every signature in use."""
    return tuple(
        ScanExpression(
            signature=at,
            pattern=index,
            expression=(pattern.literal or pattern.scan).encode(),
            is_literal=bool(pattern.literal),
        )
        for at, signature in enumerate(catalog.signatures)
        if signature.status is not Status.RETIRED
        for index, pattern in enumerate(signature.patterns)
    )


class _Hit(NamedTuple):
    start: int
    end: int
    captures: Facts = ()


class _Found(NamedTuple):
    """The first and the last line of a match, the exception they belong to, and what was captured."""

    first: int
    last: int
    raised: int | None
    captures: Facts


class _Places(NamedTuple):
    """Frames as expressions look at them, and whether all of them are worth being remembered."""

    texts: Sequence[str]
    are_short: bool


class Sight:
    """Line `at` of an event, in which the text of some patterns was seen; one search serves all that share it."""

    __slots__ = ("_found", "_places", "at", "event")

    def __init__(self, event: Event, at: int) -> None:
        self.event = event
        self.at = at
        self._found: dict[tuple[str, str], _Found | None] = {}
        self._places: dict[int | None, _Places] = {}

    def found(self, pattern: Pattern, seconds: float) -> _Found | None:
        """What `pattern` matches: many signatures tell by the frames what the same words mean."""
        key = pattern.regex, pattern.literal
        if key not in self._found:
            hit = _hit(pattern, self.event, self.at, seconds)
            self._found[key] = hit and _found(self.event, hit)
        return self._found[key]

    def places(self, raised: int | None) -> _Places:
        """The frames of this exception of the event, or of all."""
        if raised not in self._places:
            chain = self.event.raised if raised is None else (self.event.raised[raised],)
            places = [f"{frame.file}:{frame.function}" for one in chain for frame in one.frames]
            self._places[raised] = _Places(places, max(map(len, places), default=0) <= REMEMBERED_CHARS)
        return self._places[raised]


def is_local(pattern: Pattern) -> bool:
    """Whether a line's text and its event's level are all that `pattern` asks about."""
    return not pattern.frame and not (pattern.regex and spans_lines(pattern.regex))


def confirm(signature: Signature, pattern: Pattern, sight: Sight, *, limits: Limits) -> Finding | Notice | None:
    """The finding, if `pattern` really matches around the line of `sight`; a notice if that took too long to tell."""
    event = sight.event
    if pattern.levels and event.level not in pattern.levels:
        return None
    if pattern.frame and not any(one.frames for one in event.raised):
        return None
    for _ in range(ATTEMPTS):
        try:
            return _confirmed(signature, pattern, sight, limits)
        except TimeoutError:
            continue
    return _unconfirmed(signature, event, sight.at, limits)


def _confirmed(signature: Signature, pattern: Pattern, sight: Sight, limits: Limits) -> Finding | None:
    """The same for one attempt; raises TimeoutError."""
    event, seconds = sight.event, limits.match_seconds
    found = sight.found(pattern, seconds)
    if found is None or (pattern.frame and not _frame_fits(pattern.frame, sight.places(found.raised), seconds)):
        return None
    return Finding(
        signature_id=signature.id,
        event=event,
        first=found.first,
        last=found.last,
        facts=_facts(signature, found.captures, limits.fact_chars),
        raised=found.raised,
    )


def _found(event: Event, hit: _Hit) -> _Found:
    first, last = _line_of(event, hit.start), _line_of(event, max(hit.start, hit.end - 1))
    return _Found(first, last, raised_in(event, first, last), hit.captures)


def _line_of(event: Event, offset: int) -> int:
    """The event's line that holds the character at `offset` of its message."""
    return bisect.bisect_right(event.starts, offset) - 1


def _span(event: Event, at: int) -> tuple[int, int]:
    """Where line `at` begins and ends."""
    is_last = at + 1 == len(event.starts)
    return event.starts[at], len(event.message) if is_last else event.starts[at + 1] - 1


def _hit(pattern: Pattern, event: Event, at: int, seconds: float) -> _Hit | None:
    start, end = _span(event, at)
    if pattern.regex and spans_lines(pattern.regex):
        found = _searched(pattern.regex, event.message, start, end, seconds)
        return next((hit for hit in found if not _is_echo(event.message, hit)), None)
    # the newline before is the only character of another line that an expression can see
    lead = 1 if start else 0
    line = event.message[start - lead : end]
    sought = _line_hit if end - start <= REMEMBERED_CHARS else _line_hit.__wrapped__
    hit = sought(pattern.regex, pattern.literal, line, lead, seconds)
    return hit and _Hit(start=hit.start + start - lead, end=hit.end + start - lead, captures=hit.captures)


@lru_cache(maxsize=4096)  # a flood repeats its lines
def _line_hit(expression: str, literal: str, line: str, start: int, seconds: float) -> _Hit | None:
    """What a pattern that cannot leave its line comes to, whatever stands around the line."""
    found: Iterator[_Hit]
    if expression:
        sought = compiled(expression)
        found = map(_matched, sought.finditer(line, start, timeout=seconds) if sought else ())
    else:
        found = _seen(literal, line, start, len(line))
    return next((hit for hit in found if not _is_echo(line, hit)), None)


def _is_echo(text: str, hit: _Hit) -> bool:
    """Whether the match stands in a quotation; its end tells too, since an expression may begin before one."""
    return is_quoted(text, hit.start) or is_quoted(text, max(hit.start, hit.end - 1))


def _seen(literal: str, text: str, start: int, end: int) -> Iterator[_Hit]:
    """Where the literal stands in the line; the whole line for what only the scanner can find."""
    at = text.find(literal, start, end) if literal else -1
    if at < 0:
        yield _Hit(start=start, end=end)
    while at >= 0:
        yield _Hit(start=at, end=at + len(literal))
        at = text.find(literal, at + 1, end)


def _searched(expression: str, text: str, start: int, end: int, seconds: float) -> Iterator[_Hit]:
    """The matches that reach into the line: first those that begin in it, then those that began before."""
    sought = compiled(expression)
    if sought is None:
        return
    reach = min(end + WINDOW_CHARS, len(text))
    head = _head(expression)
    last = min(end + len(head), len(text))
    found: Iterator[regex.Match[str]]
    for position in dict.fromkeys((start, max(start - WINDOW_CHARS, 0))):
        first = text.find(head, position, last)
        if first < 0 or not may_match(expression, text, first, reach):
            continue
        if head and text.find(head, first + 1, last) < 0:  # one place to try: what stands below is not searched
            only = sought.match(text, first, reach, timeout=seconds)
            found = iter([only] if only else [])
        else:
            found = sought.finditer(text, first, reach, timeout=seconds)
        for match in found:
            if match.start() > end:
                break
            if match.end() > start or match.start() == start:
                yield _matched(match)


def _matched(match: regex.Match[str]) -> _Hit:
    return _Hit(start=match.start(), end=match.end(), captures=_captures(match))


@cache
def _head(expression: str) -> str:
    """The fixed text that every match begins with; nothing where that would take more than a look."""
    depth = 0
    for sign in _NO_SIGN.sub("", expression):
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and not depth:
            return ""
    found = _FIXED.match(expression)
    return found[0] if found else ""


@cache
def spans_lines(expression: str) -> bool:
    """Whether a match may cross a line's end; most cannot, and then one line is all that has to be searched."""
    rest = _WITHIN_LINE.sub("", expression)
    return any(sign in rest for sign in ("\n", "\\n", "\\s", "\\S\\s", "\\W", "\\D", "[^", "(?s", "\\A"))


def _captures(match: regex.Match[str]) -> Facts:
    named = ((name, match[name]) for name in match.re.groupindex)
    return tuple((name, value.strip()) for name, value in named if value and value.strip())


@cache
def compiled(expression: str) -> regex.Pattern[str] | None:
    """`expression` as it is searched for in an event, or None if it is invalid."""
    import regex  # noqa: PLC0415  dear, and a sound log has nothing to confirm

    try:
        return regex.compile(expression, regex.MULTILINE)
    except regex.error:  # lint and the loader of users' folders say so; an analysis goes on without it
        return None


def raised_in(event: Event, first: int, last: int) -> int | None:
    """The exception whose message these lines of `event` belong to."""
    for index, raised in enumerate(event.raised):
        # a message may be long: its lines are counted only where they decide
        if last >= raised.at and (first <= raised.at or first <= raised.at + raised.message.count("\n")):
            return index
    return None


def _frame_fits(expression: str, places: _Places, seconds: float) -> bool:
    is_found = _is_found if places.are_short else _is_found.__wrapped__
    return any(map(is_found, repeat(expression), places.texts, repeat(seconds)))


@lru_cache(maxsize=8192)  # the tracebacks of one program share most of their frames
def _is_found(expression: str, text: str, seconds: float) -> bool:
    sought = compiled(expression)
    return sought is not None and sought.search(text, timeout=seconds) is not None


def _facts(signature: Signature, captures: Facts, fact_chars: int) -> Facts:
    facts = {name: value[:fact_chars] for name, value in captures}
    for name, expression in signature.derive:
        value = derived(expression, facts)
        if value is not None:
            facts[name] = value
    return tuple(facts.items())


def _unconfirmed(signature: Signature, event: Event, at: int, limits: Limits) -> Notice:
    where = Where(source=event.source, line=event.lines[at].number)
    detail = (
        f"{signature.id}: its expression took longer than {limits.match_seconds} s here; the line is left undecided"
    )
    return Notice(kind=NoticeKind.UNCONFIRMED, where=where, detail=detail)
