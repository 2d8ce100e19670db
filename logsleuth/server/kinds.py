"""Counts the lines of a tenant by template, level and minute. In: texts of one minute each. Out: counts since then.

A shape is looked at when it is new, as `templates` does; a template is the masked message of a shape, so that a key is
the same whatever was seen before, in this run or an earlier one.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from logsleuth.limits import Limits
from logsleuth.masking import mask_text, shape_bytes
from logsleuth.model import Level, Record, Text
from logsleuth.templates.shapes import ERROR_WORDS

Peel = Callable[[str, int], Record]
KEY_BYTES: Final = 12
OTHER_KEY: Final = b""
OTHER: Final = "..."
TEMPLATE_CHARS: Final = 600  # of a template; what differs later makes no other kind
NEW_SHAPES: Final = 2_000  # looked at for one advance of the clock; a flood of more is counted together


class Kind(NamedTuple):
    """What a shape stands for."""

    key: bytes
    template: str
    level: Level | None


@dataclass(slots=True)
class Count:
    """How often a template came since the last harvest, when, and where first."""

    kind: Kind
    source: str
    line: int
    first_ns: int
    last_ns: int
    lines: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """All that was counted: by template, by (template, minute), by (minute, level)."""

    templates: Mapping[bytes, Count] = field(default_factory=dict)
    minutes: Mapping[tuple[bytes, int], int] = field(default_factory=dict)
    levels: Mapping[tuple[int, str], int] = field(default_factory=dict)


class KindCounter:
    """Counts for one tenant; `at` says what the next texts' time is."""

    def __init__(self, *, peel: Peel, limits: Limits) -> None:
        self._peel = peel
        self._limits = limits
        self._kinds: dict[bytes, Kind] = {}
        self._first_ns = self._last_ns = self._minute = 0
        self._room = NEW_SHAPES
        self._clear()

    def at(self, first_ns: int, last_ns: int, minute: int) -> None:
        """The times of the first and the last line of what comes next, all of it within one minute."""
        self._first_ns, self._last_ns, self._minute = first_ns, last_ns, minute

    def breathe(self) -> None:
        """Time has gone by: new shapes may be looked at again."""
        self._room = NEW_SHAPES

    def harvest(self) -> Counted:
        """What was counted since the last harvest."""
        found = Counted(templates=self._templates, minutes=self._minutes, levels=self._levels)
        self._clear()
        return found

    def count(self, text: Text, source_index: int) -> None:
        """Count every line of `text`."""
        del source_index
        masked = shape_bytes(text.shapes).split(b"\n")
        if not masked[-1]:
            masked.pop()
        for shape, lines in Counter(masked).items():
            kind = self._kinds.get(shape) or self._enter(shape, masked, text)
            found = self._templates.get(kind.key)
            if found is None:
                line = text.first_line + masked.index(shape)
                found = Count(kind, text.source, line, self._first_ns, self._last_ns)
                self._templates[kind.key] = found
            found.lines += lines
            found.first_ns = min(found.first_ns, self._first_ns)
            found.last_ns = max(found.last_ns, self._last_ns)
            self._minutes[kind.key, self._minute] += lines
            self._levels[self._minute, kind.level.value if kind.level else ""] += lines

    def _clear(self) -> None:
        self._templates: dict[bytes, Count] = {}
        self._minutes: Counter[tuple[bytes, int]] = Counter()
        self._levels: Counter[tuple[int, str]] = Counter()

    def _enter(self, shape: bytes, masked: list[bytes], text: Text) -> Kind:
        if not self._room:
            is_error = any(word in shape for word in ERROR_WORDS)
            return Kind(OTHER_KEY, OTHER, Level.ERROR if is_error else None)
        self._room -= 1
        index = masked.index(shape)
        line = text.shapes.split(b"\n", index + 1)[index][: self._limits.template_chars]
        if len(self._kinds) >= self._limits.shapes:
            # the oldest half: what comes again is looked at again
            self._kinds = dict(islice(self._kinds.items(), len(self._kinds) // 2, None))
        kind = self._kinds[shape] = self._kind(line, text.first_line + index)
        return kind

    def _kind(self, line: bytes, number: int) -> Kind:
        record = self._peel(line.decode("utf-8", "replace"), number)
        template = mask_text(record.message).strip()[:TEMPLATE_CHARS]
        level = record.level.value if record.level else ""
        key = hashlib.blake2b(f"{level}\0{template}".encode("utf-8", "replace"), digest_size=KEY_BYTES).digest()
        return Kind(key, template, record.level)
