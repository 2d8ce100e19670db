"""One process group in which ranks waited: the collective, who waits in it, who is missing, and who is suspect.

Each check yields suspicions of one kind. The rules come from how PyTorch counts: a rank's `last enqueued` is the last
collective that it has asked for, so a rank whose number is lower than the one that the others wait in never came to it,
and a rank that heard of the time-out without waiting itself was not in the collective either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from logsleuth.diagnosis.collectives.standing import Field, Group, Standing


class Why(StrEnum):
    """Why a rank is suspected, or what else the picture means."""

    DIED = "died"
    NAMED = "named by PyTorch"
    MISMATCHED = "issued another collective"
    LAGGING = "never entered the collective"
    STUCK = "its watchdog is stuck"
    SILENT = "silent"
    ABSENT = "did not wait"
    BEHIND = "waits in an earlier collective"
    AHEAD = "waits in a later collective"
    SLOWER = "has enqueued fewer"
    EVEN = "all wait in the same collective"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """A rank, why it is suspected, and the detail that belongs to it (how it died, how far it is behind)."""

    rank: int
    why: Why
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is known of one process group; `awaited` is the number that most ranks wait at."""

    group: Group
    standings: Mapping[int, Standing]
    awaited: int | None
    members: frozenset[int]  # who belongs to it, as far as anybody knows
    is_complete: bool  # whether `members` is more than those who spoke
    deaths: Mapping[int, str]
    field: Field

    @property
    def is_group_known(self) -> bool:
        """Whether the numbers surely count in one process group."""
        return self.group is not None and self.group not in self.field.blurred

    def is_near(self, seq: int) -> bool:
        """Whether `seq` can be compared with the awaited number; in a doubtful group, far ones are of another group."""
        return self.awaited is not None and (self.is_group_known or abs(seq - self.awaited) <= NEAR)

    @property
    def waiting(self) -> frozenset[int]:
        """The ranks that wait in this group."""
        return frozenset(rank for rank, standing in self.standings.items() if standing.is_waiting)

    @property
    def at(self) -> Mapping[int, Standing]:
        """The ranks that wait in the collective itself."""
        return {rank: self.standings[rank] for rank in sorted(self.waiting) if self.standings[rank].seq == self.awaited}


NEAR: Final = 100  # ranks of one group drift apart by what they enqueue in a few minutes at most
Check = Callable[[Case], Iterator[Suspicion]]
# the sizes that are the same on every rank, by operation
EQUAL_IN: Final = frozenset({"ALLREDUCE", "BROADCAST", "REDUCE", "_ALLGATHER_BASE", "_REDUCE_SCATTER_BASE"})
EQUAL_OUT: Final = frozenset({"ALLREDUCE", "BROADCAST", "_ALLGATHER_BASE", "_REDUCE_SCATTER_BASE"})
PAIRED: Final = frozenset({"SEND", "RECV", "RECVANYSOURCE", "COALESCED", "UNKNOWN"})


def awaited(standings: Mapping[int, Standing]) -> int | None:
    """The number at which most ranks wait; of equals the higher one, for the rank at the lower one is behind."""
    numbers = Counter(
        standing.seq for standing in standings.values() if standing.is_waiting and standing.seq is not None
    )
    return max(numbers, key=lambda seq: (numbers[seq], seq), default=None)


def died(case: Case) -> Iterator[Suspicion]:
    """A rank that ended without having waited."""
    for rank in sorted(set(case.deaths) - case.waiting):
        if rank in case.members or not case.is_complete:
            yield Suspicion(rank=rank, why=Why.DIED, detail=case.deaths[rank])


def named(case: Case) -> Iterator[Suspicion]:
    """Those whom PyTorch names, unless it names everybody."""
    if case.waiting - case.field.named:
        yield from (Suspicion(rank=rank, why=Why.NAMED) for rank in sorted(case.field.named))


def mismatched(case: Case) -> Iterator[Suspicion]:
    """The few that issued another operation or size under the same number; all of them where no side has more."""
    issued = {
        rank: _issued(standing) for rank, standing in case.at.items() if standing.op and standing.op not in PAIRED
    }
    sides = Counter(issued.values())
    if len(sides) < 2:
        return
    most = max(sides.values())
    usual = [side for side, count in sides.items() if count == most]
    for rank, side in issued.items():
        if len(usual) > 1 or side != usual[0]:
            yield Suspicion(rank=rank, why=Why.MISMATCHED, detail=_spelt(case.standings[rank]))


def _issued(standing: Standing) -> tuple[str | None, int | None, int | None]:
    op = standing.op
    return op, standing.numel_in if op in EQUAL_IN else None, standing.numel_out if op in EQUAL_OUT else None


