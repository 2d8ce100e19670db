"""Text of a logical line -> Record: the transport's layers taken off in any order, then the producer's prefix."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from logsleuth.lazy import lazy
from logsleuth.model import NOBODY, Level, Origin, Record
from logsleuth.records import ucm
from logsleuth.records.ansi import strip_ansi
from logsleuth.records.formats import FORMATS
from logsleuth.records.header import BRACKET
from logsleuth.records.prefix import Format, Prefix
from logsleuth.records.times import fuller

_LAYERS: Final = 16  # more are a log that quotes itself
_REMEMBERED: Final = 8192  # prefixes; then the memory starts anew
_PREFIX_CHARS: Final = 200
_REPEATED: Final = lazy(
    r" \[repeated (\d{1,9})x across (?:cluster|all nodes)\](?: \(Ray deduplicates logs [^\n]{0,400})?$"
)
_ENVELOPE: Final = lazy(f"{BRACKET}[^{BRACKET}]*{BRACKET}")  # what the opener wrote in front of a record's message
_DOCUMENT_TAG: Final = lazy(r"\[(UCM\.\w{1,40})\]")


class _Choice(NamedTuple):
    """The formats that begin with the same character, and one expression: its group tells the first that may fit."""

    formats: tuple[Format, ...]
    sign: re.Pattern[str]


def _by_first_character(formats: tuple[Format, ...]) -> Mapping[str, _Choice]:
    characters = sorted({character for each in formats for character in each.starts})
    choices = {character: tuple(each for each in formats if character in each.starts) for character in characters}
    signs = {choice: lazy("|".join(f"({each.sign})" for each in choice)) for choice in choices.values()}
    return {character: _Choice(choice, signs[choice]) for character, choice in choices.items()}


_OUTER: Final = _by_first_character(FORMATS)
_NESTED: Final = _by_first_character(tuple(each for each in FORMATS if each.may_nest))
# Where several formats share a character, the prefix that is met most often decides how its end is looked for.
_CLOSERS: Final = {
    character: each.closer
    for each in sorted(FORMATS, key=lambda each: -len(each.starts))
    if each.closer
    for character in each.starts
}


@dataclass(slots=True, kw_only=True, eq=False)
class _State:
    """What the prefixes so far have said, and the states that follow remembered prefixes."""

    layers: tuple[str, ...] = ()
    origin: Origin = NOBODY
    level: Level | None = None
    ts: str | None = None
    code: str | None = None
    logger: str | None = None
    head: str | None = None
    is_named: bool = False
    is_final: bool = False
    next: dict[str, _State] = field(default_factory=dict)


_Peeled = tuple[_State, str | None, str | None, int, int | None]


class Peeler:
    """Takes the prefixes of lines apart, and remembers those that come again and again."""

    def __init__(self) -> None:
        self._start = _State()
        self._remembered = 0
        self._prefix = ""  # of the line before, where all of it was remembered
        self._behind = self._start

    def record(self, text: str, number: int) -> Record:
        """The record of one logical line; total, and the same whatever was seen before."""
        line = strip_ansi(text)
        if line.endswith(("\r", "\n")):
            line = line.rstrip("\r\n")
        state, head, stamp, at, stop = self._again(line) or self._peel(line)
        repeats = 1
        if stop is None:
            stop = len(line)
            if line.endswith(("]", "] ", ")")):
                stop, state, repeats = _trailers(line, at, state, has_head=head is not None)
        message = line[at:stop]
        logger = state.logger
        if "[UCM." in message[:80]:
            tag = _DOCUMENT_TAG.search(message, 0, 120)
            logger = tag[1] if tag else logger
        return Record(  # by position, which takes half the time
            number,
            text if BRACKET not in text else _ENVELOPE.sub("", text),
            message,
            state.origin,
            head,
            state.layers,
            state.level,
            stamp or state.ts,  # the transport's clock stands on every line; the producer's may run in another zone
            state.code,
            logger,
            repeats,
        )

    def steady(self, prefix: str) -> Record | None:
        """What all lines have in common that begin with `prefix` and a space; None if that is not known."""
        return self.record(prefix + " ", 0) if prefix and prefix == self._prefix else None

    def start(self, line: str) -> int:
        """Where the message of a line without colours starts."""
        return self._peel(line)[3]

    def _again(self, line: str) -> _Peeled | None:
        """What `_peel` tells of a line with the prefix of the one before, as the lines of a traceback have it."""
        at = len(self._prefix)
        if not at or not line.startswith(self._prefix) or line[at : at + 1] in _NESTED:
            return None
        return self._behind, self._behind.head, None, at, None

    def _peel(self, line: str) -> _Peeled:
        """The last state, the head, the transport's time, and where the message starts and, behind a trailer, stops."""
        state, head, stamp, at, stop, is_known = self._start, None, None, 0, None, True
        for _ in range(_LAYERS):
            first = line[at : at + 1]
            closer = _CLOSERS.get(first)
            key = ""
            if closer is not None:
                end = line.find(closer, at, at + _PREFIX_CHARS)
                key = line[at : end + len(closer)] if end >= 0 else ""
                known = state.next.get(key)
                if known is not None:
                    state, head, at = known, known.head, at + len(key)
                    continue
            found = _parse(line, at, _NESTED.get(first) if state.is_final else _OUTER.get(first))
            if found is None:
                if is_known and state.is_final:
                    self._prefix, self._behind = line[:at], state
                break
            form, prefix = found
            is_known = False
            if form.is_stamp:
                stamp = fuller(prefix.ts, stamp)
            text = line[at : at + prefix.end]
            state = self._advance(state, form, prefix, text, key)
            head = text if form.is_producer or prefix.is_producer else None
            stop = at + prefix.stop if prefix.stop is not None else None
            at += prefix.end
        return state, head, stamp, at, stop

    def _advance(self, state: _State, form: Format, prefix: Prefix, text: str, key: str) -> _State:
        """The state behind a prefix, remembered where the same text always leads to it."""
        if form.is_stamp:
            key = f"\x00{form.name}\x00{prefix.key}"
        elif not form.closer or text != key:
            return _merged(state, form, prefix, text)
        known = state.next.get(key)
        if known is None:
            known = state.next[key] = _merged(state, form, prefix, text)
            self._remembered += 1
            if self._remembered > _REMEMBERED:
                self._start, self._remembered = _State(), 0
        return known


