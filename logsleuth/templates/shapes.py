"""Counts lines by shape: what is left of a line when its volatile parts are masked.

Everything per line happens in native code: one substitution for the block, a split, two dictionaries. Python sees a
shape when it is new, which in a serving log is a few thousand times.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from logsleuth.limits import Limits
from logsleuth.masking import shape_bytes
from logsleuth.model import Shift, Text

ERROR_WORDS: Final = (b"ERROR", b"CRITICAL", b"FATAL", b"Error:", b"NCCL WARN", b"][E]")
BUCKET_WORDS: Final = 3
REST: Final = b"..."


@dataclass(slots=True)
class Shape:
    """How often a shape was seen, where first and last (source index, line), and its first line."""

    count: int
    first: tuple[int, int]
    last: tuple[int, int]
    exemplar: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapesRead:
    """The shapes and the coarse buckets of one piece of a source, in the order in which they were met."""

    shapes: tuple[tuple[bytes, Shape], ...] = ()
    buckets: tuple[tuple[bytes, Shape], ...] = ()


class ShapeTable:
    """The shapes of everything read so far, bounded; what did not fit is counted in coarse buckets."""

    def __init__(self, *, limits: Limits) -> None:
        self._limits = limits
        self.shapes: dict[bytes, Shape] = {}
        self.buckets: dict[bytes, Shape] = {}

    def export(self) -> ShapesRead:
        """All shapes, for another table to absorb."""
        return ShapesRead(shapes=tuple(self.shapes.items()), buckets=tuple(self.buckets.items()))

    def absorb(self, read: ShapesRead, shift: Shift) -> None:
        """Add what another table has counted of what comes next."""
        for shape, entry in read.shapes:
            known = self.shapes.get(shape)
            if known is None and self._has_room(shape):
                self.shapes[shape] = _moved(entry, shift)
            else:
                self._credit(known or self._coarse(self._bucket(shape), entry, shift), entry, shift)
        for name, entry in read.buckets:
            key = self._rest() if name == REST else self._bucket_of(name)
            self._credit(self._coarse(key, entry, shift), entry, shift)

    def _coarse(self, key: bytes, entry: Shape, shift: Shift) -> Shape:
        """The bucket of this name, as yet empty where it is new."""
        if key not in self.buckets:
            self.buckets[key] = _moved(entry, shift)
            self.buckets[key].count = 0
        return self.buckets[key]

    @staticmethod
    def _credit(known: Shape, entry: Shape, shift: Shift) -> None:
        known.count += entry.count
        known.last = shift.place(entry.last)

    def count(self, text: Text, source_index: int) -> None:
        """Count every line of `text`."""
        masked = shape_bytes(text.shapes).split(b"\n")
        if not masked[-1]:
            masked.pop()
        if not masked:
            return
        counts = Counter(masked)
        last = dict(zip(masked, range(len(masked)), strict=True))
        fresh = [shape for shape in counts if shape not in self.shapes]
        if fresh:
            self._enter(fresh, masked, text, source_index)
        for shape, count in counts.items():
            entry = self.shapes.get(shape) or self.buckets[self._bucket(shape)]
            entry.count += count
            entry.last = (source_index, text.first_line + last[shape])

    def _enter(self, fresh: list[bytes], masked: list[bytes], text: Text, source_index: int) -> None:
        lines = text.shapes.split(b"\n")
        first = dict(zip(reversed(masked), range(len(masked) - 1, -1, -1), strict=True))
        for shape in fresh:
            index = first[shape]
            place = (source_index, text.first_line + index)
            entry = Shape(count=0, first=place, last=place, exemplar=lines[index][: self._limits.template_chars])
            if self._has_room(shape):
                self.shapes[shape] = entry
            else:
                self.buckets.setdefault(self._bucket(shape), entry)

    def _has_room(self, shape: bytes) -> bool:
        room = self._limits.shapes - len(self.shapes)
        if room > 0:
            return True
        # errors have room of their own: a flood of healthy shapes must not hide them
        return room > -self._limits.error_shapes and any(word in shape for word in ERROR_WORDS)

    def _bucket(self, shape: bytes) -> bytes:
        return self._bucket_of(coarse(shape))

    def _bucket_of(self, key: bytes) -> bytes:
        if key in self.buckets or len(self.buckets) < self._limits.overflow_buckets:
            return key
        return self._rest()

    def _rest(self) -> bytes:
        if REST not in self.buckets:
            self.buckets[REST] = Shape(count=0, first=(1 << 60, 0), last=(0, 0), exemplar=REST)
        return REST


def _moved(entry: Shape, shift: Shift) -> Shape:
    return Shape(
        count=entry.count, first=shift.place(entry.first), last=shift.place(entry.last), exemplar=entry.exemplar
    )


def coarse(shape: bytes) -> bytes:
    """The beginning of a shape: what stands for all shapes that there is no room for."""
    return b" ".join(shape[:400].split(None, BUCKET_WORDS)[:BUCKET_WORDS])