def _spelt(standing: Standing) -> str:
    sizes = "" if standing.numel_in is None else f" of {standing.numel_in} elements"
    return f"{standing.op}{sizes}"


def lagging(case: Case) -> Iterator[Suspicion]:
    """The ranks that have asked for the fewest collectives, fewer than the one that the others wait in."""
    if case.awaited is None:
        return
    asked = {
        rank: one.last_enqueued
        for rank, one in case.standings.items()
        if one.last_enqueued is not None and (one.seq is None or one.seq < case.awaited)
    }
    lowest = min((last for last in asked.values() if case.is_near(last)), default=case.awaited)
    if lowest < case.awaited:
        behind = str(case.awaited - lowest)
        ranks = sorted(rank for rank, last in asked.items() if last == lowest)
        yield from (Suspicion(rank=rank, why=Why.LAGGING, detail=behind) for rank in ranks)


def stuck(case: Case) -> Iterator[Suspicion]:
    """A rank whose own watchdog is stuck and which did not report the time-out."""
    for rank in sorted(case.field.stuck - case.waiting):
        yield Suspicion(rank=rank, why=Why.STUCK)


def silent(case: Case) -> Iterator[Suspicion]:
    """Members of which nothing was heard, while most others complain."""
    if case.is_complete:
        missing = case.members - case.field.seen
        if len(missing) < max(len(case.waiting), 2):
            yield from (Suspicion(rank=rank, why=Why.SILENT) for rank in sorted(missing))


def absent(case: Case) -> Iterator[Suspicion]:
    """Ranks that heard of the time-out and wait in no group; with many of them, it is another group's affair."""
    waiting_anywhere = {
        rank for group in case.field.standings.values() for rank, standing in group.items() if standing.is_waiting
    }
    idle = set(case.field.heard) - waiting_anywhere - _passed(case)
    if len(idle) < max(len(case.waiting), 2):
        yield from (Suspicion(rank=rank, why=Why.ABSENT) for rank in sorted(idle))


def _passed(case: Case) -> set[int]:
    """The ranks that completed the collective."""
    if case.awaited is None:
        return set()
    return {rank for rank, one in case.standings.items() if (one.last_completed or -1) >= case.awaited}


def behind(case: Case) -> Iterator[Suspicion]:
    """Ranks that wait in an earlier collective although they have asked for this one."""
    numbers = {rank: one.seq for rank, one in case.standings.items() if one.is_waiting and one.seq is not None}
    lowest = min((seq for seq in numbers.values() if case.is_near(seq)), default=case.awaited)
    if case.awaited is not None and lowest is not None and lowest < case.awaited:
        ranks = sorted(rank for rank, seq in numbers.items() if seq == lowest)
        yield from (Suspicion(rank=rank, why=Why.BEHIND, detail=str(case.awaited - lowest)) for rank in ranks)


def ahead(case: Case) -> Iterator[Suspicion]:
    """A few ranks that wait in a later collective than most."""
    for rank in sorted(case.waiting):
        seq = case.standings[rank].seq
        if case.awaited is not None and seq is not None and seq > case.awaited and case.is_near(seq):
            yield Suspicion(rank=rank, why=Why.AHEAD, detail=str(seq - case.awaited))


def slower(case: Case) -> Iterator[Suspicion]:
    """The one rank whose program is behind, where all wait in the same collective."""
    asked = {rank: one.last_enqueued for rank, one in case.at.items() if one.last_enqueued is not None}
    lowest = min(asked.values(), default=0)
    ranks = [rank for rank, last in asked.items() if last == lowest]
    if len(asked) > 2 and len(ranks) == 1:
        next_lowest = min(last for last in asked.values() if last != lowest)
        yield Suspicion(rank=ranks[0], why=Why.SLOWER, detail=str(next_lowest - lowest))


# what proves something by itself, and what counts only where nothing does; each in the order of its weight
STRONG: Final[tuple[Check, ...]] = (died, named, mismatched, lagging)
WEAK: Final[tuple[tuple[Check, ...], ...]] = ((stuck,), (silent, absent, behind), (ahead,), (slower,))


def suspicions(case: Case) -> tuple[Suspicion, ...]:
    """Who is suspected in `case`, each rank once, the strongest reason first."""
    found = [suspicion for check in STRONG for suspicion in check(case)]
    for checks in WEAK:
        if not found:
            found = [suspicion for check in checks for suspicion in check(case)]
    once = {suspicion.rank: suspicion for suspicion in reversed(found)}
    return tuple(suspicion for suspicion in found if once[suspicion.rank] is suspicion)
