"""What a state holds and what it should: inputs, the shards that read them, and the records of their parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

import msgspec

from logsleuth.errors import StateError
from logsleuth.model import Notice, NoticeKind, Where
from logsleuth.pieces.listing import STREAM, Listing
from logsleuth.pieces.shards import Shard

SHOWN: Final = 10  # inputs of which something is missing are told one by one, so many pieces and shards of each
ALL_INPUTS: Final = "all inputs"


class Key(NamedTuple):
    """A part: the number of its input, its piece, and which of several parts of a stream it is."""

    input: int
    slot: int
    sequence: int


class Record(msgspec.Struct, array_like=True, frozen=True):
    """Where a part stands in its file, and what it is known by."""

    key: Key
    offset: int
    packed_bytes: int
    part_bytes: int
    digest: bytes
    is_last: bool  # of its piece or stream

    def ended(self) -> Record:
        """The same as the last one of its piece or stream."""
        return msgspec.structs.replace(self, is_last=True)

    def at(self, offset: int) -> Record:
        """The same at another place."""
        return msgspec.structs.replace(self, offset=offset)


class Listed(msgspec.Struct, array_like=True, frozen=True, order=True):
    """An input that was to be read; one without slots is read as a stream."""

    key: str
    name: str
    size: int
    slots: int


class Roster(msgspec.Struct, array_like=True, frozen=True):
    """What one listing gave, and the shards of it that were read."""

    inputs: tuple[Listed, ...]
    notices: tuple[Notice, ...]
    named: tuple[str, ...]
    shards: tuple[tuple[int, int], ...]  # (total, number)


class Inventory(msgspec.Struct, array_like=True, frozen=True):
    """Everything that is known without looking into a part."""

    rosters: tuple[Roster, ...]
    records: tuple[Record, ...] = ()

    @property
    def inputs(self) -> tuple[Listed, ...]:
        """All inputs, each once, in the order of the report."""
        found: dict[str, Listed] = {}
        for listed in (one for roster in self.rosters for one in roster.inputs):
            if found.setdefault(listed.key, listed) != listed:
                raise StateError(
                    f"{listed.key}: had {found[listed.key].size} bytes where one part was read and {listed.size} where "
                    "another was: read files that do not grow, and name different files differently"
                )
        return tuple(found.values())

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What was to say about the listings."""
        return tuple(dict.fromkeys(notice for roster in self.rosters for notice in roster.notices))

    @property
    def named(self) -> tuple[str, ...]:
        """What was asked for by name."""
        return tuple(name for roster in self.rosters for name in roster.named)

    def trouble(self, size: int) -> str | None:
        """Why this cannot be the inventory of a file with parts in its first `size` bytes, or None."""
        slots = [max(listed.slots, 1) for listed in self.inputs]
        for record in self.records:
            at, slot, sequence = record.key
            if not (0 <= at < len(slots) and 0 <= slot < slots[at] and sequence >= 0):
                return "a part of nothing that was listed"
            if min(record.offset, record.packed_bytes, record.part_bytes) < 0:
                return "a part without a size"
            if record.offset + record.packed_bytes > size:
                return "a part without a place"
        firsts = [None, *self.records], [*self.records, None]
        return "parts out of order" if not all(map(_is_followed, *firsts)) else None

    def missing(self) -> Iterator[Notice]:
        """What was to be read and has not been, with the way to get it."""
        held = {record.key[:2] for record in self.records}
        lacking = [
            (listed, gone)
            for number, listed in enumerate(self.inputs)
            if (gone := [slot for slot in range(max(listed.slots, 1)) if (number, slot) not in held])
        ]
        for listed, gone in lacking[:SHOWN]:
            yield _notice(
                listed.name, f"{_what(listed, gone)}: the report lacks it, and later line numbers are too low"
            )
        if lacking:
            more = f"{len(lacking)} inputs are not complete; " if len(lacking) > SHOWN else ""
            yield _notice(ALL_INPUTS, f"{more}{self._way()}")

    def _way(self) -> str:
        """Which shards would complete it."""
        wanted = [
            str(Shard(number=number, total=total))
            for roster in self.rosters
            for total in sorted({total for total, _ in roster.shards})
            for number in range(1, total + 1)
            if (total, number) not in roster.shards
        ]
        if not wanted:
            return "analyse them again, and merge the new states"
        shown = ", ".join(wanted[:SHOWN]) + (", ..." if len(wanted) > SHOWN else "")
        return f"merge the states of the missing shards too: {shown}"


