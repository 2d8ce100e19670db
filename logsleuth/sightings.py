"""Events in the beginning of a source that other sources may have seen too. In: texts. Out: sights.

    NCCL INFO ncclCommInitRankConfig comm 0x9f2c0b0 rank 8 nranks 16 ... commId 0x9b2c7f10 - Init COMPLETE
    rank 8 in world size 16 is assigned as DP rank 0, PP rank 1, TP rank 0
    world_size=16 rank=8 local_rank=0 distributed_init_method=tcp://10.0.0.4:41877 backend=nccl
    Received request cmpl-5c71d0e4-83ba-4f19-a6d2-90be47f1c834-0: ...

What stands around failures is read from the findings. The beginning is enough where runs were started together, and a
healthy log is not read twice.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple
from zlib import crc32

from logsleuth.lazy import lazy
from logsleuth.model import Sight, Text
from logsleuth.records import Peeler

READ_BYTES: Final = 256 * 1024
KEPT: Final = 32  # of one kind in one source: those with the smallest hashes, so that sources keep the same ones
ANY: Final = 2**32  # above all hashes
LOOKBACK_LINES: Final = 12  # to the line that tells the time
LOOKUPS: Final = 500  # of times, for one kind in one source
LOOKBACK_BYTES: Final = 4 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of line: words that stand in its text, and the expression; its group, or the whole, is the key."""

    name: str
    anchor: bytes
    expression: re.Pattern[bytes]
    is_meeting: bool = False
    is_unique: bool = True


KINDS: Final = (
    Kind(
        name="communicator",
        anchor=b"Init COMPLETE",
        expression=lazy(rb"\bcommId (0x[0-9a-f]{1,16})\b[^\n]{0,40}Init COMPLETE"),
        is_meeting=True,
    ),
    Kind(name="joining", anchor=b"Init START", expression=lazy(rb"\bcommId (0x[0-9a-f]{1,16})[^\n]{0,9}Init START")),
    Kind(
        name="world",
        anchor=b" in world size ",
        expression=lazy(rb" in world size (\d{1,7}) is assigned"),
        is_meeting=True,
        is_unique=False,
    ),
    Kind(
        name="rendezvous",
        anchor=b"distributed_init_method=tcp://",
        expression=lazy(rb"distributed_init_method=(tcp://[\w.:\[\]-]{1,80})"),
        is_unique=False,
    ),
    Kind(
        name="request",
        anchor=b"cmpl-",
        expression=lazy(rb"cmpl-(?:[\w.:-]{0,120}_)?([0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"),
    ),
)


class Seen(NamedTuple):
    """A sight by the name of its kind: its key, and the first and the last time of it."""

    kind: str
    key: bytes
    first: str
    last: str


class Sightings:
    """The sights of all sources, a few of each kind; the first and the last one of each key."""

    def __init__(self) -> None:
        self._peeler = Peeler()
        self._read: dict[str, int] = {}  # bytes by source
        self._asked: dict[tuple[str, str], int] = {}  # lookups by source and kind
        self._found: dict[tuple[str, str], dict[bytes, list[str]]] = {}  # times by source and kind, then by key

    def begin(self, source: str, offset: int) -> None:
        """What comes next of a source stands at this byte of it."""
        self._read[source] = offset

    def export(self, source: str) -> tuple[Seen, ...]:
        """What was seen in one source."""
        return tuple(
            Seen(name, key, *times)
            for (seen_in, name), found in self._found.items()
            if seen_in == source
            for key, times in found.items()
        )

    def absorb(self, source: str, seen: Iterable[Seen]) -> None:
        """Take what was seen in the next piece of a source."""
        for one in seen:
            found = self._found.setdefault((source, one.kind), {})
            if one.key in found:
                found[one.key][1] = one.last
                continue
            found[one.key] = [one.first, one.last]
            if len(found) > KEPT:
                del found[max(found, key=crc32)]

    def take(self, text: Text) -> None:
        """Look through the next text of a source."""
        read = self._read.get(text.source, 0)
        if read >= READ_BYTES:
            return
        self._read[text.source] = read + len(text.data)
        for kind in KINDS:
            if kind.anchor in text.data:
                self._take(text, kind)

    def sights(self) -> Iterator[Sight]:
        """What was seen, the first and the last time of each."""
        by_name = {kind.name: kind for kind in KINDS}
        for (source, name), found in self._found.items():
            kind = by_name[name]
            for key, times in found.items():
                for ts in dict.fromkeys(times):
                    told = f"{name} {key.decode('utf-8', 'replace')}"
                    yield Sight(told, source, ts, is_meeting=kind.is_meeting, is_unique=kind.is_unique)

    def _take(self, text: Text, kind: Kind) -> None:
        found = self._found.setdefault((text.source, kind.name), {})
        last: dict[bytes, int] = {}
        greatest, asked = _greatest(found), self._asked.get((text.source, kind.name), 0)
        for match in kind.expression.finditer(text.data, 0, READ_BYTES):
            key = match[1]
            if key in found:
                last[key] = match.start()
            elif crc32(key) < greatest and asked < LOOKUPS:
                asked += 1
                self._keep(found, key, self._time(text.data, match.start()))
                greatest = _greatest(found)
        self._asked[text.source, kind.name] = asked
        for key, at in last.items():
            if key in found:
                found[key][1] = self._time(text.data, at) or found[key][1]

    def _keep(self, found: dict[bytes, list[str]], key: bytes, ts: str | None) -> None:
        if ts is not None:
            found[key] = [ts, ts]
        if len(found) > KEPT:
            del found[max(found, key=crc32)]

    def _time(self, data: bytes, at: int) -> str | None:
        """The time of the line that holds the byte at `at`, or of one of those just above."""
        end = data.find(b"\n", at)
        start = max(at - LOOKBACK_BYTES, 0)
        lines = data[start : end if end >= 0 else None].split(b"\n")[-LOOKBACK_LINES:]
        times = (self._peeler.record(line.decode("utf-8", "replace"), 0).ts for line in reversed(lines))
        return next((ts for ts in times if ts), None)


def _greatest(found: Collection[bytes]) -> int:
    """The hash below which a key is kept."""
    return max(map(crc32, found)) if len(found) >= KEPT else ANY
