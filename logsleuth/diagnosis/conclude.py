"""Composes the diagnosis: groups, causes, ranking, words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from logsleuth.diagnosis.advice import advice, advised
from logsleuth.diagnosis.edges import WHY
from logsleuth.diagnosis.evidence import evidence, places
from logsleuth.diagnosis.facts import facts_of
from logsleuth.diagnosis.groups import Group, group
from logsleuth.diagnosis.losses import cost
from logsleuth.diagnosis.material import Material
from logsleuth.diagnosis.ranking import Ranked, rank
from logsleuth.diagnosis.ranks import is_of_ranks
from logsleuth.diagnosis.slowness import slowness
from logsleuth.diagnosis.tiers import CAUSE, CLIENT, HARDWARE, SHAPE, SHAPE_CLASSES, SYMPTOM, tier
from logsleuth.diagnosis.timeline import placed
from logsleuth.model import ClockOffset, Diagnosis, Evidence, Finding, Relation, Role, Status, Verdict, Where, Words
from logsleuth.wording import fill

# as often as such answers were right on logs that nobody had seen, see docs/calibration.md
CONFIDENCE: Final = {HARDWARE: 0.92, CAUSE: 0.9, CLIENT: 0.8, SHAPE: 0.55, SYMPTOM: 0.45}
UNDESCRIBED: Final = 0.4  # of failures that only their traceback tells
WRAPPER_CONFIDENCE: Final = 0.3
LEAST: Final = 0.35  # of what is a failure of its own, and no mere report about one
HEARSAY: Final = 0.6  # of texts that guides quote and no source prints
TRAIL: Final = 3
DIGITS: Final = 6  # a number of GPUs of so many digits is a misread one


def diagnose(material: Material) -> Answer:
    """The diagnoses of the report, the answer first, and why they stand so."""
    clocks = _clocks(material)
    findings = placed(material.findings, {one.source: one.ahead_s for one in clocks})
    groups = group(findings, material.signatures)
    ranked = rank(groups, material.progress, _pids(findings), began=material.began, placed=material.placed)
    diagnoses = tuple(_by_ranks(_diagnosis(item, ranked, material), findings, material) for item in ranked)
    return Answer(diagnoses=diagnoses, relations=tuple(_relations(ranked)), clocks=clocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The diagnoses in the order of the report, the edges between them, and the clocks that had to be set right."""

    diagnoses: tuple[Diagnosis, ...]
    relations: tuple[Relation, ...]
    clocks: tuple[ClockOffset, ...] = ()


def _by_ranks(diagnosis: Diagnosis, findings: Sequence[Finding], material: Material) -> Diagnosis:
    """The diagnosis, completed by what all ranks together say where it is of them."""
    if not is_of_ranks(diagnosis):
        return diagnosis
    from logsleuth.diagnosis.collectives import enrich  # noqa: PLC0415  dear, and most logs have one process

    return enrich(
        diagnosis,
        findings,
        reports=material.reports,
        signatures=material.signatures,
        limits=material.limits,
    )


def _clocks(material: Material) -> tuple[ClockOffset, ...]:
    """How far the clocks differ, where there are several."""
    if len({finding.event.source_index for finding in material.findings}) < 2:
        return ()
    from logsleuth.diagnosis.clocks import clock_offsets  # noqa: PLC0415  for runs of several machines
    from logsleuth.diagnosis.shared import shared_sights  # noqa: PLC0415

    return clock_offsets((*material.sights, *shared_sights(material.findings)))


def _relations(ranked: Sequence[Ranked]) -> Iterator[Relation]:
    for item in ranked:
        if item.explained_by is not None and item.why is not None:
            yield Relation(
                cause=item.explained_by.id,
                cause_where=_where(item.explained_by),
                effect=item.group.id,
                effect_where=_where(item.group),
                reason=WHY[item.why],
            )


def _where(found: Group) -> Where:
    first = found.first
    return Where(source=first.event.source, line=first.event.lines[first.first].number)


def _offered(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The environment for the texts of remedies, with what they often compute from it."""
    yield from environment.items()
    size = environment.get("tensor_parallel_size", "1")
    if size.isdecimal() and len(size) < DIGITS:
        yield "more_gpus", str(2 * int(size))


def _pids(findings: Sequence[Finding]) -> frozenset[int]:
    """The processes that wrote something worth a finding."""
    return frozenset(finding.event.origin.pid for finding in findings if finding.event.origin.pid is not None)


def verdict(diagnoses: Sequence[Diagnosis]) -> Verdict:
    """The report in one word."""
    roles = {diagnosis.role for diagnosis in diagnoses}
    if Role.ROOT in roles:
        return Verdict.INCIDENT
    return Verdict.DEGRADED if Role.PERF in roles else Verdict.HEALTHY


def _diagnosis(item: Ranked, ranked: Sequence[Ranked], material: Material) -> Diagnosis:
    signature, environment = item.group.signature, dict(material.environment)
    led_to = [other.group for other in ranked if other.explained_by is item.group]
    facts = facts_of(item.group, led_to, environment)
    known = {**{f"env.{name}": value for name, value in _offered(environment)}, **dict(facts)}
    ordered = item.group.findings
    way = slowness(item.group, material.walks)
    return Diagnosis(
        id=signature.id,
        title=signature.title,
        role=item.role,
        severity=signature.severity,
        confidence=_confidence(item, ranked),
        summary=_summary(item.group, known),
        facts=facts,
        places=places(ordered),
        first_seen=item.group.first.event.ts,
        last_seen=_last_seen(item.group),
        count=item.group.count,
        evidence=(*evidence(ordered, limits=material.limits), *_trail(led_to, material)),
        explains=tuple(dict.fromkeys(other.id for other in led_to)),
        explained_by=item.explained_by.id if item.explained_by else None,
        causes=signature.causes,
        remedies=(
            *advised(way.first, {**way.known, **known}, environment),
            *advice(signature, known, environment),
            *advised(way.then, {**way.known, **known}, environment),
        ),
        steps=way.said,
        references=signature.references,
        probes=signature.probes,
    )


def _trail(led_to: Sequence[Group], material: Material) -> tuple[Evidence, ...]:
    """The first lines of the failures that this one led to, where they are more than wrappers."""
    roots = [group for group in led_to if group.role is Role.ROOT]
    return tuple(evidence(group.findings[:1], limits=material.limits)[0] for group in roots[:TRAIL])


def _summary(found: Group, known: Mapping[str, str]) -> Words:
    signature = found.signature
    en, zh = fill(signature.summary.en, known), fill(signature.summary.zh, known)
    return Words(en=en or signature.title.en, zh=zh or signature.title.zh)


def _last_seen(found: Group) -> str | None:
    times = [finding.last_ts or finding.event.ts for finding in found.findings]
    return max((time for time in times if time), default=None)


def _confidence(item: Ranked, ranked: Sequence[Ranked]) -> float:
    if item.group.role is Role.WRAPPER:
        return WRAPPER_CONFIDENCE if item.role is Role.ROOT else 0.9
    is_undescribed = item.group.signature.class_id in SHAPE_CLASSES
    base = (UNDESCRIBED if is_undescribed else CONFIDENCE[tier(item.group)]) - cost(item.group.first)
    rivals = sum(other.role is Role.ROOT for other in ranked) - 1
    if item.role is Role.ROOT and rivals > 0:
        base -= min(0.05 * rivals, 0.2)
    if item.group.signature.status is Status.DOC_ONLY:
        base = min(base, HEARSAY)
    return round(max(base, LEAST), 2)
