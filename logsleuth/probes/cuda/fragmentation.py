"""Probe `cuda-fragmentation`: whether torch's allocator, as it is set here, loses memory to holes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes.cuda.answers import facts_of, is_predicted, text, undecided, whole
from logsleuth.probes.cuda.devices import ordinal_of
from logsleuth.probes.cuda.sizes import shown
from logsleuth.probes.cuda.telling import cuda_absent, failed
from logsleuth.probes.judging import result, skipped
from logsleuth.probes.probe import Json, Need, Prediction, Probe, Sample, Subject, Touch

NAME: Final = "cuda-fragmentation"
FRAGMENTED: Final = "cuda.oom.device.fragmentation"
SETTINGS: Final = ("PYTORCH_CUDA_ALLOC_CONF", "PYTORCH_ALLOC_CONF")
MIB: Final = 1 << 20
SEGMENT: Final = 256 * MIB
PIECES: Final = 4  # of one segment; one of them stays
SEGMENTS: Final = 6


def measure(wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Fill a small share of the card with segments, leave a piece in each, and ask for a whole segment again.

    The share is torch's own limit for this process: the rest of the card is not touched.
    """
    if why := cuda_absent():
        yield {"absent": why}
        return
    import torch

    device = whole(wishes, "gpu")
    yield {"allocator": next((os.environ[name] for name in SETTINGS if os.environ.get(name)), "defaults")}
    try:
        torch.cuda.set_device(device)
        total = torch.cuda.mem_get_info(device)[1]
        torch.cuda.set_per_process_memory_fraction((SEGMENTS * SEGMENT + 2 * MIB) / total, device)
        yield from _holes(device)
    except RuntimeError as error:
        yield failed(error)


def _holes(device: int) -> Iterator[dict[str, Json]]:
    import torch

    def taken(size: int) -> torch.Tensor:
        return torch.empty(size, dtype=torch.uint8, device=f"cuda:{device}")

    whole_ones = [taken(SEGMENT) for _ in range(SEGMENTS)]
    del whole_ones  # torch keeps the segments, and cuts pieces out of them
    pieces = sorted((taken(SEGMENT // PIECES) for _ in range(SEGMENTS * PIECES)), key=lambda piece: piece.data_ptr())
    kept = pieces[::PIECES]
    del pieces
    yield {
        "reserved_bytes": torch.cuda.memory_reserved(device),
        "allocated_bytes": torch.cuda.memory_allocated(device),
        "requested_bytes": SEGMENT,
    }
    again = taken(SEGMENT)
    yield {"is_ok": again.numel() == SEGMENT and len(kept) == SEGMENTS}


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """The holes were lost: confirmed; the allocator joined them: refuted."""
    facts = facts_of(sample.values)
    if absent := text(sample.values, "absent"):
        return skipped(NAME, Words(en=absent, zh=f"缺少条件：{absent}"))
    unused = shown(whole(sample.values, "reserved_bytes") - whole(sample.values, "allocated_bytes"))
    setting = text(sample.values, "allocator")
    if sample.is_complete and sample.values.get("is_ok") is True:
        joined = Words(en=f"the allocator ({setting}) joined the holes", zh=f"分配器（{setting}）能合并空洞")
        return result(NAME, Outcome.REFUTED, joined, sample, facts)
    if "requested_bytes" in sample.values and is_predicted(sample.provoked, Subject(), ("cuda.oom.device",)):
        return result(NAME, Outcome.CONFIRMED, _lost(unused, setting), sample, facts)
    return undecided(NAME, sample, subject, facts)


def _lost(unused: str, setting: str) -> Words:
    return Words(
        en=f"{shown(SEGMENT)} could not be had although {unused} were reserved and unused (allocator: {setting})",
        zh=f"已保留未用的显存有 {unused}，却分配不到 {shown(SEGMENT)}（分配器：{setting}）",
    )


FRAGMENTATION: Final = Probe(
    name=NAME,
    title=Words(en="holes in torch's memory", zh="torch 显存碎片"),
    hypothesis=Words(
        en="the allocator, as set here, cannot use holes between pieces that are in use",
        zh="按此处的设置，分配器无法利用已用块之间的空洞",
    ),
    answers=(FRAGMENTED,),
    predictions=(
        Prediction(
            diagnosis=FRAGMENTED,
            says=Words(en="a request of the size of all holes fails", zh="与空洞总量相当的申请失败"),
        ),
        Prediction(
            diagnosis="healthy",
            says=Words(en="with expandable_segments:True it succeeds", zh="设置 expandable_segments:True 后成功"),
        ),
    ),
    measure="cuda.fragmentation:measure",
    wishes=lambda subject: {"gpu": ordinal_of(subject)},
    judge=judge,
    needs=(Need.TORCH, Need.GPU),
    touches=(Touch.GPU,),
    limit_s=90.0,
)
