"""A signature and an event in which its text was seen in, a finding out, with the facts that the text holds."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import regex

from logsleuth.catalog.derive import derived
from logsleuth.catalog.load import Catalog
from logsleuth.catalog.quoted import is_quoted
from logsleuth.limits import Limits
from logsleuth.model import Event, Facts, Finding, Notice, NoticeKind, Pattern, Signature, Status, Where

WINDOW_CHARS: Final = (
    32 * 1024
)  # on either side of the line: a flood of one signature must not reread its event each time


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


def confirm(
    signature: Signature, pattern: Pattern, event: Event, at: int, *, limits: Limits
) -> Finding | Notice | None:
    """The finding, if `pattern` really matches around line `at` of `event`; a notice if that took too long to tell."""
    if pattern.levels and event.level not in pattern.levels:
        return None
    window = _window(event, at)
    try:
        hit = _hit(pattern, window, limits.match_seconds)
        if hit is None:
            return None
        first, last = window.line_of(hit.start), window.line_of(max(hit.start, hit.end - 1))
        raised = _raised(event, first, last)
        if pattern.frame and not _frame_fits(pattern.frame, event, raised, limits.match_seconds):
            return None
    except TimeoutError:
        return _unconfirmed(signature, event, at, limits)
    facts = _facts(signature, hit.captures, limits.fact_chars)
    return Finding(signature_id=signature.id, event=event, first=first, last=last, facts=facts, raised=raised)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """The lines of an event around line `at`, joined; `starts` holds the offset of each."""

    text: str
    starts: tuple[int, ...]
    first_line: int
    at: int

    def line_of(self, offset: int) -> int:
        """The event's line that holds the character at `offset`."""
        return self.first_line + bisect.bisect_right(self.starts, offset) - 1

    @property
    def span(self) -> tuple[int, int]:
        """Where line `at` begins and ends."""
        index = self.at - self.first_line
        is_last = index + 1 == len(self.starts)
        return self.starts[index], len(self.text) if is_last else self.starts[index + 1] - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    start: int
    end: int
    captures: Facts = ()


def _window(event: Event, at: int) -> _Window:
    starts, message = event.starts, event.message
    end = starts[at + 1] if at + 1 < len(starts) else len(message) + 1
    first = bisect.bisect_left(starts, starts[at] - WINDOW_CHARS)
    after = bisect.bisect_right(starts, end + WINDOW_CHARS, lo=at + 1)
    text = message[starts[first] : starts[after] - 1 if after < len(starts) else len(message)]
    return _Window(
        text=text, starts=tuple(start - starts[first] for start in starts[first:after]), first_line=first, at=at
    )


def _hit(pattern: Pattern, window: _Window, seconds: float) -> _Hit | None:
    found = _searched(pattern.regex, window, seconds) if pattern.regex else _seen(pattern, window)
    return next((hit for hit in found if not is_quoted(window.text, hit.start)), None)


def _seen(pattern: Pattern, window: _Window) -> Iterator[_Hit]:
    """Where the literal stands in the line; the whole line for what only the scanner can find."""
    start, end = window.span
    at = window.text.find(pattern.literal, start, end) if pattern.literal else -1
    if at < 0:
        yield _Hit(start=start, end=end)
    while at >= 0:
        yield _Hit(start=at, end=at + len(pattern.literal))
        at = window.text.find(pattern.literal, at + 1, end)


def _searched(expression: str, window: _Window, seconds: float) -> Iterator[_Hit]:
    """The matches that reach into the line: first those that begin in it, then those that began before."""
    sought = compiled(expression)
    if sought is None:
        return
    start, end = window.span
    for pos in (start, 0) if start else (0,):
        for match in sought.finditer(window.text, pos, timeout=seconds):
            if match.start() > end:
                break
            if match.end() > start or match.start() == start:
                yield _Hit(start=match.start(), end=match.end(), captures=_captures(match))


def _captures(match: regex.Match[str]) -> Facts:
    named = ((name, match[name]) for name in match.re.groupindex)
    return tuple((name, value.strip()) for name, value in named if value and value.strip())


@cache
def compiled(expression: str) -> regex.Pattern[str] | None:
    """`expression` as it is searched for in an event, or None if it is invalid."""
    try:
        return regex.compile(expression, regex.MULTILINE)
    except regex.error:  # lint and the loader of users' folders say so; an analysis goes on without it
        return None


def _raised(event: Event, first: int, last: int) -> int | None:
    """The exception whose message these lines belong to."""
    for index, raised in enumerate(event.raised):
        if first <= raised.at + raised.message.count("\n") and last >= raised.at:
            return index
    return None


def _frame_fits(expression: str, event: Event, raised: int | None, seconds: float) -> bool:
    sought = compiled(expression)
    if sought is None:
        return False
    chain = event.raised if raised is None else (event.raised[raised],)
    frames = (f"{frame.file}:{frame.function}" for one in chain for frame in one.frames)
    return any(sought.search(frame, timeout=seconds) for frame in frames)


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
