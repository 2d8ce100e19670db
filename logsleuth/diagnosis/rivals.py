"""Of several signatures that one event fits, the better answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from logsleuth.diagnosis.edges import fits
from logsleuth.model import Finding, Role, Signature

ANY: Final = "*"  # in `loses_to`: any other root in the event is the better answer


def best(findings: Sequence[Finding], signatures: Mapping[str, Signature]) -> tuple[Finding, ...]:
    """`findings` of one event without those to which another one is declared, or by its longer id known, the better."""
    return tuple(
        finding
        for finding in findings
        if not any(_loses(finding, other, signatures) for other in findings if other is not finding)
    )


def _loses(finding: Finding, other: Finding, signatures: Mapping[str, Signature]) -> bool:
    if finding.signature_id == other.signature_id:
        return False
    if other.signature_id.startswith(finding.signature_id + "."):
        return True
    labels = signatures[finding.signature_id].loses_to
    if ANY in labels and ANY not in signatures[other.signature_id].loses_to:
        return signatures[other.signature_id].role is Role.ROOT
    return any(fits(other.signature_id, label) for label in labels)
