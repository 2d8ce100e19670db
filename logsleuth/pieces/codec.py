"""Parts as bytes and back: MessagePack of plain values, the same bytes for the same part, checked when it is read."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

import msgspec

from logsleuth.errors import StateError
from logsleuth.model import Event, EventKind, EventLine, Facts, Finding, Level, Origin, Raised
from logsleuth.part import Part
from logsleuth.tally import Tallied

SCHEMA: Final = 1  # of parts: another number is another format
MOST_LINE: Final = 2**53
DAMAGED: Final = "is damaged"


class _Event(msgspec.Struct, array_like=True, frozen=True):
    """An event of the part's source, without what is made of its lines."""

    kind: EventKind
    origin: Origin
    lines: tuple[EventLine, ...]
    level: Level | None
    ts: str | None
    near_ts: str | None
    layers: tuple[str, ...]
    code: str | None
    raised: tuple[Raised, ...]
    is_cut: bool
    repeats: int


class _Finding(msgspec.Struct, array_like=True, frozen=True):
    """A finding, with the number of its event."""

    signature_id: str
    event: int
    first: int
    last: int
    facts: Facts
    raised: int | None
    count: int
    is_relayed: bool
    at: float | None


class _Tallied(msgspec.Struct, array_like=True, frozen=True):
    first: _Finding
    latest: _Finding | None
    count: int


class _Packed(msgspec.Struct, array_like=True, frozen=True):
    """A part without its findings, and these with each event once."""

    schema: int
    part: Part
    events: tuple[_Event, ...]
    tallied: tuple[_Tallied, ...]


def encode(part: Part) -> bytes:
    """The bytes of a part."""
    events: dict[int, int] = {}
    packed: list[_Event] = []

    def finding(one: Finding) -> _Finding:
        if id(one.event) not in events:
            events[id(one.event)] = len(packed)
            packed.append(_packed_event(one.event))
        return _packed_finding(one, events[id(one.event)])

    tallied = tuple(
        _Tallied(finding(one.first), finding(one.latest) if one.latest else None, one.count)
        for one in part.learnt.tallied
    )
    rest = replace(part, learnt=replace(part.learnt, tallied=()))
    return msgspec.msgpack.encode(_Packed(SCHEMA, rest, tuple(packed), tallied))


def decode(data: bytes) -> Part:
    """The part that `data` holds; StateError if it is none."""
    try:
        packed = msgspec.msgpack.decode(data, type=_Packed)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise StateError(f"{DAMAGED}: {error}") from None
    if packed.schema != SCHEMA:
        raise StateError(f"has parts of version {packed.schema}, this program reads {SCHEMA}")
    events = tuple(_event(one, packed.part.source or "") for one in packed.events)
    _check_lines(packed, events)
    tallied = tuple(_tallied(one, events) for one in packed.tallied)
    return replace(packed.part, learnt=replace(packed.part.learnt, tallied=tallied))


def _tallied(one: _Tallied, events: tuple[Event, ...]) -> Tallied:
    latest = _finding(one.latest, events) if one.latest else None
    return Tallied(first=_finding(one.first, events), latest=latest, count=one.count)


def _packed_event(event: Event) -> _Event:
    return _Event(
        event.kind,
        event.origin,
        event.lines,
        event.level,
        event.ts,
        event.near_ts,
        event.layers,
        event.code,
        event.raised,
        event.is_cut,
        event.repeats,
    )


def _event(one: _Event, source: str) -> Event:
    return Event(
        kind=one.kind,
        source=source,
        source_index=0,
        origin=one.origin,
        lines=one.lines,
        level=one.level,
        ts=one.ts,
        near_ts=one.near_ts,
        layers=one.layers,
        code=one.code,
        raised=one.raised,
        is_cut=one.is_cut,
        repeats=one.repeats,
    )


def _packed_finding(one: Finding, event: int) -> _Finding:
    return _Finding(
        one.signature_id, event, one.first, one.last, one.facts, one.raised, one.count, one.is_relayed, one.at
    )


def _finding(one: _Finding, events: tuple[Event, ...]) -> Finding:
    event = events[one.event] if 0 <= one.event < len(events) else None
    if event is None or not 0 <= one.first <= one.last < len(event.lines):
        raise StateError(f"{DAMAGED}: a finding without its lines")
    if one.raised is not None and not 0 <= one.raised < len(event.raised):
        raise StateError(f"{DAMAGED}: a finding without its exception")
    return Finding(
        signature_id=one.signature_id,
        event=event,
        first=one.first,
        last=one.last,
        facts=one.facts,
        raised=one.raised,
        count=one.count,
        is_relayed=one.is_relayed,
        at=one.at,
    )


def _check_lines(packed: _Packed, events: Iterable[Event]) -> None:
    """Whether what the report relies on holds, whoever wrote the part."""
    counted = (one.count for one in packed.tallied)
    at_least_one = itertools.chain(counted, (series.stride for series in packed.part.learnt.series))
    if not all(0 < number <= MOST_LINE for number in at_least_one) or not all(
        0 <= number <= MOST_LINE for number in _numbers(packed)
    ):
        raise StateError(f"{DAMAGED}: a count out of range")
    figures = (point.values for series in packed.part.learnt.series for point in series.points)
    if not all(math.isfinite(value) for _, value in itertools.chain.from_iterable(figures)):
        raise StateError(f"{DAMAGED}: a figure that is no number")
    signs = packed.part.learnt.signs
    for event in (*events, *(one for one in (signs.step, signs.configured) if one is not None)):
        if not event.lines or any(not 0 <= raised.at < len(event.lines) for raised in event.raised):
            raise StateError(f"{DAMAGED}: an event without its lines")


def _numbers(packed: _Packed) -> Iterator[int]:
    part, counts, shapes = packed.part, packed.part.counts, packed.part.learnt.shapes
    yield from (counts.lines, counts.line_ends, counts.bytes, counts.undecodable, counts.nul_bytes, part.lead_lines)
    yield from (counts.cuts.lines, counts.cuts.bytes, counts.cuts.first_line, part.learnt.dropped)
    for _, shape in itertools.chain(shapes.shapes, shapes.buckets):
        yield from (shape.count, shape.first[1], shape.last[1])
    yield from (finding.count for one in packed.tallied for finding in (one.first, one.latest) if finding is not None)
