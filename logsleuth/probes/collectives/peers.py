"""Probe `gpu-p2p`: which pairs of GPUs say that they reach each other, and does a copy arrive unchanged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes.answers import Values, answer, is_of, is_true, rows_of, text_of
from logsleuth.probes.judging import from_failure
from logsleuth.probes.probe import Json, Need, Prediction, Probe, Sample, Subject, Touch

NAME: Final = "gpu-p2p"
# what copies within one process can show; handles between processes and multicast memory they cannot
DECIDED: Final = ("nccl.p2p.peer-access", "nccl.p2p.nvlink-disabled", "dist.custom-allreduce.peer-test")
WHOLE: Final = ("", "nccl.p2p", "dist.custom-allreduce")
ELEMENTS: Final = 1 << 20  # 8 MiB: more than a packet, nothing beside a model


def measure(_wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """For each ordered pair of GPUs: whether peer access is offered, and whether a copy arrives unchanged."""
    torch = import_module("torch")

    count = torch.cuda.device_count()
    pairs: list[Json] = []
    for source in range(count):
        for target in (gpu for gpu in range(count) if gpu != source):
            sent = torch.arange(ELEMENTS, device=f"cuda:{source}")
            arrived = sent.to(f"cuda:{target}")
            is_equal = bool((arrived.cpu() == torch.arange(ELEMENTS)).all())
            is_offered = bool(torch.cuda.can_device_access_peer(source, target))
            pairs.append({"source": source, "target": target, "is_offered": is_offered, "is_equal": is_equal})
            yield {"pairs": pairs}
    yield {"gpus": count}


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Confirmed where copies are corrupted, or where no peer access is offered and that is the diagnosis."""
    failed = from_failure(NAME, sample, subject)
    if failed is not None:
        return failed
    pairs = rows_of(sample.values, "pairs")
    broken = [pair for pair in pairs if not is_true(pair, "is_equal")]
    apart = [pair for pair in pairs if not is_true(pair, "is_offered")]
    facts: Facts = (
        ("pairs", str(len(pairs))),
        ("corrupted", _shown(broken)),
        ("without_peer_access", _shown(apart)),
    )
    if broken:
        detail = Words(
            en=f"Copies between GPUs arrive changed: {_shown(broken)}. Check IOMMU and ACS; until then "
            "NCCL_P2P_DISABLE=1.",
            zh=f"GPU 间拷贝的数据被改变：{_shown(broken)}。请检查 IOMMU 与 ACS；在此之前可设 NCCL_P2P_DISABLE=1。",
        )
        return answer(NAME, Outcome.CONFIRMED, detail, sample, facts=facts, provoked="nccl.p2p")
    if apart:
        is_meant = is_of(subject.diagnosis, "nccl.p2p.peer-access", "nccl.p2p.nvlink-disabled", "dist.custom-allreduce")
        detail = Words(
            en=f"No peer access between {_shown(apart)}; copies arrive through the host.",
            zh=f"以下 GPU 之间不支持 peer access：{_shown(apart)}；拷贝经由主机完成。",
        )
        outcome = Outcome.CONFIRMED if is_meant else Outcome.INCONCLUSIVE
        return answer(NAME, outcome, detail, sample, facts=facts, provoked="nccl.p2p.peer-access")
    detail = Words(
        en=f"All {len(pairs)} pairs offer peer access, and copies arrive unchanged.",
        zh=f"全部 {len(pairs)} 对 GPU 都支持 peer access，拷贝结果正确。",
    )
    is_decided = is_of(subject.diagnosis, *DECIDED) or subject.diagnosis in WHOLE
    outcome = Outcome.REFUTED if is_decided else Outcome.INCONCLUSIVE
    return answer(NAME, outcome, detail, sample, facts=facts)


def _shown(pairs: list[Values]) -> str:
    return ", ".join(f"{text_of(pair, 'source')}->{text_of(pair, 'target')}" for pair in pairs[:20]) or "-"


GPU_P2P: Final = Probe(
    name=NAME,
    title=Words(en="Peer-to-peer access between GPUs", zh="GPU 间的 P2P 访问"),
    hypothesis=Words(
        en="GPUs of this machine do not reach each other, or copies between them are corrupted. It copies within one "
        "process: handles between processes (CUDA IPC) are tried by nccl-allreduce.",
        zh="本机 GPU 之间无法互访，或拷贝的数据损坏。它在单个进程内拷贝："
        "进程间句柄（CUDA IPC）由 nccl-allreduce 检查。",
    ),
    answers=("nccl.p2p", "dist.custom-allreduce"),
    predictions=(
        Prediction(
            diagnosis="nccl.p2p", says=Words(en="copies arrive changed, or fail", zh="拷贝的数据被改变，或拷贝失败")
        ),
        Prediction(diagnosis="nccl.p2p.peer-access", says=Words(en="access is not offered", zh="不支持 peer access")),
        Prediction(diagnosis="healthy", says=Words(en="offered everywhere, unchanged", zh="处处支持，且数据不变")),
    ),
    measure="collectives.peers:measure",
    wishes=lambda _subject: {},
    judge=judge,
    needs=(Need.TORCH, Need.GPUS),
    touches=(Touch.GPU,),
    limit_s=120.0,
    memory_bytes=16 * 1024**3,
)
