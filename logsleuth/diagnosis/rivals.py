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
        return True
    labels = signatures[finding.signature_id].loses_to
    if ANY in labels and ANY not in signatures[other.signature_id].loses_to:
        return signatures[other.signature_id].role is Role.ROOT
    return any(fits(other.signature_id, label) for label in labels)
