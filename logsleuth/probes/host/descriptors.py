"""Are there file descriptors enough: as many as a service needs are opened, after raising the limit as vLLM does."""

from __future__ import annotations

import os
import resource
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes import wanted
from logsleuth.probes.figures import number
from logsleuth.probes.judging import from_failure, result, words
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject

NAME: Final = "open-files"
WANTED: Final = 4096  # sockets of some hundred requests on some ten processes
MOST: Final = 65_535  # to which vLLM raises its own soft limit (vllm/utils/system_utils.py, set_ulimit)


def wishes(subject: Subject) -> Mapping[str, Json] | Words:
    """How many descriptors to open: more than the limit that the log tells."""
    limit = wanted.count(subject, "limit")
    return {"wanted": min(max(WANTED, (limit or 0) + 1), MOST)}


def measure(wishes: Mapping[str, Json]) -> Mapping[str, object]:
    """The limits, and how many descriptors came before the failure, which is printed as it came."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = int(str(wishes["wanted"]))
    raised = min(hard, max(soft, MOST)) if hard != resource.RLIM_INFINITY else max(soft, MOST)
    resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    allocated, _, most = (*_file_nr(), 0, 0, 0)[:3]
    values = {"soft": soft, "hard": hard, "wanted": count, "allocated": allocated, "most": most}
    return values | {"opened": _opened(count)}


def _file_nr() -> tuple[int, ...]:
    try:
        return tuple(map(int, Path("/proc/sys/fs/file-nr").read_text(encoding="ascii").split()))
    except (OSError, ValueError):
        return ()


def _opened(count: int) -> int:
    """How many of `count` descriptors could be had; all are given back."""
    held: list[int] = []
    try:
        while len(held) < count:
            held.append(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        for descriptor in held[-4:]:
            os.close(descriptor)  # printing a traceback opens the source
        del held[-4:]
        traceback.print_exception(error)
    for descriptor in held:
        os.close(descriptor)
    return len(held)


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Too few if opening fails with the same error; the limit of the shell is not always that of the service."""
    names = ("soft", "hard", "wanted", "opened", "allocated", "most")
    figures = ((name, number(sample, name)) for name in names)
    facts = tuple((name, f"{value:.0f}") for name, value in figures if value is not None)
    if (failure := from_failure(NAME, sample, subject, facts=facts)) is not None:
        return failure
    said = dict(facts)
    if said.get("opened") != said.get("wanted"):
        detail = words(
            "{opened} of {wanted} descriptors could be opened", "只能打开 {opened}/{wanted} 个描述符", **said
        )
        return result(NAME, Outcome.INCONCLUSIVE, detail, sample, facts)
    detail = words(
        "{wanted} descriptors were opened under the limits of this shell (soft {soft}, hard {hard})",
        "在当前 shell 的限制下（软 {soft}，硬 {hard}）打开了 {wanted} 个描述符",
        **said,
    )
    return result(NAME, Outcome.REFUTED, detail, sample, facts)


OPEN_FILES: Final = Probe(
    name=NAME,
    title=Words(en="File descriptors", zh="文件描述符"),
    hypothesis=Words(
        en="the limit of open files is lower than what a service needs",
        zh="打开文件数的限制低于服务所需",
    ),
    answers=("host.too-many-files",),
    predictions=(
        Prediction(
            diagnosis="host.too-many-files",
            says=Words(en="EMFILE or ENFILE before the number wanted", zh="未达所需数量即得到 EMFILE 或 ENFILE"),
        ),
        Prediction(diagnosis="healthy", says=Words(en="all are opened", zh="全部打开")),
    ),
    measure="host.descriptors:measure",
    wishes=wishes,
    judge=judge,
)
