"""How the lines of a source are kept: blocks of lines packed together, with the time of each beside them."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import zstandard

CHUNK_BYTES: Final = 256 * 1024
LEVEL: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A block of lines as it is kept: `data` and `times` are compressed."""

    line_count: int
    first_ns: int
    last_ns: int
    raw_bytes: int
    times: bytes
    data: bytes

    @property
    def kept_bytes(self) -> int:
        """What it takes on disk."""
        return len(self.times) + len(self.data)


def pack(data: bytes, times: Sequence[int]) -> Packed:
    """Lines, each ended by a newline, with as many times."""
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_content_size=True)
    return Packed(
        line_count=len(times),
        first_ns=min(times),
        last_ns=max(times),
        raw_bytes=len(data),
        times=compressor.compress(_differences(times).tobytes()),
        data=compressor.compress(data),
    )


def unpack_data(data: bytes) -> bytes:
    """The lines, each ended by a newline."""
    return zstandard.ZstdDecompressor().decompress(data)


def unpack_times(times: bytes) -> array[int]:
    """The time of each line, in nanoseconds."""
    found = array("q", zstandard.ZstdDecompressor().decompress(times))
    total = 0
    for index, difference in enumerate(found):
        total += difference
        found[index] = total
    return found


def _differences(times: Sequence[int]) -> array[int]:
    """Each time as its distance from the one before, which packs far better."""
    return array("q", (time - before for before, time in zip((0, *times[:-1]), times, strict=True)))
