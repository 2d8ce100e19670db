"""Can memory be locked: as much as registering it for RDMA or pinning it would take. In: a size. Out: whether it is."""

from __future__ import annotations

import ctypes
import mmap
import os
import resource
import sys
from collections.abc import Mapping
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes import wanted
from logsleuth.probes.figures import number, shown
from logsleuth.probes.judging import from_failure, result, words
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject

NAME: Final = "memlock"
WANTED_BYTES: Final = 128 * 1024**2  # NCCL registers buffers of tens of MiB for each peer
MOST_BYTES: Final = 1024**3


def wishes(subject: Subject) -> Mapping[str, Json] | Words:
    """How much to lock: more than the limit that the log tells, at most 1 GiB."""
    limit = wanted.size_bytes(subject.get("limit").replace("kbytes", "kB")) or 0
    asked = wanted.first_size(subject, "requested") or 0
    return {"wanted_bytes": min(max(WANTED_BYTES, limit + mmap.PAGESIZE, asked), MOST_BYTES)}


def measure(wishes: Mapping[str, Json]) -> Mapping[str, object]:
    """The limit, and whether a mapping of that size could be locked; it is given back at once."""
    size = int(str(wishes["wanted_bytes"]))
    soft, hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    error = _locking_error(size)
    if error:
        sys.stderr.write(f"mlock(): {os.strerror(error)}\n")
    limits = {"soft_bytes": soft, "hard_bytes": hard}
    known = {name: limit for name, limit in limits.items() if limit != resource.RLIM_INFINITY}
    return {"wanted_bytes": size, "errno": error, "uid": os.geteuid(), **known}


def _locking_error(size: int) -> int:
    """The number of the error that the kernel answers, 0 for none."""
    libc = ctypes.CDLL(None, use_errno=True)
    with mmap.mmap(-1, size) as region:
        start = ctypes.addressof(held := ctypes.c_char.from_buffer(region))
        failed = libc.mlock(ctypes.c_void_p(start), ctypes.c_size_t(size))
        error = ctypes.get_errno() if failed else 0
        libc.munlock(ctypes.c_void_p(start), ctypes.c_size_t(size))
        del held
    return error


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Too low if locking fails with the same error."""
    sizes = ((name, number(sample, f"{name}_bytes")) for name in ("soft", "hard", "wanted"))
    facts = tuple((name, shown(value)) for name, value in sizes if value is not None)
    if (failure := from_failure(NAME, sample, subject, facts=facts)) is not None:
        return failure
    size, limit = shown(number(sample, "wanted_bytes")), shown(number(sample, "soft_bytes"))
    if number(sample, "errno"):
        detail = words("{size} could not be locked", "无法锁定 {size}", size=size)
        return result(NAME, Outcome.INCONCLUSIVE, detail, sample, facts)
    who = "; root is not bound by it" if number(sample, "uid") == 0 else ""
    detail = words(
        "{size} were locked (limit {limit}{who})", "已锁定 {size}（限额 {limit}）", size=size, limit=limit, who=who
    )
    return result(NAME, Outcome.REFUTED, detail, sample, facts)


MEMLOCK: Final = Probe(
    name=NAME,
    title=Words(en="Locked memory", zh="锁定内存"),
    hypothesis=Words(
        en="the limit of locked memory is lower than what is registered or pinned",
        zh="锁定内存的限额低于需要注册或固定的大小",
    ),
    answers=("host.memlock", "cuda.oom.pinned"),
    predictions=(
        Prediction(
            diagnosis="host.memlock",
            says=Words(en="mlock() answers ENOMEM or EPERM", zh="mlock() 返回 ENOMEM 或 EPERM"),
        ),
        Prediction(diagnosis="healthy", says=Words(en="it is locked", zh="锁定成功")),
    ),
    measure="host.locked:measure",
    wishes=wishes,
    judge=judge,
)
