"""Probe `cuda-pinned`: whether the host can lock as much memory for transfers as the log asked for."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes.cuda.answers import facts_of, is_predicted, text, undecided, whole
from logsleuth.probes.cuda.devices import ordinal_of
from logsleuth.probes.cuda.driver import CudaError, Driver
from logsleuth.probes.cuda.sizes import shown, size_of
from logsleuth.probes.cuda.telling import failed, started
from logsleuth.probes.judging import result, skipped
from logsleuth.probes.probe import Json, Need, Prediction, Probe, Sample, Subject, Touch

NAME: Final = "cuda-pinned"
PINNED: Final = "cuda.oom.pinned"
PREDICTS: Final = (PINNED, "ucm.store-init", "lmcache.backend")
DEFAULT: Final = 1 << 30  # what a small buffer takes; the log named none
RESERVE: Final = 2 << 30  # of the host's free memory that the probe leaves to others
SLACK: Final = 64 << 20  # for the interpreter itself
ADDRESSES: Final = 1 << 47  # of a process: more is refused before anything is taken, so that it may be tried anywhere
CGROUP: Final = Path("/sys/fs/cgroup")


def wishes(subject: Subject) -> Mapping[str, Json]:
    """The size that the log asked for, else what a connector's configuration names, else a gibibyte."""
    asked = (
        size_of(subject.get("requested"))
        or size_of(subject.get("cache_buffer_capacity_gb"), unit="GiB")
        or size_of(subject.get("max_local_cpu_size"), unit="GiB")
        or size_of(subject.get("swap_space"), unit="GiB")
        or DEFAULT
    )
    return {"gpu": ordinal_of(subject), "requested": asked}


def measure(wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """The limits, then the allocation, held below what the host can spare: beyond it the mapping itself fails."""
    driver, why = started()
    if driver is None:
        yield {"absent": why}
        return
    asked, spare = whole(wishes, "requested"), max(0, available() - RESERVE)
    spare = min(spare, whole(wishes, "most") or spare)
    yield {"requested_bytes": asked, "spare_bytes": spare, "memlock_bytes": _limit(resource.RLIMIT_MEMLOCK)}
    try:
        with driver.context(driver.device(whole(wishes, "gpu"))):
            yield _pinned(driver, asked, spare)
    except RuntimeError as error:
        yield failed(error)


def _pinned(driver: Driver, asked: int, spare: int) -> dict[str, Json]:
    """Lock what was asked for; where nothing would hold the driver back, no more than the host can spare."""
    tried = asked if asked <= spare or asked > ADDRESSES or _is_held(driver) else spare
    with _held_below(spare):
        driver.give_pinned(driver.take_pinned(max(1, tried)))
    return {"is_ok": tried == asked, "tried_bytes": tried}


def _is_held(driver: Driver) -> bool:
    """Whether a limit on the address space binds the driver: some reserve all of it beforehand."""
    try:
        with _held_below(0):
            driver.give_pinned(driver.take_pinned(4 * SLACK))
    except CudaError:
        return True
    return False


@contextmanager
def _held_below(spare: int) -> Iterator[None]:
    """A host without memory to spare must not be made to kill something: more than that cannot be mapped."""
    mapped = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    ours = mapped + max(spare, SLACK)
    resource.setrlimit(resource.RLIMIT_AS, (ours if soft == resource.RLIM_INFINITY else min(ours, soft), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _limit(number: int) -> int:
    """A soft limit in bytes, -1 for none."""
    soft = resource.getrlimit(number)[0]
    return -1 if soft == resource.RLIM_INFINITY else soft


def available(proc: Path = Path("/proc"), cgroup: Path = CGROUP) -> int:
    """The bytes that the host and its control group can still give."""
    found = [_field(proc / "meminfo", "MemAvailable:") * 1024]
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        most, now = _number(cgroup / limit), _number(cgroup / used)
        found += [max(0, most - now)] if most else []
    return min(found)


def _field(path: Path, name: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)


def _number(path: Path) -> int:
    try:
        word = path.read_text(encoding="ascii").strip()
    except OSError:
        return 0
    return int(word) if word.isdecimal() else 0


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """As much as the log asked for can be locked, or not, and for want of what."""
    facts = facts_of(sample.values)
    if absent := text(sample.values, "absent"):
        return skipped(NAME, Words(en=absent, zh=f"缺少条件：{absent}"))
    asked, spare = whole(sample.values, "requested_bytes"), whole(sample.values, "spare_bytes")
    if sample.is_complete and sample.values.get("is_ok") is True:
        fits = Words(en=f"{shown(asked)} of host memory could be locked", zh=f"可以锁定 {shown(asked)} 主机内存")
        return result(NAME, Outcome.REFUTED, fits, sample, facts)
    if sample.is_complete and "tried_bytes" in sample.values:
        return result(NAME, Outcome.INCONCLUSIVE, _why(asked, spare), sample, facts)
    if is_predicted(sample.provoked, Subject(), (PINNED,)):
        return result(NAME, Outcome.CONFIRMED, _why(asked, spare), sample, facts)
    return undecided(NAME, sample, subject, facts)


def _why(asked: int, spare: int) -> Words:
    if asked > spare:
        return Words(
            en=f"{shown(asked)} are more than the {shown(spare)} that the host and its control group can spare",
            zh=f"{shown(asked)} 超过主机及其 cgroup 能让出的 {shown(spare)}",
        )
    return Words(
        en=f"{shown(asked)} cannot be locked although {shown(spare)} are free: a limit of the process or the driver",
        zh=f"尚有 {shown(spare)} 可用，却无法锁定 {shown(asked)}：受进程或驱动的限制",
    )


PINNED_MEMORY: Final = Probe(
    name=NAME,
    title=Words(en="page-locked host memory of the size asked for", zh="按日志所需大小锁页"),
    hypothesis=Words(en="the host cannot lock as much memory as was asked for", zh="主机无法锁定所申请的内存"),
    answers=PREDICTS,
    predictions=(
        Prediction(
            diagnosis=PINNED,
            says=Words(
                en="fails; more is asked for than the host can spare, or a limit is lower",
                zh="失败；所需超过主机可让出的内存，或限额更低",
            ),
        ),
        Prediction(diagnosis="healthy", says=Words(en="is locked and freed", zh="锁定并释放成功")),
    ),
    measure="cuda.pinned:measure",
    wishes=wishes,
    judge=judge,
    needs=(Need.GPU,),
    touches=(Touch.GPU,),
    limit_s=90.0,  # the kernel locks some GiB a second
    memory_bytes=1 << 42,  # the measurement holds itself below what the host can spare
)
