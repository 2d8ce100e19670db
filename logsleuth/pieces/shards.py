"""Units in, the share of each of several machines out: decided from the listing alone, so that all of them agree."""

from __future__ import annotations

import heapq
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from logsleuth.errors import UsageError
from logsleuth.pieces.listing import Unit

SHARD: Final = re.compile(r"(\d{1,6})/(\d{1,6})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """The share `number`, from 1 to `total`."""

    number: int
    total: int

    def __str__(self) -> str:
        """As it is given on the command line."""
        return f"{self.number}/{self.total}"


def shard_of(text: str) -> Shard:
    """The shard that `text` names; UsageError if it is none."""
    match = SHARD.fullmatch(text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise UsageError(f"'{text}' is no shard: give NUMBER/TOTAL with numbers from 1 on, such as 2/8")
    return Shard(number=int(match[1]), total=int(match[2]))


def share(units: Sequence[Unit], shard: Shard) -> tuple[Unit, ...]:
    """The units of one shard in their order; all shards together have each unit once, and about as much to read."""
    loads = [(0, number) for number in range(1, shard.total + 1)]
    mine: list[Unit] = []
    for unit in sorted(units, key=lambda unit: (-unit.size, unit.number)):
        load, number = heapq.heappop(loads)
        heapq.heappush(loads, (load + unit.size + 1, number))
        if number == shard.number:
            mine.append(unit)
    return tuple(sorted(mine, key=lambda unit: unit.number))
