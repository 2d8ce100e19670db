"""Counts lines by shape: what is left of a line when its volatile parts are masked.

Everything per line happens in native code: a cheap key for each line of a block, a look-up of the shape that lines of
this key have, two dictionaries. Only lines whose key was never seen are masked, and Python sees a shape when it is new,
which in a serving log is a few thousand times.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, repeat
from typing import Final

from logsleuth.limits import Limits
from logsleuth.masking import key_bytes, shape_bytes, substitute
from logsleuth.model import Shift, Text

ERROR_WORDS: Final = (b"ERROR", b"CRITICAL", b"FATAL", b"Error:", b"NCCL WARN", b"][E]")
BUCKET_WORDS: Final = 3
REST: Final = b"..."
COARSE_BYTES: Final = 400
KEY_BYTES: Final = 150  # what a key takes beside its text
HEADS: Final = 10_000
LINES: Final = 1 << 44  # more than a source has: with them, a place is one number
PAUSE: Final = 64  # texts
_cut: Final = substitute(rb"(?m)^[^\S\n]*+(?:\S++[^\S\n]++){%d}\K.++" % BUCKET_WORDS, b"")


@dataclass(slots=True, eq=False)
class Shape:
    """How often a shape was seen, where first and last (source index, line), and its first line."""

    count: int
    first: tuple[int, int]
    last: tuple[int, int]
    exemplar: bytes


_NEW: Final = Shape(count=0, first=(0, 0), last=(0, 0), exemplar=b"")  # stands for that of a line not seen before


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapesRead:
    """The shapes and the coarse buckets of one piece of a source, in the order in which they were met."""

    shapes: tuple[tuple[bytes, Shape], ...] = ()
    buckets: tuple[tuple[bytes, Shape], ...] = ()


class ShapeTable:
    """The shapes of everything read so far, bounded; what did not fit is counted in coarse buckets."""

    def __init__(self, *, limits: Limits) -> None:
        self._limits = limits
        self._shapes: dict[bytes, Shape] = {}
        self._buckets: dict[bytes, Shape] = {}
        self._counts: Counter[Shape] = Counter()  # what is not yet in the shapes themselves
        self._places: dict[Shape, int] = {}  # the same: where each was seen last
        self._known: dict[bytes, Shape] = {}  # by key
        self._known_bytes = 0
        self._heads: dict[bytes, Shape] = {}  # buckets by the beginnings of masked lines
        self._without_keys = 0  # texts that are masked as a whole, since most keys would be new
        self._pause = 0  # how many there were when most keys were new the last time

    @property
    def shapes(self) -> dict[bytes, Shape]:
        """All shapes, in the order in which they were met."""
        self._settle()
        return self._shapes

    @property
    def buckets(self) -> dict[bytes, Shape]:
        """The coarse groups of the lines that there was no room for."""
        self._settle()
        return self._buckets

    def _settle(self) -> None:
        """Enter what was counted."""
        for (shape, count), place in zip(self._counts.items(), self._places.values(), strict=True):
            shape.count += count
            shape.last = divmod(place, LINES)
        self._counts, self._places = Counter(), {}

    def export(self) -> ShapesRead:
        """All shapes, for another table to absorb."""
        return ShapesRead(shapes=tuple(self.shapes.items()), buckets=tuple(self.buckets.items()))

    def absorb(self, read: ShapesRead, shift: Shift) -> None:
        """Add what another table has counted of what comes next."""
        self._settle()
        for shape, entry in read.shapes:
            known = self._shapes.get(shape)
            if known is None and self._has_room(shape):
                self._shapes[shape] = _moved(entry, shift)
            else:
                self._credit(known or self._coarse(self._bucket(shape), entry, shift), entry, shift)
        for name, entry in read.buckets:
            key = self._rest() if name == REST else self._bucket_of(name)
            self._credit(self._coarse(key, entry, shift), entry, shift)

    def _coarse(self, key: bytes, entry: Shape, shift: Shift) -> Shape:
        """The bucket of this name, as yet empty where it is new."""
        if key not in self._buckets:
            self._buckets[key] = _moved(entry, shift)
            self._buckets[key].count = 0
        return self._buckets[key]

    @staticmethod
    def _credit(known: Shape, entry: Shape, shift: Shift) -> None:
        known.count += entry.count
        known.last = shift.place(entry.last)

    def count(self, text: Text, source_index: int) -> None:
        """Count every line of `text`."""
        found = self._by_mask(text, source_index) if self._without_keys else self._by_key(text, source_index)
        first = source_index * LINES + text.first_line
        self._counts.update(found)
        self._places.update(zip(found, range(first, first + len(found)), strict=True))

    def _by_key(self, text: Text, source_index: int) -> list[Shape]:
        """The shape of each line, masking those lines alone whose keys are new."""
        keys = _lines(key_bytes(text.shapes))
        found = list(map(self._known.get, keys, repeat(_NEW)))
        places = list(_new(found))
        fresh: dict[bytes, int] = {}
        for at in places:
            fresh.setdefault(keys[at], at)
        self._judge_keys(is_known=2 * len(fresh) <= len(keys))
        if fresh:
            masked = shape_bytes(b"\n".join(fresh)).split(b"\n")
            shapes = self._entered(masked, self._known_of(masked), list(fresh.values()), text, source_index)
            learnt = dict(zip(fresh, shapes, strict=True))
            for at in places:
                found[at] = learnt[keys[at]]
            self._remember(learnt)
        return found

    def _by_mask(self, text: Text, source_index: int) -> list[Shape]:
        """The shape of each line, masking all."""
        masked = _lines(shape_bytes(text.shapes))
        found = self._known_of(masked)
        if 2 * found.count(_NEW) <= len(found):  # else keys would be as new as the shapes
            self._without_keys -= 1
        return self._entered(masked, found, range(len(masked)), text, source_index)

    def _judge_keys(self, *, is_known: bool) -> None:
        """Do without keys for a while where most of them were never seen, for longer each time."""
        self._pause = 0 if is_known else min(self._pause + 1, PAUSE)
        self._without_keys = self._pause

    def _remember(self, learnt: dict[bytes, Shape]) -> None:
        self._known_bytes += sum(map(len, learnt)) + KEY_BYTES * len(learnt)
        if self._known_bytes > self._limits.shape_key_bytes:
            self._known, self._known_bytes = {}, 0
        else:
            self._known.update(learnt)

    def _known_of(self, masked: list[bytes]) -> list[Shape]:
        """The shapes of masked lines, as far as they were seen before."""
        return list(map(self._shapes.get, masked, repeat(_NEW)))

    def _entered(
        self, masked: list[bytes], found: list[Shape], places: Sequence[int], text: Text, source_index: int
    ) -> list[Shape]:
        """The shapes of `masked` lines, which stand at `places` in the text; what is new in `found` is entered."""
        if _NEW in found:
            lines = text.shapes.split(b"\n")

            def begun(index: int) -> Shape:
                place = (source_index, text.first_line + places[index])
                exemplar = lines[places[index]][: self._limits.template_chars]
                return Shape(count=0, first=place, last=place, exemplar=exemplar)

            for index in self._hopeful(masked, found):
                name = masked[index]
                if name in self._shapes or self._has_room(name):
                    found[index] = self._shapes.get(name) or self._shapes.setdefault(name, begun(index))
            if _NEW in found:
                found = self._pooled(masked, found, begun)
        return found

    def _hopeful(self, masked: Sequence[bytes], found: Sequence[Shape]) -> Iterator[int]:
        """The new lines that there may be room for."""
        room = self._limits.shapes - len(self._shapes)
        if room > 0:
            yield from _new(found)
        elif room > -self._limits.error_shapes:
            yield from (index for index in _errors(masked) if found[index] is _NEW)

    def _has_room(self, shape: bytes) -> bool:
        room = self._limits.shapes - len(self._shapes)
        if room > 0:
            return True
        # errors have room of their own: a flood of healthy shapes must not hide them
        return room > -self._limits.error_shapes and any(word in shape for word in ERROR_WORDS)

    def _pooled(self, masked: list[bytes], found: list[Shape], begun: Callable[[int], Shape]) -> list[Shape]:
        """What was found, with buckets for those lines that there is no room for."""
        heads = _heads(masked)
        buckets = map(self._heads.get, heads, repeat(_NEW))
        found = [bucket if shape is _NEW else shape for shape, bucket in zip(found, buckets, strict=True)]
        for index in _new(found):
            name = self._bucket(heads[index])
            found[index] = self._buckets.get(name) or self._buckets.setdefault(name, begun(index))
            if len(heads[index]) <= COARSE_BYTES:
                self._heads[heads[index]] = found[index]
        if len(self._heads) > HEADS:
            self._heads = {}
        return found

    def _bucket(self, shape: bytes) -> bytes:
        return self._bucket_of(coarse(shape))

    def _bucket_of(self, key: bytes) -> bytes:
        if key in self._buckets or len(self._buckets) < self._limits.overflow_buckets:
            return key
        return self._rest()

    def _rest(self) -> bytes:
        if REST not in self._buckets:
            self._buckets[REST] = Shape(count=0, first=(1 << 60, 0), last=(0, 0), exemplar=REST)
        return REST


def _lines(text: bytes) -> list[bytes]:
    """The lines of a text of which each has its newline."""
    lines = text.split(b"\n")
    lines.pop()
    return lines


def _new(found: Sequence[Shape]) -> Iterator[int]:
    """Where no shape was found; of thousands of lines, a few."""
    at = -1
    with contextlib.suppress(ValueError):
        while True:
            at = found.index(_NEW, at + 1)
            yield at


def _errors(lines: Sequence[bytes]) -> list[int]:
    """Which lines hold a word of errors: sought in all of them at once."""
    whole = b"\n".join(lines)
    ends = list(accumulate(len(line) + 1 for line in lines))
    found: set[int] = set()
    for word in ERROR_WORDS:
        at = whole.find(word)
        while at >= 0:
            index = bisect_right(ends, at)
            found.add(index)
            at = whole.find(word, ends[index])
    return sorted(found)


def _heads(masked: list[bytes]) -> list[bytes]:
    """As much of each line as decides on its bucket."""
    return _cut(b"\n".join(masked)).split(b"\n") if _cut else masked


def _moved(entry: Shape, shift: Shift) -> Shape:
    return Shape(
        count=entry.count, first=shift.place(entry.first), last=shift.place(entry.last), exemplar=entry.exemplar
    )


def coarse(shape: bytes) -> bytes:
    """The beginning of a shape: what stands for all shapes that there is no room for."""
    return b" ".join(shape[:COARSE_BYTES].split(None, BUCKET_WORDS)[:BUCKET_WORDS])
