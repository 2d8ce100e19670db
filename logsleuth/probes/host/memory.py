"""Is there host memory for what was asked: figures of host and cgroup, and a mapping of that size, never touched."""

from __future__ import annotations

import mmap
import resource
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes import cgroup, wanted
from logsleuth.probes.figures import number, shown
from logsleuth.probes.judging import from_failure, result, words
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject

NAME: Final = "host-memory"
MAPPED_BYTES: Final = 1024**3  # where the log does not tell how much was wanted
ENOUGH_BYTES: Final = 4 * 1024**3
MEMINFO: Final = {"MemTotal": "total_bytes", "MemAvailable": "available_bytes", "SwapFree": "swap_free_bytes"}


def wishes(subject: Subject) -> Mapping[str, Json] | Words:
    """How much was asked for, or how much the process held when it was killed."""
    return {"needed_bytes": wanted.first_size(subject, "requested", "anon_rss", "needed") or 0}


def measure(wishes: Mapping[str, Json]) -> Mapping[str, object]:
    """What is free, what the cgroup allows, and the failure of a mapping of the size asked for."""
    needed = int(str(wishes["needed_bytes"]))
    values: dict[str, object] = {**meminfo(Path("/proc/meminfo")), **cgroup.limits(), "needed_bytes": needed}
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        values["address_space_bytes"] = soft
    values["overcommit"] = _overcommit()
    return values | {"mapped": _is_mapped(needed or MAPPED_BYTES)}


def meminfo(path: Path) -> dict[str, int]:
    """The figures of /proc/meminfo that say what is left."""
    pairs = (line.partition(":") for line in path.read_text(encoding="ascii", errors="replace").splitlines())
    sizes = {name: wanted.size_bytes(value) for name, _, value in pairs if name in MEMINFO}
    return {MEMINFO[name]: size for name, size in sizes.items() if size is not None}


def _overcommit() -> str:
    try:
        return Path("/proc/sys/vm/overcommit_memory").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _is_mapped(size_bytes: int) -> bool:
    """Whether that much can be mapped; nothing is touched, so nothing is taken from anybody."""
    try:
        mmap.mmap(-1, size_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS).close()
    except (OSError, MemoryError, OverflowError):
        traceback.print_exc()
        return False
    return True


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Too little if the mapping fails, or less is left to host or cgroup than was asked for."""
    facts = _facts(sample)
    if (failure := from_failure(NAME, sample, subject, facts=facts)) is not None:
        return failure
    left, needed = _left(sample), number(sample, "needed_bytes") or 0
    said = {"left": shown(left), "needed": shown(needed)}
    if needed > left:
        outcome, detail = Outcome.CONFIRMED, words(*_TOO_LITTLE, **said)
    elif not needed and left < ENOUGH_BYTES:
        outcome, detail = Outcome.INCONCLUSIVE, words(*_LITTLE, **said)
    else:
        outcome, detail = Outcome.REFUTED, words(*_ENOUGH, **said)
    return result(NAME, outcome, detail, sample, facts)


_TOO_LITTLE: Final = (
    "{left} of host memory are left to this process, {needed} are needed",
    "本进程可用的主机内存剩余 {left}，需要 {needed}",
)
_LITTLE: Final = ("only {left} of host memory are left to this process", "本进程可用的主机内存仅剩 {left}")
_ENOUGH: Final = ("{left} of host memory are left to this process", "本进程可用的主机内存剩余 {left}")


def _left(sample: Sample) -> float:
    """What the host has and the cgroup allows."""
    left = (number(sample, "available_bytes") or 0) + (number(sample, "swap_free_bytes") or 0)
    limit, used = number(sample, "memory_limit_bytes"), number(sample, "memory_used_bytes") or 0
    return left if limit is None else min(left, max(0.0, limit - used))


def _facts(sample: Sample) -> Facts:
    names = ("available", "total", "memory_limit", "memory_used", "address_space", "needed")
    sizes = ((name, number(sample, f"{name}_bytes")) for name in names)
    return tuple((name, shown(value)) for name, value in sizes if value)


HOST_MEMORY: Final = Probe(
    name=NAME,
    title=Words(en="Host memory and the limit of the cgroup", zh="主机内存与 cgroup 限额"),
    hypothesis=Words(
        en="the host or the cgroup has less memory left than was asked for",
        zh="主机或 cgroup 剩余的内存少于所申请的",
    ),
    answers=("host.memory", "host.oom-killer"),
    predictions=(
        Prediction(
            diagnosis="host.memory",
            says=Words(en="a mapping of that size fails, or less is left", zh="该大小的映射失败，或剩余不足"),
        ),
        Prediction(
            diagnosis="host.oom-killer",
            says=Words(en="what the process held does not fit into what is left", zh="进程曾占用的内存放不进剩余空间"),
        ),
        Prediction(diagnosis="healthy", says=Words(en="it is mapped, and more is left", zh="映射成功，且仍有剩余")),
    ),
    measure="host.memory:measure",
    wishes=wishes,
    judge=judge,
    limits_address_space=False,
)
