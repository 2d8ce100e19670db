"""The same failure seen many times is one failure: findings of one signature, over ranks and repetitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from logsleuth.diagnosis.unknown import SIGNATURE as UNKNOWN_SIGNATURE
from logsleuth.model import Facts, Finding, Level, Role, Signature

RECORDED_QUIETLY: Final = frozenset({Level.DEBUG, Level.INFO, Level.WARNING})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Group:
    """One failure: its signature and all its findings, the earliest first."""

    signature: Signature
    findings: tuple[Finding, ...]

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
        """Whether the producer itself never called it an error."""
        return all(finding.event.level in RECORDED_QUIETLY for finding in self.findings)

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
    """`findings` by failure, in the order of their first lines."""
    kept: dict[tuple[str, str], list[Finding]] = {}
    for finding in sorted(findings, key=lambda finding: finding.position):
        kept.setdefault(_key(finding), []).append(finding)
    return tuple(
        Group(signature=signatures.get(key[0], UNKNOWN_SIGNATURE), findings=tuple(found)) for key, found in kept.items()
    )


def _key(finding: Finding) -> tuple[str, str]:
    return finding.signature_id, dict(finding.facts).get("fingerprint", "")
