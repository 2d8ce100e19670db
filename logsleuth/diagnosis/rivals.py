"""Of several signatures that one event fits, the better answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from logsleuth.diagnosis.edges import fits
from logsleuth.model import Finding, Lost, Role, Signature, Where

ANY: Final = "*"  # in `loses_to`: any other root in the event is the better answer


def best(
    findings: Sequence[Finding], signatures: Mapping[str, Signature]
) -> tuple[tuple[Finding, ...], tuple[Lost, ...]]:
    """The better answers among `findings` of one event, and which of them lost to which."""
    kept: list[Finding] = []
    lost: list[Lost] = []
    for finding in findings:
        winner = next(
            (other for other in findings if other is not finding and _loses(finding, other, signatures)), None
        )
        if winner is None:
            kept.append(finding)
        else:
            where = Where(source=finding.event.source, line=finding.event.lines[finding.first].number)
            lost.append(Lost(loser=finding.signature_id, winner=winner.signature_id, where=where, count=finding.count))
    return tuple(kept), tuple(lost)


def _loses(finding: Finding, other: Finding, signatures: Mapping[str, Signature]) -> bool:
    if finding.signature_id == other.signature_id:
        return False
    if other.signature_id.startswith(finding.signature_id + "."):
        return not _stands_elsewhere(finding, other, signatures)
    labels = signatures[finding.signature_id].loses_to
    if ANY in labels and ANY not in signatures[other.signature_id].loses_to:
        return signatures[other.signature_id].role is Role.ROOT
    return any(fits(other.signature_id, label) for label in labels)


def _stands_elsewhere(finding: Finding, other: Finding, signatures: Mapping[str, Signature]) -> bool:
    """Whether the finer `other` is a mere notice in lines of its own: a harmless report beside a grave one."""
    is_notice = signatures[other.signature_id].role is Role.NOTICE
    is_grave = signatures[finding.signature_id].role is not Role.NOTICE
    return is_notice and is_grave and (other.last < finding.first or finding.last < other.first)
