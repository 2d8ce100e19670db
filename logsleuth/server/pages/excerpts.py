"""Evidence of a diagnosis -> the same lines as they were kept, with those around them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from logsleuth.server.api.documents import shown
from logsleuth.server.store.lines import lines_by_number
from logsleuth.server.store.sources import Source, find_source

AROUND: Final = 4
MOST_LINES: Final = 80  # of one proof
MOST: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line; `is_proof` for one of the evidence itself."""

    number: int
    text: str
    is_proof: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """Some lines of a source; without `source_id`, they are no longer kept, and those of the evidence stand alone."""

    source: str
    line: int
    rows: tuple[Row, ...]
    source_id: int | None = None


@dataclass(slots=True)
class _Stretch:
    """Proofs of one source that stand so close that they are shown together, the most decisive first."""

    source: str
    items: list[Mapping[str, Any]]

    @property
    def first(self) -> int:
        return max(min(int(item["line"]) for item in self.items) - AROUND, 1)

    @property
    def last(self) -> int:
        return max(_end(item) for item in self.items) + AROUND

    def meets(self, other: _Stretch) -> bool:
        """Whether lines of both would be shown twice."""
        return self.source == other.source and self.first <= other.last + 1 and other.first <= self.last + 1

    def proves(self, number: int) -> bool:
        """Whether a line is one of the evidence."""
        return any(item["line"] <= number <= _end(item) for item in self.items)


def excerpts(connection: sqlite3.Connection, tenant: str, diagnosis: Mapping[str, Any]) -> tuple[Excerpt, ...]:
    """The evidence of a diagnosis in the report's JSON, the most decisive first."""
    found: list[Excerpt] = []
    for stretch in _stretches(diagnosis):
        source = find_source(connection, tenant, stretch.source)
        kept = _kept(connection, source, stretch) if source is not None else None
        found += [kept] if kept is not None else map(_alone, stretch.items)
    return tuple(found)


def told(diagnosis: Mapping[str, Any]) -> tuple[Excerpt, ...]:
    """The evidence alone, where nothing around it is kept."""
    return tuple(map(_alone, diagnosis["evidence"][:MOST]))


def _stretches(diagnosis: Mapping[str, Any]) -> list[_Stretch]:
    found: list[_Stretch] = []
    for item in diagnosis["evidence"][:MOST]:
        one = _Stretch(item["source"], [item])
        for other in [each for each in found if each.meets(one)]:
            found.remove(other)
            one.items[:0] = other.items
        found.append(one)
    places = {id(item): index for index, item in enumerate(diagnosis["evidence"])}
    return sorted(found, key=lambda stretch: min(places[id(item)] for item in stretch.items))


def _kept(connection: sqlite3.Connection, source: Source, stretch: _Stretch) -> Excerpt | None:
    lines = lines_by_number(connection, source.id, stretch.first, stretch.last)
    line = stretch.items[0]["line"]
    if not any(each.number == line for each in lines):
        return None
    rows = tuple(Row(number=each.number, text=shown(each.text), is_proof=stretch.proves(each.number)) for each in lines)
    return Excerpt(source=source.name, source_id=source.id, line=line, rows=rows)


def _alone(item: Mapping[str, Any]) -> Excerpt:
    return Excerpt(source=item["source"], line=item["line"], rows=tuple(_rows(item)))


def _rows(item: Mapping[str, Any]) -> Iterator[Row]:
    for index, text in enumerate(str(item["text"]).split("\n")[:MOST_LINES]):
        yield Row(number=item["line"] + index, text=text, is_proof=True)


def _end(item: Mapping[str, Any]) -> int:
    return min(max(int(item["end_line"]), int(item["line"])), int(item["line"]) + MOST_LINES)
