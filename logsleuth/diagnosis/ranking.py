"""Which failure is the first cause: roots nobody explains, the most direct and earliest first."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from logsleuth.diagnosis.edges import Reason, reason
from logsleuth.diagnosis.groups import Group, key_of, merged
from logsleuth.diagnosis.tiers import distance, tier
from logsleuth.diagnosis.timeline import Order, order
from logsleuth.diagnosis.unknown import UNKNOWN
from logsleuth.lazy import lazy
from logsleuth.model import Finding, Role

# failures of a connection that is tried again: normal service afterwards proves that it was made in the end
RETRIED: Final = frozenset(
    {
        "lmcache.backend",
        "dist.connect",
        "dist.ray-setup",
        "nccl.connect",
        "storage.nfs-timeout",
        "storage.s3-endpoint",
        "model.hub-unreachable",
        "model.hub-rate-limit",
        "kv-transfer.peer-lost",
        "ucm.transfer-failed",
        "vllm.engine-timeout",
        "dist.rendezvous-timeout",
        "cuda.library-missing.extension",
    }
)
# engines that call each failed attempt an error, also while the other side is only about to start
LOUD: Final = frozenset({"kv-transfer.peer-lost.mooncake-connect", "kv-transfer.failed.logged"})


ORDER: Final = (
    (Role.ROOT,),
    (Role.CONSEQUENCE,),
    (Role.PERF,),
    (Role.PERF, Role.CONSEQUENCE),
    (Role.NOTICE,),
)
UNPLACED: Final = "dist.not-enough-gpus.kubernetes"
FLAPPING: Final = 3  # failures of a connection that a server keeps losing while it serves
ANSWERED: Final = "vllm.prompt-too-long"
KILLED_BY_KERNEL: Final = "host.oom-killer"
OURS: Final = lazy(
    r"VLLM|vllm|python|pt_|ray|raylet|sglang|lmcache|ucm|triton|torch|text-generation|mpi|srun", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A failure with the role it plays here, what explains it and why, and what it explains."""

    group: Group
    role: Role
    explained_by: Group | None = None
    why: Reason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The first and the last line of normal service by the index of the source, and where a pod got its node."""

    began: Mapping[int, int]
    progress: Mapping[int, int]
    placed: Mapping[int, int]

    def was_placed(self, group: Group) -> bool:
        """Whether a pod got its node after the last sight of `group`."""
        return all(self.placed.get(item.event.source_index, 0) > item.last_line for item in group.findings)

    def was_resumed(self, group: Group) -> bool:
        """Whether all went well after the last sight of `group`: a start that took patience, or a rare hiccup."""
        is_rare = group.count < FLAPPING
        return all(self._is_behind(finding, is_rare=is_rare) for finding in group.findings)

    def began_after(self, group: Group) -> bool:
        """Whether normal service only began after the last sight of `group`, wherever it was seen."""
        return all(item.last_line < self.began.get(item.event.source_index, 0) for item in group.findings)

    def _is_behind(self, finding: Finding, *, is_rare: bool) -> bool:
        index, last = finding.event.source_index, max(finding.last_line, finding.event.lines[-1].number)
        is_of_the_start = last < self.began.get(index, 0)
        return self.progress.get(index, 0) > last and (is_rare or is_of_the_start)


def rank(
    groups: Sequence[Group],
    progress: Mapping[int, int],
    known: Collection[int] = (),
    *,
    began: Mapping[int, int] | None = None,
    placed: Mapping[int, int] | None = None,
) -> tuple[Ranked, ...]:
    """`groups` in the order of the report: causes, then what they explain, then performance, then notices.

    `known` are the process ids that the input speaks of, `placed` the lines at which pods got their nodes.
    """
    service = Service(began=began or {}, progress=progress, placed=placed or {})
    alive = [group for group in groups if not _is_harmless(group, service, known, groups)]
    together: dict[int, list[Group]] = {}  # only what falls into one episode can explain one another
    for group in alive:
        together.setdefault(group.episode, []).append(group)
    causes = _without_cycles({group: _cause(group, together[group.episode]) for group in alive})
    ranked = [_ranked(group, causes[group]) if group in causes else _noticed(group) for group in groups]
    return tuple(sorted(_joined(ranked), key=_order))


def _without_cycles(causes: dict[Group, tuple[Group, Reason] | None]) -> dict[Group, tuple[Group, Reason] | None]:
    """The same edges, but where they run in a circle its most direct member is left unexplained."""
    for group in causes:
        seen: list[Group] = []
        at: Group | None = group
        while at is not None and at not in seen:
            seen.append(at)
            step = causes[at]
            at = step[0] if step else None
        if at is not None:
            causes[min(seen[seen.index(at) :], key=_directness)] = None
    return causes


def _joined(ranked: Sequence[Ranked]) -> Iterator[Ranked]:
    """The same failure with the same fate in several episodes becomes one entry."""
    buckets: dict[tuple[object, ...], list[Ranked]] = {}
    for item in ranked:
        cause = key_of(item.explained_by.first) if item.explained_by else None
        buckets.setdefault((key_of(item.group.first), item.role, cause), []).append(item)
    joined = {
        part.group: merged(item.group for item in parts) if len(parts) > 1 else part.group
        for parts in buckets.values()
        for part in parts[:1]
    }
    stands_for = {part.group: joined[parts[0].group] for parts in buckets.values() for part in parts}
    for parts in buckets.values():
        by = parts[0].explained_by
        yield replace(parts[0], group=stands_for[parts[0].group], explained_by=stands_for[by] if by else None)


def _cause(group: Group, alive: Sequence[Group]) -> tuple[Group, Reason] | None:
    """The best explanation of `group`: the most direct, then the earliest."""
    found = [(other, why) for other in alive if (why := reason(other, group)) is not None]
    return min(found, key=lambda item: _directness(item[0]), default=None)


def _directness(group: Group) -> tuple[int, int, bool, Order]:
    return tier(group), distance(group), group.is_quiet, order(group.first)


def _ranked(group: Group, cause: tuple[Group, Reason] | None) -> Ranked:
    if cause is not None:
        return Ranked(group=group, role=Role.CONSEQUENCE, explained_by=cause[0], why=cause[1])
    return Ranked(group=group, role=Role.PERF if group.role is Role.PERF else Role.ROOT)


def _noticed(group: Group) -> Ranked:
    return Ranked(group=group, role=Role.NOTICE)


def _order(ranked: Ranked) -> tuple[int, tuple[int, int, bool, Order]]:
    by = ranked.explained_by
    # what follows from slowness stands behind it
    after = (Role.PERF, Role.CONSEQUENCE) if by and by.role is Role.PERF else (ranked.role,)
    return ORDER.index(after), _directness(ranked.group)


def _is_harmless(group: Group, service: Service, known: Collection[int], groups: Sequence[Group]) -> bool:
    """Whether it is a notice by nature, was seen too seldom, was overcome, or befell somebody else."""
    # a client's mistake that was answered says nothing where the server itself fares badly
    if group.signature.class_id == ANSWERED and any(other.role is Role.PERF for other in groups):
        return True
    is_mere_talk = group.id == UNKNOWN and group.first.raised is None
    if group.role is Role.NOTICE or group.count < group.signature.at_least or is_mere_talk:
        return True
    if group.signature.class_id == KILLED_BY_KERNEL:
        return _is_strangers(group, known) and not any(other.role is Role.WRAPPER for other in groups)
    if group.id == UNPLACED:
        return service.was_placed(group)
    if group.id in LOUD and service.began_after(group):
        return True
    is_retried = group.signature.class_id in RETRIED or group.id in RETRIED
    return is_retried and group.is_quiet and service.was_resumed(group)


def _is_strangers(group: Group, known: Collection[int]) -> bool:
    """Whether the kernel killed a process that neither looks like one of an inference stack nor is spoken of."""
    facts = [dict(finding.facts) for finding in group.findings]
    names = {name for found in facts if (name := found.get("process"))}
    pids = {int(pid) for found in facts if (pid := found.get("pid", "")).isdecimal()}
    return bool(names) and not any(OURS.match(name) for name in names) and pids.isdisjoint(known)
