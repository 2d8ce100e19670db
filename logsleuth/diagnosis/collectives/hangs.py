"""Ranks that stopped inside a collective while nothing reported it. In: members, flight recorders. Out: Finding.

Two pictures prove it. A communicator that was set up on some of its ranks only, in a log in which nothing ever served.
And operations that some ranks have asked for and others have not, with silence after them: ranks that are merely
out of step come level within milliseconds, and an idle server leaves all of them at the same number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from logsleuth.diagnosis.collectives.case import Why
from logsleuth.diagnosis.collectives.solver import solve
from logsleuth.diagnosis.collectives.words import listed
from logsleuth.model import NOBODY, Event, EventKind, EventLine, Facts, Finding, Level, Member, RankReport, ReportKind

COLLECTIVE: Final = "hang.collective"
SETUP: Final = "ncclCommInitRank"
SILENCE_S: Final = 60.0
SHOWN: Final = 5
# what in flight recorders tells ranks apart that did not come from those that wait
TELLING: Final = frozenset({Why.LAGGING, Why.MISMATCHED, Why.BEHIND})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standstill:
    """The finding, and what each rank says of itself for the table."""

    finding: Finding
    reports: tuple[RankReport, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """What shows that time passed: `is_stuck` if figures or waits say so, else seconds of silence by source index."""

    is_stuck: bool = False
    silence_s: Mapping[int, float] | None = None

    def follows(self, members: Sequence[Member]) -> bool:
        """Whether nothing moved for long after `members` were last seen."""
        silences = [(self.silence_s or {}).get(member.source_index, 0.0) for member in members]
        return self.is_stuck or min(silences, default=0.0) >= SILENCE_S


def standstill(members: Sequence[Member], *, is_serving: bool, quiet: Quiet) -> Standstill | None:
    """Where `members` stopped, or None where nothing proves that they did."""
    groups = _communicators(members)
    for of_group in groups:
        found = _in_operation(of_group, quiet)
        if found is not None:
            return found
    if is_serving:
        return None
    return next((found for one in groups if (found := _in_setup(one, quiet)) is not None), None)


def of_recorders(reports: Sequence[RankReport]) -> Standstill | None:
    """What the flight recorders of several ranks show, where some wait in a collective that others never came to."""
    dumps = [report for report in reports if report.kind is ReportKind.DUMP]
    found = solve(dumps) if len({report.rank for report in dumps}) > 1 else None
    if found is None or not found.suspects or found.why not in TELLING:
        return None
    suspects = {suspicion.rank for suspicion in found.suspects}
    lines = [report for report in dumps if report.rank in suspects and report.group == found.collective.group]
    shown = min(lines or dumps, key=lambda report: (report.source, report.line))
    said = f"rank {shown.rank}: last enqueued {shown.last_enqueued}, last completed {shown.last_completed}"
    line = EventLine(number=max(shown.line, 1), raw=said, message=said)
    facts = (("peer", f"rank {listed(sorted(suspects))}"),)
    return Standstill(finding=_finding(shown.source, 0, (line,), facts), reports=())


def _communicators(members: Sequence[Member]) -> list[list[Member]]:
    """The members that surely belong together, the latest seen first; without an id, all of one size."""
    groups: dict[str, list[Member]] = {}
    for member in members:
        groups.setdefault(member.id or f"of {member.size}", []).append(member)
    sure = [one for name, one in groups.items() if name.startswith("0x") or len(one) == one[0].size]
    return sorted((one for one in sure if len(one) > 1), key=lambda one: max(item.line for item in one), reverse=True)


def _in_operation(members: Sequence[Member], quiet: Quiet) -> Standstill | None:
    """Some ranks have asked for fewer operations than others, and that stayed so."""
    counts = {member.op_count for member in members if member.op_count is not None}
    if len(counts) < 2 or not quiet.follows(members):
        return None
    most, least = max(counts), min(counts)
    behind = [member for member in members if member.op_count == least]
    ahead = [member for member in members if member.op_count == most]
    step = f"{ahead[0].op} {most:x}"
    return _standstill(behind, ahead, members, step=step)


def _in_setup(members: Sequence[Member], quiet: Quiet) -> Standstill | None:
    """All ranks began to set the communicator up, and some never came to the end."""
    behind = [member for member in members if not member.is_complete]
    done = [member for member in members if member.is_complete]
    is_told = len(members) == members[0].size and bool(done)
    if not behind or not (is_told or quiet.follows(members)):
        return None
    return _standstill(behind, done, members, step=SETUP)


def _standstill(
    behind: Sequence[Member], others: Sequence[Member], members: Sequence[Member], *, step: str
) -> Standstill:
    first = min(behind, key=lambda member: (member.source_index, member.line))
    shown = [member for member in (*behind, *others) if member.source_index == first.source_index][:SHOWN]
    lines = tuple(
        EventLine(number=member.line, raw=_raw(member), message=_raw(member))
        for member in sorted(shown, key=lambda member: member.line)
    )
    ranks = sorted(member.rank for member in behind if member.rank is not None)
    peer = (("peer", f"rank {listed(ranks)}"),) if ranks else ()
    reports = tuple(_report(member) for member in members if member.rank is not None and member.op_count is not None)
    finding = _finding(first.source, first.source_index, lines, (("step", step), *peer))
    return Standstill(finding=finding, reports=reports)


def _raw(member: Member) -> str:
    return member.text.rpartition("\x1e")[2]


def _report(member: Member) -> RankReport:
    return RankReport(
        kind=ReportKind.DUMP,
        source=member.source,
        line=member.line,
        rank=member.rank,
        group=member.id,
        is_group_unique=True,
        members=tuple(range(member.size)) if member.size <= SIZES else (),
        seq=member.op_count,
        op=(member.op or "").upper() or None,
        last_enqueued=member.op_count,
    )


SIZES: Final = 4096  # of communicators whose ranks are listed one by one


def _finding(source: str, source_index: int, lines: tuple[EventLine, ...], facts: Facts) -> Finding:
    event = Event(
        kind=EventKind.LINE, source=source, source_index=source_index, origin=NOBODY, lines=lines, level=Level.INFO
    )
    return Finding(
        signature_id=COLLECTIVE, event=event, first=0, last=len(lines) - 1, facts=facts, last_line=lines[-1].number
    )
