"""Probe `cuda-fork`: whether a worker can use CUDA as this environment starts it, after its parent did."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator, Mapping
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes.cuda.answers import facts_of, is_predicted, text, undecided, whole
from logsleuth.probes.cuda.devices import ordinal_of
from logsleuth.probes.cuda.telling import cuda_absent, sacrifice
from logsleuth.probes.judging import result, skipped
from logsleuth.probes.probe import Json, Need, Prediction, Probe, Sample, Subject, Touch

NAME: Final = "cuda-fork"
PREDICTS: Final = ("cuda.fork", "vllm.multiprocessing")
METHOD: Final = "VLLM_WORKER_MULTIPROC_METHOD"


def measure(wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """A worker by spawn, and, unless that is what is set here, one by fork after this process used CUDA."""
    if why := cuda_absent():
        yield {"absent": why}
        return
    device = whole(wishes, "gpu")
    method = os.environ.get(METHOD) or "fork"
    spawned = "worker is well" in sacrifice("cuda.forking:worker", {"gpu": device})
    yield {"method": method, "spawn_ok": spawned}
    yield {"is_ok": spawned if method == "spawn" else _forked(device)}


def worker(wishes: Mapping[str, Json]) -> Mapping[str, Json]:
    """What a worker does first."""
    import torch

    return {
        "worker": "worker is well" if int(torch.ones(2, device=f"cuda:{whole(wishes, 'gpu')}").sum()) == 2 else "bad"
    }


def _forked(device: int) -> bool:
    import torch

    torch.ones(1, device=f"cuda:{device}")
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if "worker is well" in str(worker({"gpu": device})) else 2
        except RuntimeError:
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """A worker that works as it is started here refutes; one that does by spawn alone confirms."""
    facts = facts_of(sample.values)
    if absent := text(sample.values, "absent"):
        return skipped(NAME, Words(en=absent, zh=f"缺少条件：{absent}"))
    if sample.is_complete and sample.values.get("is_ok") is True:
        method = text(sample.values, "method")
        works = Words(en=f"workers are started by {method} here, and work", zh=f"此处以 {method} 启动 worker，工作正常")
        return result(NAME, Outcome.REFUTED, works, sample, facts)
    if sample.values.get("spawn_ok") is True and is_predicted(sample.provoked, Subject(), ("cuda.fork",)):
        return result(NAME, Outcome.CONFIRMED, ONLY_SPAWN, sample, facts)
    return undecided(NAME, sample, subject, facts)


ONLY_SPAWN: Final = Words(
    en=f"a forked worker cannot use CUDA after its parent did, a spawned one can: set {METHOD}=spawn",
    zh=f"父进程用过 CUDA 后，fork 出的 worker 无法使用 CUDA，而 spawn 的可以：请设置 {METHOD}=spawn",
)
FORK: Final = Probe(
    name=NAME,
    title=Words(en="workers by fork and by spawn", zh="fork 与 spawn 启动的 worker"),
    hypothesis=Words(
        en="workers cannot use CUDA as this environment starts them", zh="按此环境的启动方式，worker 无法使用 CUDA"
    ),
    answers=PREDICTS,
    predictions=(
        Prediction(diagnosis="cuda.fork", says=Words(en="fork fails, spawn works", zh="fork 失败，spawn 正常")),
        Prediction(diagnosis="gpu.busy", says=Words(en="spawn fails too", zh="spawn 也失败")),
        Prediction(
            diagnosis="healthy", says=Words(en=f"with {METHOD}=spawn it works", zh=f"设置 {METHOD}=spawn 后正常")
        ),
    ),
    measure="cuda.forking:measure",
    wishes=lambda subject: {"gpu": ordinal_of(subject)},
    judge=judge,
    needs=(Need.TORCH, Need.GPU),
    touches=(Touch.GPU,),
    limit_s=150.0,
    memory_bytes=8 * 1024**3,  # several processes with torch and a context each
)
