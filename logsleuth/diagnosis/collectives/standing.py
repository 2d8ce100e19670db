"""Where each rank stands in each process group. In: model.RankReport. Out: Standing, one for each group and rank."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from logsleuth.model import RankReport, ReportKind

WAITING: Final = frozenset({ReportKind.TIMEOUT, ReportKind.STATUS, ReportKind.DUMP})
Group = str | None
# who speaks, as far as a line tells: the rank of the job, or else (source, rank in the group)
Speaker = int | tuple[str, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What one rank has done in one process group; `seq` is the collective in which it waits, if it does."""

    rank: int
    report: RankReport
    is_waiting: bool = False
    seq: int | None = None
    op: str | None = None
    numel_in: int | None = None
    numel_out: int | None = None
    timeout_ms: int | None = None
    last_enqueued: int | None = None
    last_completed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """All that is known: the standings by group and rank, and what was said outside any group."""

    standings: Mapping[Group, Mapping[int, Standing]]
    members: Mapping[Group, frozenset[int]]
    blurred: frozenset[Group]  # names that may stand for several groups
    heard: Mapping[int, int | None]  # rank: whose timeout it heard of, where that was told
    stuck: frozenset[int]  # their own watchdog showed no life
    named: frozenset[int]  # by PyTorch's own comparison

    @property
    def seen(self) -> frozenset[int]:
        """The ranks that said anything at all."""
        in_groups = {rank for standings in self.standings.values() for rank in standings}
        return frozenset(in_groups | set(self.heard) | self.stuck)


def field_of(reports: Sequence[RankReport]) -> Field:
    """`reports` put together, whatever their order."""
    placed = _ranked(_grouped(sorted(set(reports), key=repr)))
    by_place: dict[Group, dict[int, list[RankReport]]] = defaultdict(lambda: defaultdict(list))
    members: dict[Group, set[int]] = defaultdict(set)
    for report in placed:
        members[report.group].update(report.members)
        if report.rank is not None and (report.kind in WAITING or report.group is not None):
            by_place[report.group][report.rank].append(report)
    return Field(
        standings={
            group: {rank: _standing(found) for rank, found in ranks.items()} for group, ranks in by_place.items()
        },
        members={group: frozenset(ranks) for group, ranks in members.items() if ranks},
        blurred=frozenset(_blurred(placed)),
        heard=_heard(placed),
        stuck=frozenset(report.rank for report in _of(placed, ReportKind.HEARTBEAT) if report.rank is not None),
        named=frozenset(rank for report in placed for rank in report.named),
    )


def _of(reports: Iterable[RankReport], kind: ReportKind) -> Iterable[RankReport]:
    return (report for report in reports if report.kind is kind)


def _speaker(report: RankReport) -> Speaker:
    return report.rank if report.rank is not None else (report.source, report.group_rank)


def _grouped(reports: Sequence[RankReport]) -> Sequence[RankReport]:
    """`reports`, where a line without a group is given that in which the same rank waits at the same number."""
    known: dict[tuple[Speaker, int | None], set[tuple[str, bool, int | None]]] = defaultdict(set)
    for report in reports:
        if report.group is not None and report.kind in WAITING:
            name = (report.group, report.is_group_unique, report.group_rank)
            known[_speaker(report), report.seq].add(name)
    return [_joined(report, known.get((_speaker(report), report.seq), set())) for report in reports]


def _joined(report: RankReport, groups: set[tuple[str, bool, int | None]]) -> RankReport:
    if report.group is not None or report.kind is not ReportKind.TIMEOUT or len(groups) != 1:
        return report
    ((group, is_unique, group_rank),) = groups
    return replace(report, group=group, is_group_unique=is_unique, group_rank=group_rank)


def _ranked(reports: Sequence[RankReport]) -> Sequence[RankReport]:
    """`reports`, where a line that tells only the rank in the group is given the rank in the job, if that is known."""
    known: dict[tuple[Group, int | None], int | None] = {
        (report.group, report.group_rank): report.rank
        for report in reports
        if report.rank is not None and report.group_rank is not None
    }
    differing = {group for (group, group_rank), rank in known.items() if rank != group_rank}
    return [
        replace(report, rank=known.get((report.group, report.group_rank), _assumed(report, differing)))
        if report.rank is None
        else report
        for report in reports
    ]


def _assumed(report: RankReport, differing: set[Group]) -> int | None:
    """In a group that is not known to count otherwise, the rank in the group is that of the job."""
    return None if report.group in differing else report.group_rank


def _blurred(reports: Sequence[RankReport]) -> set[Group]:
    """Groups in which two ranks of the job claim the same place; lines that name no group are always in doubt."""
    claims: dict[tuple[Group, int | None], set[int | None]] = defaultdict(set)
    for report in reports:
        if not report.is_group_unique and report.group_rank is not None:
            claims[report.group, report.group_rank].add(report.rank)
    return {group for (group, _), ranks in claims.items() if group is None or len(ranks) > 1}


def _heard(reports: Sequence[RankReport]) -> dict[int, int | None]:
    found: dict[int, int | None] = {}
    for report in _of(reports, ReportKind.SIGNAL):
        if report.rank is not None and found.get(report.rank) is None:
            found[report.rank] = report.signal_from
    return found


def _standing(reports: Sequence[RankReport]) -> Standing:
    """The reports of one rank in one group: the earliest collective it waits in, the furthest it came."""
    waiting = [report for report in reports if report.kind in WAITING and _is_held(report)]
    seq = min((report.seq for report in waiting if report.seq is not None), default=None)
    here = [report for report in waiting if report.seq == seq]
    return Standing(
        rank=max(report.rank for report in reports if report.rank is not None),
        report=min(here or reports, key=lambda report: (report.source, report.line, repr(report))),
        is_waiting=bool(waiting),
        seq=seq,
        op=min((report.op for report in here if report.op is not None), default=None),
        numel_in=_least(report.numel_in for report in here),
        numel_out=_least(report.numel_out for report in here),
        timeout_ms=_least(report.timeout_ms for report in here),
        last_enqueued=_most(report.last_enqueued for report in reports),
        last_completed=_most(report.last_completed for report in reports),
    )


def _is_held(report: RankReport) -> bool:
    """A watchdog's line always means waiting; a flight recorder shows it by an operation that is not over."""
    return report.kind is not ReportKind.DUMP or report.seq is not None


def _least(values: Iterable[int | None]) -> int | None:
    return min((value for value in values if value is not None), default=None)


def _most(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)