def inventory_of(listing: Listing, shard: Shard | None = None) -> Inventory:
    """What a state of this listing is to hold."""
    slots: dict[str, int] = {}
    inputs: dict[str, Listed] = {}
    for unit in listing.units:
        slots[unit.key] = 0 if unit.slot == STREAM else unit.slot + 1
        inputs[unit.key] = Listed(unit.key, unit.name, unit.source_bytes, slots[unit.key])
    read = shard or Shard(number=1, total=1)
    roster = Roster(tuple(inputs.values()), listing.notices, listing.named, ((read.total, read.number),))
    return Inventory((roster,))


def union(inventories: Mapping[str, Inventory]) -> tuple[Inventory, dict[Key, tuple[str, Record]]]:
    """Everything that several states hold, and in which of them each part stands; StateError where they disagree."""
    rosters = _rosters(roster for inventory in inventories.values() for roster in inventory.rosters)
    whole = Inventory(rosters)
    inputs = whole.inputs
    numbers = {listed.key: number for number, listed in enumerate(inputs)}
    places: dict[Key, tuple[str, Record]] = {}
    for name, inventory in inventories.items():
        own = inventory.inputs
        for record in inventory.records:
            key = record.key._replace(input=numbers[own[record.key.input].key])
            known = places.get(key)
            if known is None or _is_better(record, known[1], inputs[key.input], key):
                places[key] = name, record
    records = tuple(msgspec.structs.replace(record, key=key, offset=0) for key, (_, record) in sorted(places.items()))
    return msgspec.structs.replace(whole, records=records), places


def _rosters(rosters: Iterable[Roster]) -> tuple[Roster, ...]:
    """Each listing once, with all shards of it, in an order of their own."""
    shards: dict[bytes, set[tuple[int, int]]] = {}
    found: dict[bytes, Roster] = {}
    for roster in rosters:
        identity = msgspec.msgpack.encode((roster.inputs, roster.notices, roster.named))
        found[identity] = roster
        shards.setdefault(identity, set()).update(roster.shards)
    ordered = sorted(found.items(), key=lambda item: (item[1].inputs, item[0]))
    return tuple(msgspec.structs.replace(roster, shards=_complete(shards[key])) for key, roster in ordered)


def _complete(shards: set[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """The shards in order; where there are all of them, it does not matter how many there were."""
    totals = {total for total, _ in shards}
    is_whole = any(all((total, number) in shards for number in range(1, total + 1)) for total in totals)
    return ((1, 1),) if is_whole else tuple(sorted(shards))


def _is_better(record: Record, known: Record, listed: Listed, key: Key) -> bool:
    """Whether the same part, read twice, takes less room here; StateError if it is not the same."""
    if (record.digest, record.is_last) != (known.digest, known.is_last):
        piece = f", piece {key.slot + 1}" if listed.slots else ""
        raise StateError(
            f"{listed.key}{piece}: two states say different things about it: was the file changed in between?"
        )
    return record.packed_bytes < known.packed_bytes


def _is_followed(before: Record | None, after: Record | None) -> bool:
    """Whether `after` may stand behind `before`: pieces and streams are complete and in order."""
    if before is not None and after is not None and before.key[:2] == after.key[:2]:
        return after.key.sequence == before.key.sequence + 1 and not before.is_last
    is_ended = before is None or before.is_last
    is_begun = after is None or after.key.sequence == 0
    return is_ended and is_begun and (before is None or after is None or before.key < after.key)


def _what(listed: Listed, gone: list[int]) -> str:
    if not listed.slots:
        return "was not read"
    shown = ", ".join(str(slot + 1) for slot in gone[:SHOWN]) + (", ..." if len(gone) > SHOWN else "")
    return f"piece {shown} of {listed.slots} was not read"


def _notice(source: str, detail: str) -> Notice:
    return Notice(kind=NoticeKind.SOURCE_UNREADABLE, where=Where(source=source), detail=detail)
