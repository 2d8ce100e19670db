"""A diagnosis of a time-out, completed by what all ranks together say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from logsleuth.diagnosis.collectives.deaths import deaths_of
from logsleuth.diagnosis.collectives.reports import read_reports
from logsleuth.diagnosis.collectives.solver import Stragglers, solve
from logsleuth.diagnosis.collectives.words import words
from logsleuth.diagnosis.evidence import evidence
from logsleuth.diagnosis.ranks import TIMEOUT, is_of_ranks
from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Diagnosis, Evidence, Facts, Finding, RankReport, Signature

PROGRESS: Final = ("last_enqueued", "last_completed")  # of one rank in some group; the table has them of all
SHOWN: Final = 2  # lines of suspects beside the evidence


def enrich(
    diagnosis: Diagnosis,
    findings: Sequence[Finding],
    *,
    reports: Sequence[RankReport] = (),
    signatures: Mapping[str, Signature] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Diagnosis:
    """`diagnosis` with suspects, victims and a table, where it is of a collective and the ranks say enough.

    `reports` are those of flight recorders; `signatures` tells which other findings are causes and so make a suspect.
    A time-out that only follows from another one is left as it is: the other one holds the table.
    """
    if not is_of_ranks(diagnosis):
        return diagnosis
    found = solve(
        (*read_reports(findings), *reports),
        world_size=world_size(diagnosis.facts, findings),
        deaths=deaths_of(findings, signatures),
    )
    if found is None:
        return diagnosis
    summary, facts, table = words(found, is_over=diagnosis.id.startswith(TIMEOUT))
    known = {*dict(facts), *PROGRESS}
    kept = tuple((name, value) for name, value in diagnosis.facts if name not in known)
    lines = evidence(_of_suspects(found, findings), limits=limits)
    return replace(
        diagnosis, summary=summary, facts=(*facts, *kept), table=table, evidence=_joined(diagnosis.evidence, lines)
    )


def world_size(facts: Facts, findings: Sequence[Finding]) -> int | None:
    """How many ranks there are, by the engine's configuration or by what a rendezvous printed."""
    known = dict(facts)
    tensor, pipeline = known.get("tensor_parallel_size", ""), known.get("pipeline_parallel_size", "1")
    if _is_size(tensor) and _is_size(pipeline):
        return int(tensor) * int(pipeline)
    printed = (value for finding in findings for name, value in finding.facts if name == "world_size")
    return next((int(value) for value in printed if _is_size(value)), None)


def _is_size(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 6 and int(text) > 0


def _of_suspects(found: Stragglers, findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings in which suspects speak for themselves."""
    suspects = {suspicion.rank for suspicion in found.suspects}
    reports = [standing.report for standing in found.standings if standing.rank in suspects][:SHOWN]
    for report in reports:
        yield from _spoken(report, findings)


def _spoken(report: RankReport, findings: Sequence[Finding]) -> Iterator[Finding]:
    for finding in findings:
        event = finding.event
        if event.source == report.source and event.lines[0].number <= report.line <= event.lines[-1].number:
            at = next((at for at, line in enumerate(event.lines) if line.number == report.line), None)
            if at is not None:
                yield replace(finding, first=at, last=at, raised=None)
                return


def _joined(first: tuple[Evidence, ...], more: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    known = {(item.source, item.line) for item in first}
    return (*first, *(item for item in more if (item.source, item.line) not in known))
