"""Reads the spool from another process than the one that writes it. In: positions; out: payloads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from logsleuth.limits import DEFAULT_SERVER_LIMITS, ServerLimits
from logsleuth.server.segments import Damage, Frame, Position, Segment, numbers
from logsleuth.server.spool import end_of


class Reader:
    """Walks over the frames; damage is skipped, counted in `damaged`, and the first of it kept in `damages`."""

    def __init__(self, folder: Path, limits: ServerLimits = DEFAULT_SERVER_LIMITS) -> None:
        self.damages: list[Damage] = []
        self.damaged = 0
        self._folder, self._limits = folder, limits

    def read(self, start: Position, upto: Position, most_bytes: int) -> Iterator[tuple[Position, bytes]]:
        """Payloads from `start` on, each with the position behind it, until `upto` or `most_bytes`, at least one."""
        left = most_bytes
        there = [number for number in numbers(self._folder) if start.segment <= number <= upto.segment]
        for number, following in zip(there, [*there[1:], None], strict=False):
            begin = start.offset if number == start.segment else 0
            for position, payload in self._segment(number, following, begin, upto):
                yield position, payload
                left -= len(payload)
                if left <= 0:
                    return

    def _segment(
        self, number: int, following: int | None, begin: int, upto: Position
    ) -> Iterator[tuple[Position, bytes]]:
        try:
            end = upto.offset if number == upto.segment else end_of(self._folder, number, following)
            with Segment(self._folder, number) as segment:
                for found in segment.frames(begin, end):
                    if isinstance(found, Frame):
                        yield Position(number, found.end), found.payload
                    else:
                        self._count(found)
        except FileNotFoundError:  # removed meanwhile: it was analysed
            return

    def _count(self, damage: Damage) -> None:
        self.damaged += 1
        if len(self.damages) < self._limits.damages:
            self.damages.append(damage)
