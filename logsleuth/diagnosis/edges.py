"""What explains what: the edges of the causal graph, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final

from logsleuth.diagnosis.groups import Group
from logsleuth.diagnosis.tiers import SYMPTOM, carries_another, distance, tier
from logsleuth.diagnosis.timeline import is_before
from logsleuth.diagnosis.unknown import UNKNOWN
from logsleuth.model import Finding, Link, Role, Words


class Reason(StrEnum):
    """Why one failure is taken as the consequence of another."""

    DECLARED = "declared"
    WRAPPER = "wrapper"
    FINER = "finer"
    CHAINED = "chained"
    SAME_STREAM = "same-stream"
    SYMPTOM = "symptom"


WHY: Final = {
    Reason.DECLARED: Words(en="the catalog says that the one explains the other", zh="目录声明前者可解释后者"),
    Reason.WRAPPER: Words(en="it only reports that something else failed", zh="它只是报告别处出了故障"),
    Reason.FINER: Words(
        en="it is the same failure, and the other signature names it more exactly",
        zh="这是同一故障，另一特征描述得更准确",
    ),
    Reason.CHAINED: Words(
        en="it was raised because of, or while handling, the other", zh="它由另一异常引发，或在处理另一异常时抛出"
    ),
    Reason.SAME_STREAM: Words(en="it came later in the same process", zh="它在同一进程中出现得更晚"),
    Reason.SYMPTOM: Words(
        en="it is a symptom that any earlier failure can cause", zh="它是任何更早的故障都可能引起的症状"
    ),
}


ANY_ROOT: Final = "*"


def reason(cause: Group, effect: Group) -> Reason | None:
    """Why `cause` explains `effect`, or None where nothing says so."""
    if cause is effect or cause.episode != effect.episode or cause.role is Role.NOTICE:
        return None
    if cause.role is Role.PERF:  # slowness explains only what its own signature names, and no failure
        return Reason.DECLARED if effect.role is Role.PERF and _is_named(cause, effect) else None
    if cause.id == UNKNOWN == effect.id:  # nothing is declared of them, and one event holds one of them at most
        return None
    is_answered = _is_declared(effect, cause)
    if _is_declared(cause, effect) and (not is_answered or _is_earlier(cause, effect)):
        return Reason.DECLARED
    if effect.role in (Role.NOTICE, Role.PERF) or is_answered:
        return None
    if effect.role is Role.WRAPPER:
        is_nearer = cause.role is Role.ROOT or distance(cause) < distance(effect)
        return Reason.WRAPPER if is_nearer else None
    return _of_roots(cause, effect) if cause.role is Role.ROOT else None


def _of_roots(cause: Group, effect: Group) -> Reason | None:
    """What nobody declared: finer names, chains, and order."""
    if cause.id.startswith(effect.id + "."):
        return Reason.FINER
    if _is_chained(cause, effect):
        return Reason.CHAINED
    before = is_before(cause.first, effect.first)
    if before is False or effect.id.startswith(cause.id + "."):
        return None
    if tier(effect) >= SYMPTOM > tier(cause):
        return Reason.SYMPTOM
    if cause.is_quiet and not effect.is_quiet:  # a warning does not explain what the producer calls an error
        return None
    return Reason.SAME_STREAM if _is_same_stream(cause.first, effect.first) and tier(cause) <= tier(effect) else None


def _is_earlier(cause: Group, effect: Group) -> bool:
    """Which of two that name one another came first; a tie goes by the id, so that one of them stays."""
    before = is_before(cause.first, effect.first)
    return before if before is not None else cause.id < effect.id


def fits(found: str, label: str) -> bool:
    """Whether id `found` is `label` or one of its dotted children."""
    return found == label or found.startswith(label + ".")


@lru_cache(maxsize=4096)  # a report asks it of every pair of its groups
def _labels(found: str) -> frozenset[str]:
    """All labels that id `found` fits."""
    parts = found.split(".")
    return frozenset(".".join(parts[:length]) for length in range(1, len(parts) + 1))


def _is_named(cause: Group, effect: Group) -> bool:
    return not _labels(effect.id).isdisjoint(cause.signature.explains)


def _is_declared(cause: Group, effect: Group) -> bool:
    if _is_named(cause, effect):
        return True
    labels = effect.signature.explained_by
    return not _labels(cause.id).isdisjoint(labels) or (
        ANY_ROOT in labels and cause.role is Role.ROOT and not carries_another(cause)
    )


def _is_chained(cause: Group, effect: Group) -> bool:
    """Whether an exception of `effect` follows one of `cause` in the same printed chain."""
    effects: Sequence[Finding] = effect.findings
    return any(
        one.event is other.event
        and one.raised is not None
        and other.raised is not None
        and one.raised < other.raised
        and other.event.raised[other.raised].link in (Link.CAUSE, Link.CONTEXT)
        for one in cause.findings
        for other in effects
    )


def _is_same_stream(cause: Finding, effect: Finding) -> bool:
    same_source = cause.event.source_index == effect.event.source_index
    return same_source and cause.event.origin == effect.event.origin and cause.signature_id != UNKNOWN
