"""Puts the entries of each source into the order of their times, waiting a moment for those that come late."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Final, NamedTuple

import msgspec
import zstandard

from logsleuth.server.entry import UNKNOWN_NS, Entry

HOLD_NS: Final = 1_000_000_000  # requests that a shipper has in flight side by side arrive within less
FUTURE_NS: Final = 24 * 3600 * 1_000_000_000  # a time still later than that after the arrival is none
HELD_BYTES: Final = 64 * 1024 * 1024  # then nothing waits any longer


class Arrival(NamedTuple):
    """The text of an entry, its time, and when it came by the clock of the analysis."""

    time_ns: int
    came_ns: int
    text: bytes


class _Kept(msgspec.Struct, array_like=True):
    source: str
    entries: list[Arrival]


class Ordering:
    """What one tenant's sources hold back."""

    def __init__(self, kept: bytes | None = None) -> None:
        self._held: dict[str, list[Arrival]] = {}
        self._bytes = 0
        for item in _read(kept):
            self._held[item.source] = item.entries
            self._bytes += sum(len(text) for _, _, text in item.entries)

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._held

    def hold(self, entries: Iterable[Entry], *, arrived_ns: int, now_ns: int) -> None:
        """Take entries that arrived at `arrived_ns`, which is `now_ns` by the clock of the analysis."""
        for entry in entries:
            is_known = UNKNOWN_NS < entry.time_ns < arrived_ns + FUTURE_NS
            arrival = Arrival(entry.time_ns if is_known else arrived_ns, now_ns, entry.text)
            self._held.setdefault(entry.source, []).append(arrival)
            self._bytes += len(entry.text)

    def release(self, now_ns: int, *, is_all: bool = False) -> Iterator[tuple[str, Sequence[Arrival]]]:
        """What has waited long enough, and what comes before that by its time, for each source in order; or all."""
        due_ns = now_ns if is_all or self._bytes > HELD_BYTES else now_ns - HOLD_NS
        for source, arrivals in list(self._held.items()):
            if arrivals[0].came_ns > due_ns and min(arrival.came_ns for arrival in arrivals) > due_ns:
                continue
            arrivals.sort(key=itemgetter(0))
            count = len(arrivals)
            while count and arrivals[count - 1].came_ns > due_ns:
                count -= 1
            due, self._held[source] = arrivals[:count], arrivals[count:]
            if not self._held[source]:
                del self._held[source]
            self._bytes -= sum(len(arrival.text) for arrival in due)
            yield source, due

    def kept(self) -> bytes | None:
        """What waits, to go on with in another run."""
        if not self._held:
            return None
        items = [_Kept(source=source, entries=list(held)) for source, held in self._held.items()]
        return zstandard.ZstdCompressor(level=1).compress(msgspec.msgpack.encode(items))


def _read(kept: bytes | None) -> list[_Kept]:
    if kept is None:
        return []
    return msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(kept), type=list[_Kept])
