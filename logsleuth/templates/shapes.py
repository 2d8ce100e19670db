"""Counts lines by shape: what is left of a line when its volatile parts are masked.

Everything per line happens in native code: a cheap key for each line of a block, a look-up of the shape that lines of
this key have, two dictionaries. Only lines whose key was never seen are masked, and Python sees a shape when it is new,
which in a serving log is a few thousand times.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from logsleuth.limits import Limits
from logsleuth.masking import key_bytes, shape_bytes
from logsleuth.model import Text

ERROR_WORDS: Final = (b"ERROR", b"CRITICAL", b"FATAL", b"Error:", b"NCCL WARN", b"][E]")
BUCKET_WORDS: Final = 3
REST: Final = b"..."
KEY_BYTES: Final = 150  # what a key takes beside its text


@dataclass(slots=True, eq=False)
class Shape:
    """How often a shape was seen, where first and last (source index, line), and its first line."""

    count: int
    first: tuple[int, int]
    last: tuple[int, int]
    exemplar: bytes


class ShapeTable:
    """The shapes of everything read so far, bounded; what did not fit is counted in coarse buckets."""

    def __init__(self, *, limits: Limits) -> None:
        self._limits = limits
        self.shapes: dict[bytes, Shape] = {}
        self.buckets: dict[bytes, Shape] = {}
        self._known: dict[bytes, Shape] = {}  # by key
        self._known_bytes = 0

    def count(self, text: Text, source_index: int) -> None:
        """Count every line of `text`."""
        keys = key_bytes(text.shapes).split(b"\n")
        if not keys[-1]:
            keys.pop()
        found = list(map(self._known.get, keys))
        if None in found:
            places = list(_missing(found))
            self._learn(places, keys, text, source_index)
            for at in places:
                found[at] = self._known[keys[at]]
        last = dict(zip(found, range(text.first_line, text.first_line + len(found)), strict=True))
        for shape, count in Counter(found).items():
            shape.count += count
            shape.last = (source_index, last[shape])
        if self._known_bytes > self._limits.shape_key_bytes:
            self._known, self._known_bytes = {}, 0

    def _learn(self, places: Sequence[int], keys: Sequence[bytes], text: Text, source_index: int) -> None:
        """Find the shapes of the lines at `places`, whose keys were never seen."""
        fresh: dict[bytes, int] = {}
        for at in places:
            fresh.setdefault(keys[at], at)
        masked = shape_bytes(b"\n".join(fresh)).split(b"\n")
        found = list(map(self.shapes.get, masked))
        if None in found:
            lines = text.shapes.split(b"\n")
            for index, at in enumerate(fresh.values()):
                if found[index] is None:
                    found[index] = self._enter(masked[index], lines[at], (source_index, text.first_line + at))
        self._known.update(zip(fresh, found, strict=True))
        self._known_bytes += sum(map(len, fresh)) + KEY_BYTES * len(fresh)

    def _enter(self, shape: bytes, line: bytes, place: tuple[int, int]) -> Shape:
        """The shape of a line, entered if there is room, or the bucket that stands for it."""
        is_shape = shape in self.shapes or self._has_room(shape)
        table, name = (self.shapes, shape) if is_shape else (self.buckets, self._bucket(shape))
        entry = table.get(name)
        if entry is None:
            entry = table[name] = Shape(count=0, first=place, last=place, exemplar=line[: self._limits.template_chars])
        return entry

    def _has_room(self, shape: bytes) -> bool:
        room = self._limits.shapes - len(self.shapes)
        if room > 0:
            return True
        # errors have room of their own: a flood of healthy shapes must not hide them
        return room > -self._limits.error_shapes and any(word in shape for word in ERROR_WORDS)

    def _bucket(self, shape: bytes) -> bytes:
        key = coarse(shape)
        if key in self.buckets or len(self.buckets) < self._limits.overflow_buckets:
            return key
        if REST not in self.buckets:
            self.buckets[REST] = Shape(count=0, first=(1 << 60, 0), last=(0, 0), exemplar=REST)
        return REST


def _missing(found: Sequence[Shape | None]) -> Iterator[int]:
    """Where None stands; of thousands, a few."""
    at = -1
    with contextlib.suppress(ValueError):
        while True:
            at = found.index(None, at + 1)
            yield at


def coarse(shape: bytes) -> bytes:
    """The beginning of a shape: what stands for all shapes that there is no room for."""
    return b" ".join(shape[:400].split(None, BUCKET_WORDS)[:BUCKET_WORDS])
