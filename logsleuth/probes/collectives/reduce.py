"""Probes `gloo-allreduce` and `nccl-allreduce`: can ranks of this machine add up a tensor."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes.answers import answer, is_of, is_true, number_of, text_of, texts_of
from logsleuth.probes.collectives.launch import local
from logsleuth.probes.judging import from_failure
from logsleuth.probes.probe import Json, Need, Prediction, Probe, Sample, Subject, Touch

GLOO: Final = "gloo-allreduce"
NCCL: Final = "nccl-allreduce"
LIMIT_S: Final = 150.0
RANKS_S: Final = 120.0  # several interpreters load torch at a time
MOST: Final = 8  # ranks on the CPU
FEWEST: Final = 2
INTERFACE: Final = re.compile(r"[\w.,:-]{1,80}")
# what an all-reduce that works on this machine shows to be otherwise; a late rank or another node it does not
DECIDED: Final = (
    "dist.gloo.interface",
    "nccl.no-interface",
    "nccl.shm",
    "nccl.p2p",
    "nccl.version.symbol",
    "nccl.version.too-old",
    "nccl.version.graph-capture",
)
UNDECIDED: Final = (
    "dist.gloo.timeout",
    "dist.gloo.loopback",
    "nccl.p2p.mnnvl",
    "nccl.no-interface.family",
    "nccl.no-interface.subnet",
)
# the same, as long as the job of the log has no more ranks than were tried
WHOLE_JOB: Final = ("dist.gloo", "nccl.unhandled-system", "nccl.unhandled-cuda", "nccl.internal")


def gloo(wishes: Mapping[str, Json]) -> dict[str, Json]:
    """All-reduce over gloo with 1 to `ranks` processes."""
    ranks, interface = wishes["ranks"], str(wishes.get("interface") or "")
    variables = {"GLOO_SOCKET_IFNAME": interface} if interface else {}
    return local("gloo", ranks if isinstance(ranks, int) else FEWEST, limit_s=RANKS_S, variables=variables)


def nccl(_wishes: Mapping[str, Json]) -> dict[str, Json]:
    """All-reduce over NCCL with one process for each GPU, plainly and inside a CUDA graph."""
    torch = import_module("torch")

    return local("nccl", torch.cuda.device_count(), limit_s=RANKS_S, variables={"NCCL_DEBUG": "WARN"})


def _wishes(subject: Subject) -> Mapping[str, Json]:
    size = subject.get("world_size")
    ranks = int(size) if size.isascii() and size.isdigit() and len(size) < 6 else FEWEST
    interface = subject.get("gloo_socket_ifname") or subject.get("interface")
    is_sound = INTERFACE.fullmatch(interface) is not None
    return {"ranks": min(max(ranks, FEWEST), MOST), "interface": interface if is_sound else ""}


def judge_gloo(sample: Sample, subject: Subject) -> ProbeResult:
    """Confirmed where gloo fails as diagnosed, refuted where all sizes add up."""
    return _judge(GLOO, sample, subject)


def judge_nccl(sample: Sample, subject: Subject) -> ProbeResult:
    """Confirmed where NCCL fails as diagnosed, refuted where all sizes add up, also in a CUDA graph."""
    return _judge(NCCL, sample, subject)


def _judge(name: str, sample: Sample, subject: Subject) -> ProbeResult:
    ranks, steps = text_of(sample.values, "ranks"), texts_of(sample.values, "steps")
    facts: Facts = (("ranks", ranks), ("steps", ", ".join(steps) or "-"))
    if is_true(sample.values, "is_hung"):
        return _hung(name, sample, subject, facts)
    failed = from_failure(name, sample, subject, facts=facts)
    if failed is not None:
        return failed
    if not _is_through(sample):
        return answer(name, Outcome.INCONCLUSIVE, _stopped(sample, steps), sample, facts=facts)
    through = Words(
        en=f"All-reduce works here with 1 to {ranks} ranks ({', '.join(steps)}).",
        zh=f"本机 1 到 {ranks} 个 rank 的 all-reduce 正常（{', '.join(steps)}）。",
    )
    if _decides(sample, subject):
        return answer(name, Outcome.REFUTED, through, sample, facts=facts)
    detail = Words(
        en=f"{through.en} The communication of this machine is not at fault: look for the rank or node that failed.",
        zh=f"{through.zh}本机通信没有问题：请查找出错的 rank 或节点。",
    )
    return answer(name, Outcome.INCONCLUSIVE, detail, sample, facts=facts)


def _decides(sample: Sample, subject: Subject) -> bool:
    """Whether sums that are right show the diagnosis to be otherwise."""
    if is_of(subject.diagnosis, *UNDECIDED):
        return False
    size, tried = subject.get("world_size"), number_of(sample.values, "ranks") or 0
    is_whole = size.isascii() and size.isdigit() and len(size) < 6 and int(size) <= tried
    return (
        not subject.diagnosis
        or is_of(subject.diagnosis, *DECIDED)
        or (is_whole and is_of(subject.diagnosis, *WHOLE_JOB))
    )


def _is_through(sample: Sample) -> bool:
    statuses = sample.values.get("statuses")
    return isinstance(statuses, list) and bool(statuses) and all(status == 0 for status in statuses)


def _hung(name: str, sample: Sample, subject: Subject, facts: Facts) -> ProbeResult:
    """A check that does not come to its end is the failure itself where a collective has timed out."""
    is_meant = is_of(subject.diagnosis, "nccl.timeout", "dist.gloo.timeout", "hang.collective")
    detail = Words(
        en=f"The ranks did not come to an end in {RANKS_S:.0f} s.", zh=f"各 rank 在 {RANKS_S:.0f} 秒内没有结束。"
    )
    outcome = Outcome.CONFIRMED if is_meant else Outcome.INCONCLUSIVE
    met = replace(sample, provoked="hang.collective")
    return answer(name, outcome, detail, met, facts=facts)


def _stopped(sample: Sample, steps: tuple[str, ...]) -> Words:
    lines = [line.strip() for line in sample.output.splitlines() if line.strip()]
    last = lines[-1][:200] if lines else ""
    after = steps[-1] if steps else "-"
    return Words(en=f"A rank failed after step {after}: {last}", zh=f"有 rank 在步骤 {after} 之后失败：{last}")


GLOO_ALLREDUCE: Final = Probe(
    name=GLOO,
    title=Words(en="All-reduce over gloo on the CPU", zh="CPU 上的 gloo all-reduce"),
    hypothesis=Words(
        en="Processes of this machine cannot connect over gloo and the interface it is told to use. It says nothing of "
        "the way to other nodes.",
        zh="本机的进程无法经由 gloo 及其指定的接口互连。它不涉及到其他节点的通路。",
    ),
    answers=("dist.gloo", "dist.gloo.interface", "dist.gloo.timeout"),
    predictions=(
        Prediction(diagnosis="dist.gloo", says=Words(en="gloo prints its error", zh="gloo 打印其错误")),
        Prediction(diagnosis="dist.gloo.timeout", says=Words(en="it does not end", zh="不会结束")),
        Prediction(diagnosis="healthy", says=Words(en="every size gives its sum", zh="每个规模都得到正确的和")),
    ),
    measure="collectives.reduce:gloo",
    wishes=_wishes,
    judge=judge_gloo,
    needs=(Need.TORCH,),
    touches=(Touch.DISK,),
    limit_s=LIMIT_S,
    memory_bytes=12 * 1024**3,
)
NCCL_ALLREDUCE: Final = Probe(
    name=NCCL,
    title=Words(en="All-reduce over NCCL, plain and in a CUDA graph", zh="NCCL all-reduce（普通与 CUDA graph 内）"),
    hypothesis=Words(
        en="The GPUs of this machine cannot add up a tensor over NCCL, or not inside a CUDA graph. It says nothing of "
        "the way to other nodes, nor of a rank that comes late.",
        zh="本机的 GPU 无法经由 NCCL 做 all-reduce，或在 CUDA graph 内不行。"
        "它不涉及其他节点的通路，也不涉及迟到的 rank。",
    ),
    answers=(
        "nccl.unhandled-system",
        "nccl.unhandled-cuda",
        "nccl.internal",
        "nccl.no-interface",
        "nccl.shm",
        "nccl.p2p",
        "nccl.timeout",
        "nccl.version",
        "hang.collective",
    ),
    predictions=(
        Prediction(
            diagnosis="nccl.no-interface",
            says=Words(en="NCCL finds no interface, as it is set here", zh="按此处的设置，NCCL 找不到网络接口"),
        ),
        Prediction(diagnosis="nccl.shm", says=Words(en="NCCL cannot make its segment", zh="NCCL 无法创建共享内存段")),
        Prediction(
            diagnosis="nccl.p2p",
            says=Words(
                en="it hangs, fails or adds up wrongly from two ranks on", zh="从两个 rank 起挂起、失败或求和错误"
            ),
        ),
        Prediction(
            diagnosis="nccl.version.graph-capture",
            says=Words(en="the plain sums are right, the graph fails", zh="普通求和正确，CUDA graph 失败"),
        ),
        Prediction(diagnosis="healthy", says=Words(en="every size gives its sum", zh="每个规模都得到正确的和")),
    ),
    measure="collectives.reduce:nccl",
    wishes=lambda _subject: {},
    judge=judge_nccl,
    needs=(Need.TORCH, Need.GPU),
    touches=(Touch.GPU, Touch.DISK),
    limit_s=LIMIT_S,
    memory_bytes=64 * 1024**3,
)
