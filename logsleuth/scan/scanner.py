"""Finds the lines worth a thought: all expressions of the catalog and of the stages in one hyperscan database."""

from __future__ import annotations

import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import hyperscan

from logsleuth.model import Mark
from logsleuth.scan.store import load, save

LITERAL: Final = 0
LINEWISE: Final = hyperscan.HS_FLAG_MULTILINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """Something to look for in raw bytes: fixed text, or an expression in hyperscan's linear syntax."""

    text: bytes
    is_literal: bool = True

    def compiled_form(self) -> bytes:
        """The expression as hyperscan takes it."""
        return re.escape(self.text) if self.is_literal else self.text


class Scanner:
    """A compiled set of expressions; their numbers are their places in the sequence given."""

    def __init__(self, expressions: Sequence[Expression], *, cache: Path | None = None) -> None:
        self._database = _database(tuple(expressions), cache)
        self._hits: list[tuple[int, int]] = []
        # hyperscan keeps no reference of its own to the callback: a temporary one would crash the process
        self._callback = self._on_match

    def _on_match(self, number: int, _start: int, end: int, _flags: int, _context: object) -> None:
        self._hits.append((end, number))

    def marks(self, data: bytes) -> list[Mark]:
        """Where expressions stand in `data`, by line: in the order of lines, each expression once a line."""
        self._hits = []
        self._database.scan(data, match_event_handler=self._callback)
        if not self._hits:
            return []
        return _by_line(data, self._hits)


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
        flags=[LITERAL if expression.is_literal else LINEWISE for expression in expressions],
    )
    return database


def _key(expressions: tuple[Expression, ...]) -> str:
    digest = sha256(f"{getattr(hyperscan, '__version__', '')} {platform.machine()} {_processor()}".encode())
    for expression in expressions:
        digest.update(b"%d %d " % (expression.is_literal, len(expression.text)) + expression.text)
    return digest.hexdigest()[:24]


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