def _parse(line: str, at: int, choice: _Choice | None) -> tuple[Format, Prefix] | None:
    """The first format that the text at `at` begins with."""
    if choice is None:
        return None
    rest = line[at:] if at else line
    first = choice.sign.match(rest)
    if first is None:
        return None
    for each in choice.formats[(first.lastindex or 1) - 1 :]:
        prefix = each.parse(rest)
        if prefix is not None and prefix.end:
            return each, prefix
    return None


def _merged(state: _State, form: Format, prefix: Prefix, text: str) -> _State:
    """What is known with one more prefix; a producer that only passes another one's text on counts as transport."""
    is_producer = form.is_producer or prefix.is_producer
    return _State(
        layers=(*state.layers, prefix.layer or form.name),
        origin=_origin(state, prefix, is_producer=is_producer),
        level=prefix.level or state.level,
        ts=fuller(prefix.ts, state.ts) if form.is_producer else state.ts,
        code=prefix.code or state.code,
        logger=prefix.logger or state.logger,
        head=text if form.is_producer else None,
        is_named=state.is_named or form.is_process,
        is_final=form.is_producer,
    )


def _origin(state: _State, prefix: Prefix, *, is_producer: bool) -> Origin:
    """The inner name wins, except that a producer neither renames a named process nor corrects a known rank."""
    known = state.origin
    if is_producer and state.is_named:
        inner = Origin(
            node=known.node or prefix.node,
            process=known.process or prefix.process,
            pid=prefix.pid if known.pid is None else known.pid,
            rank=prefix.rank if known.rank is None else known.rank,
        )
        return known if inner == known else inner
    outer_rank = known.rank if is_producer and known.rank is not None else prefix.rank
    return Origin(
        node=prefix.node or known.node,
        process=prefix.process or known.process,
        pid=known.pid if prefix.pid is None else prefix.pid,
        rank=known.rank if outer_rank is None else outer_rank,
    )


def _trailers(line: str, at: int, state: _State, *, has_head: bool) -> tuple[int, _State, int]:
    """Where the message stops in front of Ray's repetition or the end of a UCM record, and what these say."""
    if "[repeated " in line:
        match = _REPEATED.search(line, at)
        if match:
            return match.start(), state, int(match[1])
    trailer = None if has_head else ucm.find_trailer(line)
    if trailer is None or trailer[3] is None or trailer.start() < at:
        return len(line), state, 1
    last = _merged(state, ucm.FORMAT, Prefix(end=0, code=trailer[3]), "")
    return trailer.start(), replace(last, head=None, is_final=False), 1
