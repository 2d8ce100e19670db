"""The same failure seen many times is one failure: findings of one signature, over ranks and repetitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from logsleuth.diagnosis.timeline import episodes, order
from logsleuth.diagnosis.unknown import SIGNATURE as UNKNOWN_SIGNATURE
from logsleuth.model import Facts, Finding, Level, Role, Signature

DECISIVE: Final = frozenset({Role.ROOT, Role.WRAPPER})
NCCL: Final = "nccl"
MOST_GROUPS: Final = 500
OTHERS: Final = "others"  # in the place of a fingerprint
RECORDED_QUIETLY: Final = frozenset({Level.DEBUG, Level.INFO, Level.WARNING})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """One failure: its signature and all its findings, the earliest first."""

    signature: Signature
    findings: tuple[Finding, ...]
    episode: int = 0

    @property
    def first(self) -> Finding:
        """The earliest finding."""
        return self.findings[0]

    @property
    def id(self) -> str:
        """The signature's id."""
        return self.signature.id

    @property
    def role(self) -> Role:
        """What the signature usually is."""
        return self.signature.role

    @property
    def is_quiet(self) -> bool:
        """Whether the producer itself never called it an error; NCCL knows no graver word than a warning."""
        return all(
            finding.event.level in RECORDED_QUIETLY and NCCL not in finding.event.layers for finding in self.findings
        )

    @property
    def facts(self) -> Facts:
        """The facts of the earliest finding, completed by those of later ones; of what goes on, the latest counts."""
        facts: dict[str, str] = {}
        for finding in reversed(self.findings) if self.role is Role.PERF else self.findings:
            for name, value in finding.facts:
                facts.setdefault(name, value)
        return tuple(facts.items())

    @property
    def count(self) -> int:
        """How often it was seen, over all streams."""
        return sum(finding.count for finding in self.findings)


def group(findings: Iterable[Finding], signatures: Mapping[str, Signature]) -> tuple[Group, ...]:
    """`findings` by failure and episode, the earliest first, whatever the order of the sources."""
    found = tuple(findings)
    is_one_source = len({finding.event.source_index for finding in found}) < 2
    numbers = episodes(finding for finding in found if _role(finding, signatures) in DECISIVE)
    kept: dict[tuple[str, str, int], list[Finding]] = {}
    for finding in sorted(found, key=_position if is_one_source else order):
        key = (*key_of(finding), numbers.get(id(finding), 0))
        # each is held against each other one: beyond so many, those without a name count as one failure
        is_other = key[1] and key not in kept and len(kept) >= MOST_GROUPS
        kept.setdefault((key[0], OTHERS, key[2]) if is_other else key, []).append(finding)
    return tuple(
        Group(signature=signatures.get(key[0], UNKNOWN_SIGNATURE), findings=tuple(members), episode=key[2])
        for key, members in kept.items()
    )


def merged(groups: Iterable[Group]) -> Group:
    """One group of several that are the same failure in other episodes."""
    parts = tuple(groups)
    findings = tuple(finding for part in parts for finding in part.findings)
    return Group(signature=parts[0].signature, findings=findings, episode=parts[0].episode)


def key_of(finding: Finding) -> tuple[str, str]:
    """What makes two findings the same failure: the signature, and of unknown ones the fingerprint."""
    return finding.signature_id, dict(finding.facts).get("fingerprint", "")


def _role(finding: Finding, signatures: Mapping[str, Signature]) -> Role:
    return signatures.get(finding.signature_id, UNKNOWN_SIGNATURE).role


def _position(finding: Finding) -> tuple[int, int, int]:
    return finding.position
