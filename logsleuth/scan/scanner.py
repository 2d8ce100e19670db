"""Finds the lines worth a thought: all expressions of the catalog and of the stages in one hyperscan database."""

from __future__ import annotations

import platform
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import hyperscan

from logsleuth.model import Mark
from logsleuth.scan.store import load, save
from logsleuth.version import __version__

LINEWISE: Final = hyperscan.HS_FLAG_MULTILINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """Something to look for in raw bytes: fixed text, or an expression in hyperscan's linear syntax.

    Of a word it matters only whether a text holds it at all, so it may stand on every line at next to no cost.
    """

    text: bytes
    is_literal: bool = True
    is_word: bool = False

    def compiled_form(self) -> bytes:
        """The expression as hyperscan takes it."""
        return re.escape(self.text) if self.is_literal else self.text

    def flags(self) -> int:
        """What hyperscan has to know about it."""
        once = hyperscan.HS_FLAG_SINGLEMATCH if self.is_word else 0
        return once if self.is_literal else once | LINEWISE


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What one text holds: the marks in the order of lines, each expression once a line, and the words."""

    marks: Sequence[Mark]
    words: Collection[bytes]


class Scanner:
    """A compiled set of expressions; their numbers are their places in the sequence given."""

    def __init__(self, expressions: Sequence[Expression], *, cache: Path | None = None) -> None:
        self._database = _database(tuple(expressions), cache)
        self._words = {number: one.text for number, one in enumerate(expressions) if one.is_word}
        self._hits: list[tuple[int, int]] = []
        # hyperscan keeps no reference of its own to the callback: a temporary one would crash the process
        self._callback = self._on_match

    def _on_match(self, number: int, _start: int, end: int, _flags: int, _context: object) -> None:
        self._hits.append((end, number))

    def marks(self, data: bytes) -> list[Mark]:
        """Where expressions stand in `data`, by line: in the order of lines, each expression once a line."""
        return list(self.scan(data).marks)

    def scan(self, data: bytes) -> Scan:
        """What `data` holds."""
        hits = self._hits = []
        self._database.scan(data, match_event_handler=self._callback)
        words = {self._words[number] for _, number in hits if number in self._words}
        if words:
            hits = [hit for hit in hits if hit[1] not in self._words]
        return Scan(marks=_by_line(data, hits), words=words)


def _by_line(data: bytes, hits: list[tuple[int, int]]) -> list[Mark]:
    marks: list[Mark] = []
    hits.sort()
    line_start, line_end = 0, -1
    seen: set[int] = set()
    for end, number in hits:
        if end > line_end:
            line_start = data.rfind(b"\n", 0, end - 1) + 1
            line_end = data.find(b"\n", end - 1) if end else 0
            line_end = len(data) if line_end < 0 else line_end
            seen = set()
        if number not in seen:
            seen.add(number)
            marks.append(Mark(start=line_start, expression=number))
    return marks


def _database(expressions: tuple[Expression, ...], cache: Path | None) -> hyperscan.Database:
    path = cache / f"scan-{_key(expressions)}.hs" if cache else None
    stored = load(path) if path else None
    if stored is not None:
        try:
            database = hyperscan.loadb(stored, hyperscan.HS_MODE_BLOCK)
            database.scratch = hyperscan.Scratch(database)
        except hyperscan.error:
            pass  # made by another build or for another processor: compiled again below
        else:
            return database
    database = _compile(expressions)
    if path:
        save(path, hyperscan.dumpb(database))
    return database


def _compile(expressions: tuple[Expression, ...]) -> hyperscan.Database:
    database = hyperscan.Database()
    database.compile(
        expressions=[expression.compiled_form() for expression in expressions],
        ids=list(range(len(expressions))),
        flags=[expression.flags() for expression in expressions],
    )
    return database


def _key(expressions: tuple[Expression, ...]) -> str:
    """What the compiled form depends on; asked for at every start, so the forms themselves are not made."""
    maker = f"{__version__} {getattr(hyperscan, '__version__', '')} {platform.machine()} {_processor()} "
    sought = (
        b"%d%d%d %d %b" % (one.flags(), one.is_literal, one.is_word, len(one.text), one.text) for one in expressions
    )
    return sha256(maker.encode() + b"".join(sought)).hexdigest()[:24]


def _processor() -> str:
    """The instruction sets, since a database is made for the processor at hand."""
    try:
        with Path("/proc/cpuinfo").open(
            encoding="ascii", errors="replace"
        ) as lines:  # the kernel writes it as it is read
            for line in lines:
                if line.startswith(("flags", "Features")):
                    return line.rstrip("\n")
    except OSError:
        pass
    return platform.processor()
