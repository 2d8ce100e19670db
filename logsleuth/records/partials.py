r"""Long lines that a container runtime cut into fragments -> whole lines; keeps what waits for its end, within bounds.

Samples (containerd cuts at 16384 bytes; docker's json-file leaves the newline out instead):
    2026-11-20T06:00:00.123456789Z stdout P the first part of
    2026-11-20T06:00:00.123456790Z stdout F  a long line
    {"log":"the first part of","stream":"stdout","time":"2026-03-09T09:53:39.798629403Z"}
    {"log":" a long line\n","stream":"stdout","time":"2026-03-09T09:53:39.798629404Z"}
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from logsleuth.lazy import lazy
from logsleuth.limits import Limits
from logsleuth.records.jsonl import Object
from logsleuth.records.structured import fragment_of

_CRI: Final = lazy(
    rb"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) (stdout|stderr) )([PF])((?::\S{0,60})?(?: |$))"
)
_DOCKER_FRAGMENT: Final = 16_000  # docker cuts at 16384 bytes; a shorter text before another one only lacks its newline
Head = TypeVar("Head")
Piece = TypeVar("Piece", str, bytes)


@dataclass(slots=True)
class Waiting(Generic[Head, Piece]):
    """The fragments of one line so far: its first physical line, what goes in front of it, and their texts."""

    number: int
    head: Head
    pieces: list[Piece]
    size: int


class Fragments(Generic[Head, Piece]):
    """Fragments by stream, bounded in streams and in size: beyond, the rest of the line is left out."""

    def __init__(self, *, limits: Limits) -> None:
        self._limits = limits
        self._waiting: dict[str, Waiting[Head, Piece]] = {}

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def last(self, stream: str) -> Piece | None:
        """The fragment that came last in a stream."""
        waiting = self._waiting.get(stream)
        return waiting.pieces[-1] if waiting else None

    def add(self, stream: str, number: int, head: Head, piece: Piece) -> Waiting[Head, Piece] | None:
        """Keep a fragment; the line that had to give way to it comes back."""
        waiting = self._waiting.get(stream)
        if waiting is None:
            self._waiting[stream] = Waiting(number, head, [piece], len(piece))
            return self._oldest() if len(self._waiting) > self._limits.partial_streams else None
        kept = piece[: max(self._limits.partial_bytes - waiting.size, 0)]
        if kept:
            waiting.pieces.append(kept)
            waiting.size += len(kept)
        return None

    def take(self, stream: str) -> Waiting[Head, Piece] | None:
        """What waits in a stream, which is then empty."""
        return self._waiting.pop(stream, None)

    def drain(self) -> list[Waiting[Head, Piece]]:
        """Everything that still waits, in the order of its lines."""
        waiting = sorted(self._waiting.values(), key=lambda each: each.number)
        self._waiting.clear()
        return waiting

    def _oldest(self) -> Waiting[Head, Piece]:
        return self._waiting.pop(min(self._waiting, key=lambda stream: self._waiting[stream].number))


class CriJoiner:
    """Joins the fragments of a container runtime's file."""

    def __init__(self, *, limits: Limits) -> None:
        self._fragments: Fragments[bytes, bytes] = Fragments(limits=limits)
        self._is_met = False

    def __bool__(self) -> bool:
        return bool(self._fragments)

    def is_met(self, data: bytes) -> bool:
        """Whether the source is such a file, as its blocks' first lines tell; only then is anything joined."""
        self._is_met = self._is_met or _CRI.match(data) is not None
        return self._is_met

    def feed(self, line: bytes, number: int) -> list[tuple[int, bytes]]:
        """The lines that are whole with this one, and the numbers of their first fragments."""
        match = _CRI.match(line) if self._is_met and (self._fragments or b" P" in line[:60]) else None
        if match is None:
            return [(number, line)]
        head, stream, content = match[1] + b"F ", match[2].decode("ascii"), line[match.end() :]
        if match[3] == b"P":
            displaced = self._fragments.add(stream, number, head, content)
            return [_whole_line(displaced)] if displaced else []
        if self._fragments.last(stream) is None:
            return [(number, line)]
        self._fragments.add(stream, number, head, content)
        waiting = self._fragments.take(stream)
        return [_whole_line(waiting)] if waiting else []

    def drain(self) -> list[tuple[int, bytes]]:
        """The lines whose last fragment never came."""
        return [_whole_line(waiting) for waiting in self._fragments.drain()]


class DockerJoiner:
    """Joins the records in which docker or Fluent Bit wrote the fragments of one line."""

    def __init__(self, *, limits: Limits) -> None:
        self._fragments: Fragments[Object, str] = Fragments(limits=limits)

    def __bool__(self) -> bool:
        return bool(self._fragments)

    def feed(self, record: Object, number: int) -> list[tuple[int, Object]]:
        """The records that are whole with this one, and the numbers of their first fragments."""
        fragment = fragment_of(record)
        if fragment is None:
            return [(number, record)]
        stream, text, goes_on = fragment
        done: list[tuple[int, Object]] = []
        last = self._fragments.last(stream)
        if last is not None and goes_on and len(last) < _DOCKER_FRAGMENT and not record.get("_p"):
            done.extend(_whole_record(waiting) for waiting in [self._fragments.take(stream)] if waiting)
        if goes_on:
            displaced = self._fragments.add(stream, number, record, text)
            return [*done, _whole_record(displaced)] if displaced else done
        if last is None:
            return [(number, record)]
        self._fragments.add(stream, number, record, text)
        waiting = self._fragments.take(stream)
        return [_whole_record(waiting)] if waiting else []

    def drain(self) -> list[tuple[int, Object]]:
        """The records whose last fragment never came."""
        return [_whole_record(waiting) for waiting in self._fragments.drain()]


def _whole_line(waiting: Waiting[bytes, bytes]) -> tuple[int, bytes]:
    return waiting.number, waiting.head + b"".join(waiting.pieces)


def _whole_record(waiting: Waiting[Object, str]) -> tuple[int, Object]:
    return waiting.number, {**waiting.head, "log": "".join(waiting.pieces)}
