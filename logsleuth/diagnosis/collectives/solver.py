"""Who held up a collective. In: what the ranks said. Out: suspects, victims and those of whom nothing is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from logsleuth.diagnosis.collectives.case import Case, Suspicion, Why, awaited, suspicions
from logsleuth.diagnosis.collectives.standing import Field, Group, Standing, field_of
from logsleuth.diagnosis.ranks import MOST_RANKS
from logsleuth.model import RankReport

GAP_SHARE: Final = 4
CONFIDENCE: Final = {
    Why.DIED: 0.9,
    Why.NAMED: 0.9,
    Why.MISMATCHED: 0.85,
    Why.LAGGING: 0.85,
    Why.STUCK: 0.65,
    Why.SILENT: 0.65,
    Why.ABSENT: 0.65,
    Why.BEHIND: 0.6,
    Why.AHEAD: 0.5,
    Why.SLOWER: 0.4,
    Why.EVEN: 0.6,
    Why.UNKNOWN: 0.2,
}
# what rests on comparing sequence numbers, and so on knowing the process group
NUMBERED: Final = frozenset({Why.MISMATCHED, Why.LAGGING, Why.BEHIND, Why.AHEAD, Why.SLOWER, Why.EVEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Collective:
    """The collective that the victims waited in."""

    group: str | None = None
    seq: int | None = None
    op: str | None = None
    numel_in: int | None = None
    numel_out: int | None = None
    timeout_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stragglers:
    """The answer; `why` is the first suspect's reason, or what it means that nobody is suspected.

    `silent` are ranks of the world that never spoke, suspected or not. `is_partial` says that not all ranks spoke, and
    `is_group_known` whether the sequence numbers surely belong to one process group.
    """

    collective: Collective
    why: Why
    confidence: float
    suspects: tuple[Suspicion, ...] = ()
    victims: tuple[int, ...] = ()
    unknown: tuple[int, ...] = ()
    silent: tuple[int, ...] = ()
    standings: tuple[Standing, ...] = ()
    heard: tuple[tuple[int, int], ...] = ()  # (rank, the rank whose time-out it was told of)
    world_size: int | None = None
    is_partial: bool = True
    is_group_known: bool = False


def solve(
    reports: Sequence[RankReport], *, world_size: int | None = None, deaths: Mapping[int, str] | None = None
) -> Stragglers | None:
    """Who held up the collective, or None where no rank reports one; the order of `reports` does not matter.

    `deaths` tells how ranks ended that did not end by the time-out itself.
    """
    field = field_of(reports)
    size = _world(field, world_size)
    cases = [_case(group, field, size, deaths or {}) for group in sorted(field.standings, key=str)]
    solved = [(case, suspicions(case)) for case in cases if case.waiting]
    if not solved:
        return _hearsay(field, size) if field.heard or field.stuck or field.named else None
    case, suspects = min(solved, key=lambda one: _rank_of_case(one, solved))
    return _answer(case, suspects, size)


def _world(field: Field, world_size: int | None) -> int | None:
    """How many ranks there are; a number that a rank contradicts is none."""
    default = [members for group, members in field.members.items() if _is_default(group)]
    size = world_size or max((max(members) + 1 for members in default), default=0)
    is_sound = 0 < size <= MOST_RANKS and all(rank < size for rank in field.seen)
    return size if is_sound else None


def _is_default(group: Group) -> bool:
    return group is not None and (group.endswith("(default_pg)") or group in ("0", "PG 0", "PG ID 0"))


def _case(group: Group, field: Field, size: int | None, deaths: Mapping[int, str]) -> Case:
    standings = field.standings[group]
    members = field.members.get(group) or _members(group, field, size, max((*field.seen, *deaths)))
    return Case(
        group=group,
        standings=standings,
        awaited=awaited(standings),
        members=members or frozenset(standings),
        is_complete=bool(members),
        deaths=deaths,
        field=field,
    )


def _members(group: Group, field: Field, size: int | None, highest: int) -> frozenset[int]:
    """Who belongs to a group that no flight recorder describes; nobody where that cannot be told."""
    standings = field.standings[group]
    if _is_default(group):
        return frozenset(range(size or min(highest + 1, MOST_RANKS)))
    if size is not None:
        everybody = frozenset(range(size))
        return everybody - _held_elsewhere(field, group) if _spans(standings, size) else frozenset()
    gaps = _gaps(standings)
    return frozenset(standings) | gaps if 0 < len(gaps) <= max(len(standings) // GAP_SHARE, 1) else frozenset()


def _gaps(ranks: Iterable[int]) -> frozenset[int]:
    """The ranks between those that are known: few are members that do not speak, many belong to other groups."""
    known = frozenset(ranks)
    return frozenset(range(min(known), min(max(known), min(known) + MOST_RANKS))) - known


def _held_elsewhere(field: Field, group: Group) -> set[int]:
    """Who waits in another group and shows nothing of this one."""
    return {
        rank
        for other, standings in field.standings.items()
        for rank, standing in standings.items()
        if other != group and standing.is_waiting and rank not in field.standings[group]
    }


def _spans(standings: Mapping[int, Standing], size: int) -> bool:
    """Whether a group of unknown members is taken for one of all ranks: at least half of them are in it."""
    return 2 * len(standings) >= size


def _rank_of_case(
    one: tuple[Case, tuple[Suspicion, ...]], solved: Sequence[tuple[Case, tuple[Suspicion, ...]]]
) -> tuple[bool, bool, int, str]:
    """The order of the cases: a group whose suspects wait in another one is only held up by that other one."""
    case, suspects = one
    ranks = {suspicion.rank for suspicion in suspects}
    is_held_up = bool(ranks) and any(
        ranks <= other.waiting - {suspicion.rank for suspicion in others}
        for other, others in solved
        if other is not case
    )
    return is_held_up, not suspects, -len(case.waiting), str(case.group)


def _answer(case: Case, suspects: tuple[Suspicion, ...], size: int | None) -> Stragglers:
    ranks = {suspicion.rank for suspicion in suspects}
    victims = case.waiting - ranks
    silent = (frozenset(range(size)) if size else case.members) - case.field.seen - set(case.deaths)
    why = suspects[0].why if suspects else _without_suspects(case, silent)
    is_sized = size is not None or bool(case.field.members.get(case.group))
    is_partial = not (case.is_complete and is_sized) or bool(case.members - case.field.seen - ranks)
    return Stragglers(
        collective=_collective(case, ranks),
        why=why,
        confidence=_confidence(
            why, len(ranks), len(victims), is_partial=is_partial, is_group_known=case.is_group_known
        ),
        suspects=suspects,
        victims=tuple(sorted(victims)),
        unknown=tuple(sorted((case.members | case.field.seen) - victims - ranks)),
        silent=tuple(sorted(silent)),
        standings=tuple(case.standings[rank] for rank in sorted(case.standings)),
        heard=_heard(case.field),
        world_size=size,
        is_partial=is_partial,
        is_group_known=case.is_group_known,
    )


def _without_suspects(case: Case, silent: frozenset[int]) -> Why:
    """All known members in one collective: then none of them is at fault by what it did."""
    is_even = len(case.waiting) > 1 and case.at.keys() == case.waiting
    if not case.is_complete and _gaps(case.standings):
        return Why.UNKNOWN
    return Why.EVEN if is_even and not case.members - case.waiting and not silent else Why.UNKNOWN


def _confidence(why: Why, suspects: int, victims: int, *, is_partial: bool, is_group_known: bool) -> float:
    confidence = CONFIDENCE[why]
    if is_partial and why not in (Why.DIED, Why.NAMED):
        confidence *= 0.85
    if why in NUMBERED and not is_group_known:
        confidence *= 0.7
    if suspects > max(victims, 1):  # then it may as well be the few that went astray
        confidence *= 0.7
    return round(confidence, 2)


def _collective(case: Case, suspects: set[int]) -> Collective:
    """The collective as the victims name it; where all are suspects, as the first of them does."""
    at = [standing for rank, standing in case.at.items() if rank not in suspects] or list(case.at.values())
    return Collective(
        group=case.group,
        seq=case.awaited,
        op=next((standing.op for standing in at if standing.op), None),
        numel_in=_first(standing.numel_in for standing in at),
        numel_out=_first(standing.numel_out for standing in at),
        timeout_ms=_first(standing.timeout_ms for standing in case.standings.values()),
    )


def _first(values: Iterable[int | None]) -> int | None:
    return next((value for value in values if value is not None), None)


def _heard(field: Field) -> tuple[tuple[int, int], ...]:
    return tuple(sorted((rank, by) for rank, by in field.heard.items() if by is not None and by != rank))


def _hearsay(field: Field, size: int | None) -> Stragglers:
    """Nobody says that it waited: the ranks were told of a time-out, or a watchdog is stuck."""
    found = [Suspicion(rank=rank, why=Why.NAMED) for rank in sorted(field.named)]
    found = found or [Suspicion(rank=rank, why=Why.STUCK) for rank in sorted(field.stuck)]
    why = found[0].why if found else Why.UNKNOWN
    standings = (standing for ranks in field.standings.values() for standing in ranks.values())
    ranks = {suspicion.rank for suspicion in found}
    return Stragglers(
        collective=Collective(),
        why=why,
        confidence=round(CONFIDENCE[why] * 0.85, 2),
        suspects=tuple(found),
        unknown=tuple(sorted(field.seen - ranks)),
        silent=tuple(sorted(frozenset(range(size or 0)) - field.seen)),
        standings=tuple(sorted(standings, key=lambda standing: (standing.rank, str(standing.report.group)))),
        heard=_heard(field),
        world_size=size,
    )
