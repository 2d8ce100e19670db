"""Which piece of work ends the analysing process again and again. In: what it says of itself; out: how to go on.

After an unexpected end the process works piece by piece, and says before each what it is at. What it was at when it
ended three times is set aside. An end for which the piece is not to blame, such as a full disk, counts nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from logsleuth.server.segments import Position

ATTEMPTS: Final = 3


class Sign(Enum):
    """What the process says beside positions and pieces."""

    ALIVE = auto()
    EXCUSED = auto()  # it will end, and the piece is not to blame


@dataclass(frozen=True, slots=True)
class Piece:
    """The batch at a position or, where a tenant is named, what its analysis has in mind there."""

    at: Position
    tenant: str | None = None


Said = Position | Piece | Sign  # positions are those up to which everything is committed


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a run of the process begins."""

    is_careful: bool = False
    aside: Piece | None = None


FIRST: Final = Course()


class Trials:
    """What is known of the runs so far."""

    def __init__(self) -> None:
        self._is_careful = False
        self._tried: Piece | None = None
        self._blamed: Piece | None = None
        self._attempts = 0

    def hear(self, said: Said) -> None:
        """The process said something."""
        if isinstance(said, Piece):
            self._tried = said
            return
        if said is Sign.ALIVE:
            return
        self._tried = None
        if isinstance(said, Position) and self._attempts >= ATTEMPTS:  # the piece is out of the way
            self._blamed, self._attempts = None, 0

    def end(self) -> None:
        """The process ended, and nobody wanted it."""
        self._is_careful = True
        if self._tried is None:
            return
        self._attempts = self._attempts + 1 if self._tried == self._blamed else 1
        self._blamed, self._tried = self._tried, None

    @property
    def course(self) -> Course:
        """How the next run begins."""
        return Course(is_careful=self._is_careful, aside=self._blamed if self._attempts >= ATTEMPTS else None)
