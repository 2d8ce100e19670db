"""Can threads be started: as many as a service needs, against the limits of user, cgroup and kernel."""

from __future__ import annotations

import resource
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes import cgroup, wanted
from logsleuth.probes.figures import number
from logsleuth.probes.judging import from_failure, result, words
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject

NAME: Final = "threads"
WANTED: Final = 256  # of one process: those of BLAS, OpenMP, tokenizers and I/O on a host of many cores
MOST: Final = 1024
STACK_BYTES: Final = 256 * 1024


def wishes(subject: Subject) -> Mapping[str, Json] | Words:
    """How many threads to start: as many as the log tells, within bounds."""
    return {"wanted": min(max(WANTED, wanted.count(subject, "threads") or 0), MOST)}


def measure(wishes: Mapping[str, Json]) -> Mapping[str, object]:
    """The limits, and how many threads came before the failure, which is printed as it came."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    values: dict[str, object] = {"wanted": wishes["wanted"], **cgroup.limits()}
    values |= {"user_limit": soft} if soft != resource.RLIM_INFINITY else {}
    values |= {"kernel_limit": _number("/proc/sys/kernel/threads-max"), "pid_max": _number("/proc/sys/kernel/pid_max")}
    return values | {"started": _started(int(str(wishes["wanted"])))}


def _started(count: int) -> int:
    """How many of `count` threads could be started; all have ended at return."""
    threading.stack_size(STACK_BYTES)
    release = threading.Event()
    running: list[threading.Thread] = []
    try:
        for _ in range(count):
            thread = threading.Thread(target=release.wait)
            thread.start()
            running.append(thread)
    except RuntimeError:
        traceback.print_exc()
    release.set()
    for thread in running:
        thread.join()
    return len(running)


def _number(path: str) -> int | None:
    try:
        return int(Path(path).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Too few if starting fails with the same error."""
    names = ("started", "wanted", "user_limit", "pids_limit", "pids_used", "kernel_limit", "pid_max")
    figures = ((name, number(sample, name)) for name in names)
    facts = tuple((name, f"{value:.0f}") for name, value in figures if value is not None)
    if (failure := from_failure(NAME, sample, subject, facts=facts)) is not None:
        return failure
    started, count = number(sample, "started") or 0, number(sample, "wanted") or 0
    outcome = Outcome.REFUTED if started >= count else Outcome.INCONCLUSIVE
    detail = words(
        "{started} of {count} threads were started",
        "启动了 {started}/{count} 个线程",
        started=f"{started:.0f}",
        count=f"{count:.0f}",
    )
    return result(NAME, outcome, detail, sample, facts)


THREADS: Final = Probe(
    name=NAME,
    title=Words(en="Threads and processes", zh="线程与进程数"),
    hypothesis=Words(
        en="the user, the cgroup or the kernel allows no further threads",
        zh="用户、cgroup 或内核不允许再启动线程",
    ),
    answers=("host.threads",),
    predictions=(
        Prediction(
            diagnosis="host.threads",
            says=Words(en="starting a thread fails before the number wanted", zh="未达所需数量即无法启动线程"),
        ),
        Prediction(diagnosis="healthy", says=Words(en="all are started", zh="全部启动")),
    ),
    measure="host.threads:measure",
    wishes=wishes,
    judge=judge,
)
