"""Probe `cuda-graph`: capture, replay, and the same kernels without a graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes.cuda.answers import facts_of, is_predicted, text, undecided, whole
from logsleuth.probes.cuda.devices import ordinal_of
from logsleuth.probes.cuda.telling import cuda_absent, failed, sacrifice
from logsleuth.probes.judging import result, skipped
from logsleuth.probes.probe import Json, Need, Prediction, Probe, Sample, Subject, Touch

NAME: Final = "cuda-graph"
PREDICTS: Final = ("cuda.graph",)
STEPS: Final = 100  # of one small kernel: what a layer's launches cost
SIDE: Final = 256


def measure(wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Eager first; then captured and replayed; then a capture with a deliberate mistake, in a process of its own."""
    if why := cuda_absent():
        yield {"absent": why}
        return
    device = whole(wishes, "gpu")
    if wishes.get("fault") is True:
        sacrifice("cuda.sacrifices:bad_capture", {"gpu": device})
        yield {"is_ok": False, "error": "the fault was asked for"}
        return
    try:
        yield from _eager_and_replayed(device)
    except RuntimeError as error:
        yield failed(error)
        return
    sacrifice("cuda.sacrifices:bad_capture", {"gpu": device})


def _eager_and_replayed(device: int) -> Iterator[dict[str, Json]]:
    import torch

    torch.cuda.set_device(device)
    start = torch.eye(SIDE, device=f"cuda:{device}")
    held = start.clone()

    def steps() -> None:
        for _ in range(STEPS):
            held.mul_(1.01)

    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):  # libraries set themselves up outside of the capture
        steps()
    torch.cuda.current_stream().wait_stream(side)
    held.copy_(start)
    torch.cuda.synchronize()
    began = perf_counter()
    steps()
    torch.cuda.synchronize()
    yield {"eager_ms": 1e3 * (perf_counter() - began)}
    eager = held.clone()
    held.copy_(start)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        steps()
    torch.cuda.synchronize()
    began = perf_counter()
    graph.replay()
    torch.cuda.synchronize()
    yield {"replay_ms": 1e3 * (perf_counter() - began), "is_ok": bool(torch.equal(eager, held))}


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """A replay that gives what eager gave refutes; if eager ran and the graph failed, the graph is at fault."""
    facts = facts_of(sample.values)
    if absent := text(sample.values, "absent"):
        return skipped(NAME, Words(en=absent, zh=f"缺少条件：{absent}"))
    if sample.is_complete and sample.values.get("is_ok") is True:
        return result(NAME, Outcome.REFUTED, SAME, sample, facts)
    if sample.is_complete and "replay_ms" in sample.values:
        return result(NAME, Outcome.CONFIRMED, DIFFERS, sample, facts)
    if is_predicted(sample.provoked, subject, PREDICTS):
        return result(NAME, Outcome.CONFIRMED, FAILS, sample, facts)
    return undecided(NAME, sample, subject, facts)


SAME: Final = Words(
    en="capture and replay work and give what eager gives: the graph machinery of this machine is sound",
    zh="捕获与重放正常，结果与 eager 一致：本机的 CUDA graph 机制正常",
)
DIFFERS: Final = Words(en="a replay gives something else than eager", zh="重放的结果与 eager 不同")
FAILS: Final = Words(en="capture or replay fails with the error of the log", zh="捕获或重放以日志中的错误失败")

GRAPH: Final = Probe(
    name=NAME,
    title=Words(en="CUDA graphs against eager", zh="CUDA graph 与 eager 对照"),
    hypothesis=Words(
        en="even a plain graph cannot be captured and replayed here", zh="此处连简单的 graph 也无法捕获与重放"
    ),
    answers=PREDICTS,
    predictions=(
        Prediction(diagnosis="cuda.graph", says=Words(en="eager runs, the graph fails", zh="eager 能运行，graph 失败")),
        Prediction(diagnosis="cuda.illegal-access", says=Words(en="eager fails too", zh="eager 也失败")),
        Prediction(diagnosis="healthy", says=Words(en="both give the same", zh="两者结果相同")),
    ),
    measure="cuda.graphs:measure",
    wishes=lambda subject: {"gpu": ordinal_of(subject)},
    judge=judge,
    needs=(Need.TORCH, Need.GPU),
    touches=(Touch.GPU,),
    limit_s=150.0,
    memory_bytes=8 * 1024**3,  # several processes with torch and a context each
)
