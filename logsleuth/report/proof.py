"""Chooses which lines of evidence to print: the decisive ones, and no line twice that differs only in its numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.model import Evidence

NUMBERS: Final = lazy(r"0x[0-9a-fA-F]+|\d+")
COLORS: Final = lazy(r"\\x1b\[[0-9;]*m")  # as escaped text: what a colour code looks like in evidence
ALIKE: Final = 60  # signs at the end of a text that make two lines the same; their prefixes differ by rank
PLACES: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Lines to print, and where the same was said again."""

    source: str
    line: int
    text: str
    alike: int = 0  # further lines of the same text that differed only in their numbers
    same_at: tuple[str, ...] = ()


def shown(items: Sequence[Evidence], *, most: int) -> tuple[Shown, ...]:
    """The first `most` different pieces of evidence; those that say the same are only named by their places."""
    kept: dict[str, Shown] = {}
    for item in items:
        lines = COLORS.sub("", item.text).split("\n")
        text = "\n".join(_different(lines))
        key = _key(text)
        if key in kept:
            first = kept[key]
            kept[key] = replace(first, same_at=_with_place(first, item))
        elif len(kept) < most:
            kept[key] = Shown(source=item.source, line=item.line, text=text, alike=len(lines) - text.count("\n") - 1)
    return tuple(kept.values())


def _different(lines: Sequence[str]) -> list[str]:
    """`lines` without those that repeat the one above with other numbers."""
    return [line for number, line in enumerate(lines) if not number or _key(line) != _key(lines[number - 1])]


def _key(text: str) -> str:
    return NUMBERS.sub("#", text.strip())[-ALIKE:]


def _with_place(first: Shown, item: Evidence) -> tuple[str, ...]:
    place = str(item.line) if item.source == first.source else f"{item.source}:{item.line}"
    is_new = item.line != first.line or item.source != first.source
    return (*first.same_at, place)[:PLACES] if is_new and place not in first.same_at else first.same_at
