"""Of several signatures that one event fits, the better answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from logsleuth.diagnosis.edges import fits
from logsleuth.model import Finding, Lost, Role, Signature, Where

ANY: Final = "*"  # in `loses_to`: any other root in the event is the better answer


class Rivals:
    """The signatures of a catalog, and which may lose to which."""

    def __init__(self, signatures: Mapping[str, Signature]) -> None:
        self._signatures = signatures
        self._above: dict[str, frozenset[str]] = {}

    def best(self, findings: Sequence[Finding]) -> tuple[tuple[Finding, ...], tuple[Lost, ...]]:
        """The better answers among `findings` of one event, and which of them lost to which."""
        ids = dict.fromkeys(finding.signature_id for finding in findings).keys()
        if len(ids) == 1:
            return tuple(findings), ()
        beaten = [name for name in ids if not ids.isdisjoint(self._better(name))]
        if not beaten:
            return tuple(findings), ()
        kept: list[Finding] = []
        lost: list[Lost] = []
        # a flood makes one event of hundreds of findings: each is compared with those alone that it may lose to
        others = {
            name: tuple(other for other in findings if other.signature_id in self._better(name)) for name in beaten
        }
        for finding in findings:
            rivals = others.get(finding.signature_id, ())
            winner = next((other for other in rivals if _loses(finding, other, self._signatures)), None)
            if winner is None:
                kept.append(finding)
            else:
                where = Where(source=finding.event.source, line=finding.event.lines[finding.first].number)
                lost.append(
                    Lost(loser=finding.signature_id, winner=winner.signature_id, where=where, count=finding.count)
                )
        return tuple(kept), tuple(lost)

    def _better(self, name: str) -> frozenset[str]:
        """The signatures that `name` may lose to, wherever they stand."""
        if name not in self._above:
            below, has_labels = name + ".", bool(self._signatures[name].loses_to)
            self._above[name] = frozenset(
                other
                for other in self._signatures
                if other.startswith(below) or (has_labels and _is_labelled(name, other, self._signatures))
            )
        return self._above[name]


def _loses(finding: Finding, other: Finding, signatures: Mapping[str, Signature]) -> bool:
    if finding.signature_id == other.signature_id:
        return False
    if other.signature_id.startswith(finding.signature_id + "."):
        return not _stands_elsewhere(finding, other, signatures)
    if not _is_labelled(finding.signature_id, other.signature_id, signatures):
        return False
    is_vessel = ANY in signatures[finding.signature_id].loses_to
    return not is_vessel or signatures[other.signature_id].role is Role.ROOT or _share_lines(finding, other)


def _share_lines(finding: Finding, other: Finding) -> bool:
    """Whether both rest on the same lines: elsewhere in the event, the one says nothing of the other."""
    return finding.first <= other.last and other.first <= finding.last


def _is_labelled(name: str, other: str, signatures: Mapping[str, Signature]) -> bool:
    """Whether the catalog says that `name` loses to `other`."""
    labels = signatures[name].loses_to
    if ANY in labels and ANY not in signatures[other].loses_to and signatures[other].role is Role.ROOT:
        return True
    return any(fits(other, label) for label in labels)


def _stands_elsewhere(finding: Finding, other: Finding, signatures: Mapping[str, Signature]) -> bool:
    """Whether the finer `other` is a mere notice in lines of its own: a harmless report beside a grave one."""
    is_notice = signatures[other.signature_id].role is Role.NOTICE
    is_grave = signatures[finding.signature_id].role is not Role.NOTICE
    return is_notice and is_grave and not _share_lines(finding, other)
