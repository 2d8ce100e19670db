"""What explains what: the edges of the causal graph, each with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from logsleuth.diagnosis.groups import Group
from logsleuth.diagnosis.tiers import SYMPTOM, distance, tier
from logsleuth.diagnosis.unknown import UNKNOWN
from logsleuth.model import Finding, Link, Role


class Reason(StrEnum):
    """Why one failure is taken as the consequence of another."""

    DECLARED = "the catalog says that the one explains the other"
    WRAPPER = "a wrapper only reports that something else failed"
    CHAINED = "it was raised because of, or while handling, the other"
    SAME_STREAM = "it came later in the same process"
    SYMPTOM = "it is a symptom that any earlier failure can cause"


ANY_ROOT: Final = "*"


def reason(cause: Group, effect: Group) -> Reason | None:
    """Why `cause` explains `effect`, or None where nothing says so."""
    if cause is effect or cause.role in (Role.NOTICE, Role.PERF):
        return None
    if _is_declared(cause, effect):
        return Reason.DECLARED
    if effect.role in (Role.NOTICE, Role.PERF) or _is_declared(effect, cause):
        return None
    if effect.role is Role.WRAPPER:
        is_nearer = cause.role is Role.ROOT or distance(cause) < distance(effect)
        return Reason.WRAPPER if is_nearer else None
    return _of_roots(cause, effect) if cause.role is Role.ROOT else None


def _of_roots(cause: Group, effect: Group) -> Reason | None:
    """What nobody declared: chains, and order."""
    if _is_chained(cause, effect):
        return Reason.CHAINED
    if cause.first.position > effect.first.position:
        return None
    if tier(effect) >= SYMPTOM > tier(cause):
        return Reason.SYMPTOM
    return Reason.SAME_STREAM if _is_same_stream(cause.first, effect.first) and tier(cause) <= tier(effect) else None


def fits(found: str, label: str) -> bool:
    """Whether id `found` is `label` or one of its dotted children."""
    return found == label or found.startswith(label + ".")


def _is_declared(cause: Group, effect: Group) -> bool:
    if any(fits(effect.id, label) for label in cause.signature.explains):
        return True
    labels = effect.signature.explained_by
    return any(fits(cause.id, label) for label in labels) or (
        ANY_ROOT in labels and cause.role is Role.ROOT and ANY_ROOT not in cause.signature.explained_by
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
