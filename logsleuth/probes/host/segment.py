"""Does /dev/shm hold what is shared through it: its size, and a real segment of the size asked for."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes import wanted
from logsleuth.probes.figures import number, shown, text
from logsleuth.probes.host.memory import meminfo
from logsleuth.probes.judging import from_failure, result, words
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject, Touch

NAME: Final = "shared-memory"
PLACE: Final = "/dev/shm"  # noqa: S108  the mount that is asked about
WANTED_BYTES: Final = 256 * 1024**2  # one message queue of vLLM: ten chunks of 24 MiB
MOST_BYTES: Final = 1024**3
ROOM: Final = 2  # times what is made has to be free


def wishes(subject: Subject) -> Mapping[str, Json] | Words:
    """How large a segment to make."""
    asked = wanted.first_size(subject, "requested", "needed") or 0
    return {"place": subject.said("shm") or PLACE, "needed_bytes": max(asked, WANTED_BYTES)}


def measure(wishes: Mapping[str, Json]) -> Mapping[str, object]:
    """Size and room of the mount, and the failure of a segment, which is only made where it leaves as much to others.

    A service that finds its own segment full is killed by SIGBUS; what stands there also takes the host's memory.
    """
    place, needed = str(wishes["place"]), int(str(wishes["needed_bytes"]))
    figures = os.statvfs(place)
    free = figures.f_bavail * figures.f_frsize
    values: dict[str, object] = {"place": place, "free_bytes": free, "total_bytes": figures.f_blocks * figures.f_frsize}
    values |= {"needed_bytes": needed, "is_writable": os.access(place, os.W_OK)}
    tried = min(needed, MOST_BYTES)
    has_room = needed < free and ROOM * tried < min(free, meminfo(Path("/proc/meminfo"))["available_bytes"])
    return values | ({"made_bytes": _made(place, tried)} if has_room else {})


def _made(place: str, size: int) -> int:
    try:
        with tempfile.TemporaryDirectory(prefix="logsleuth-", dir=place) as folder:
            descriptor = os.open(f"{folder}/segment", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                os.posix_fallocate(descriptor, 0, size)  # every page, and an error instead of SIGBUS
            finally:
                os.close(descriptor)
    except OSError:
        traceback.print_exc()
        return 0
    return size


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Too small if the segment cannot be made, or is larger than what is free."""
    sizes = ((name, number(sample, f"{name}_bytes")) for name in ("free", "total", "needed"))
    facts = tuple((name, shown(value)) for name, value in sizes if value is not None)
    if (failure := _failure(sample, subject, facts)) is not None:
        return failure
    said = {**dict(facts), "place": text(sample, "place")}
    if (number(sample, "needed_bytes") or 0) >= (number(sample, "free_bytes") or 0):
        outcome, detail = Outcome.CONFIRMED, words(*_TOO_SMALL, **said)
    elif number(sample, "made_bytes") is None:
        outcome, detail = Outcome.INCONCLUSIVE, words(*_NARROW, **said)
    else:
        outcome, detail = Outcome.REFUTED, words(*_FITS, **said)
    return result(NAME, outcome, detail, sample, facts)


def _failure(sample: Sample, subject: Subject, facts: tuple[tuple[str, str], ...]) -> ProbeResult | None:
    """What the segment met; a full /dev/shm is the same failure, whatever its class is called elsewhere."""
    if sample.is_complete and number(sample, "made_bytes") == 0 and sample.provoked.startswith("host.disk-full"):
        said = {"needed": dict(facts).get("needed", ""), "place": text(sample, "place")}
        detail = words("{needed} could not be had in {place}", "无法在 {place} 创建 {needed} 的共享内存段", **said)
        return result(NAME, Outcome.CONFIRMED, detail, sample, facts)
    return from_failure(NAME, sample, subject, facts=facts)


_TOO_SMALL: Final = (
    "{place} has {free} of {total} free, a segment of {needed} does not fit",
    "{place} 共 {total}，剩余 {free}，放不下 {needed} 的共享内存段",
)
_NARROW: Final = (
    "{place} has {free} of {total} free: a segment of {needed} fits, but would leave others little; it was not made",
    "{place} 共 {total}，剩余 {free}：放得下 {needed} 的共享内存段，但会让其他进程余量不足，因此没有创建",
)
_FITS: Final = (
    "a segment was made in {place}; {free} of {total} are free",
    "已在 {place} 创建共享内存段；共 {total}，剩余 {free}",
)

SHARED_MEMORY: Final = Probe(
    name=NAME,
    title=Words(en="Shared memory (/dev/shm)", zh="共享内存（/dev/shm）"),
    hypothesis=Words(
        en="what processes share does not fit into /dev/shm, which is small in a container by default",
        zh="容量太小的 /dev/shm 放不下进程间共享的数据（容器默认如此）",
    ),
    answers=("host.shm", "host.bus-error", "nccl.shm"),
    predictions=(
        Prediction(
            diagnosis="host.shm",
            says=Words(en="the segment does not fit into what is free", zh="剩余空间放不下该段"),
        ),
        Prediction(diagnosis="healthy", says=Words(en="the segment is made", zh="创建成功")),
    ),
    measure="host.segment:measure",
    wishes=wishes,
    judge=judge,
    touches=(Touch.READS, Touch.DISK),
)
