"""Which failure is the first cause: roots nobody explains, the most direct and earliest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from logsleuth.diagnosis.edges import Reason, reason
from logsleuth.diagnosis.groups import Group
from logsleuth.diagnosis.tiers import distance, tier
from logsleuth.model import Role

# failures of a connection that is tried again: normal service afterwards proves that it was made in the end
RETRIED: Final = frozenset(
    {
        "lmcache.backend",
        "dist.connect",
        "nccl.connect",
        "storage.nfs-timeout",
        "storage.s3-endpoint",
        "model.hub-unreachable",
        "model.hub-rate-limit",
        "kv-transfer.peer-lost",
        "ucm.transfer-failed",
        "vllm.engine-timeout",
        "dist.rendezvous-timeout",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A failure with the role it plays here, what explains it and why, and what it explains."""

    group: Group
    role: Role
    explained_by: Group | None = None
    why: Reason | None = None


def rank(groups: Sequence[Group], progress: Mapping[int, int]) -> tuple[Ranked, ...]:
    """`groups` in the order of the report: causes, then what they explain, then performance, then notices."""
    alive = [group for group in groups if group.role is not Role.NOTICE and not _is_harmless(group, progress)]
    causes = {group: _cause(group, alive) for group in alive}
    ranked = [_ranked(group, causes[group]) if group in causes else _noticed(group) for group in groups]
    return tuple(sorted(ranked, key=_order))


def _cause(group: Group, alive: Sequence[Group]) -> tuple[Group, Reason] | None:
    """The best explanation of `group`: the most direct, then the earliest."""
    found = [(other, why) for other in alive if (why := reason(other, group)) is not None]
    return min(found, key=lambda item: _directness(item[0]), default=None)


def _directness(group: Group) -> tuple[int, int, bool, tuple[int, int, int]]:
    return tier(group), distance(group), group.is_quiet, group.first.position


def _ranked(group: Group, cause: tuple[Group, Reason] | None) -> Ranked:
    if cause is not None:
        return Ranked(group=group, role=Role.CONSEQUENCE, explained_by=cause[0], why=cause[1])
    return Ranked(group=group, role=Role.PERF if group.role is Role.PERF else Role.ROOT)


def _noticed(group: Group) -> Ranked:
    return Ranked(group=group, role=Role.NOTICE)


def _order(ranked: Ranked) -> tuple[int, tuple[int, int, bool, tuple[int, int, int]]]:
    roles = (Role.ROOT, Role.CONSEQUENCE, Role.PERF, Role.NOTICE)
    return roles.index(ranked.role), _directness(ranked.group)


def _is_harmless(group: Group, progress: Mapping[int, int]) -> bool:
    """Whether it was seen too seldom, or normal service after its last sight shows that it was overcome."""
    if group.count < group.signature.at_least:
        return True
    return group.signature.class_id in RETRIED and all(
        progress.get(finding.event.source_index, 0) > max(finding.last_line, finding.event.lines[-1].number)
        for finding in group.findings
    )
