"""Probes `gpu-matmul` and `gpu-launch`: how fast the card multiplies, and how fast the host feeds it kernels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes.cuda.answers import facts_of, number, text, undecided, whole
from logsleuth.probes.cuda.devices import ordinal_of
from logsleuth.probes.cuda.telling import cuda_absent, failed
from logsleuth.probes.judging import result, skipped
from logsleuth.probes.probe import Json, Need, Prediction, Probe, Sample, Subject, Touch
from logsleuth.probes.speed.shares import Measure, card_in, judge_share, sourced
from logsleuth.probes.speed.timing import seconds_on_card

SIDE: Final = 8192
LAUNCHES: Final = 2000
MATMUL: Final = Measure(probe="gpu-matmul", value="matmul_tflops", unit="TFLOP/s", good=0.5, poor=0.35)
GOOD_US: Final = 12.0  # a launch out of Python takes 3 to 8 microseconds on current hosts
POOR_US: Final = 25.0


def multiply(wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """A square product in bf16, or in fp16 on cards before Ampere, which only emulate bf16."""
    if why := cuda_absent():
        yield {"absent": why}
        return
    import torch

    device = whole(wishes, "gpu")
    try:
        torch.cuda.set_device(device)
        dtype = torch.bfloat16 if torch.cuda.get_device_capability(device)[0] >= 8 else torch.float16
        side = SIDE if torch.cuda.mem_get_info(device)[0] > 1 << 30 else SIDE // 4
        left, right = (torch.randn(side, side, device="cuda").to(dtype) for _ in range(2))
        found = torch.empty_like(left)
        seconds = seconds_on_card(lambda: torch.mm(left, right, out=found), times=10)
        rate = 2 * side**3 / seconds / 1e12
        yield {"card": torch.cuda.get_device_name(device), "dtype": str(dtype), "side": side, "matmul_tflops": rate}
    except RuntimeError as error:
        yield failed(error)


def feed(wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Kernels that take next to no time, one after the other: what remains is the host."""
    if why := cuda_absent():
        yield {"absent": why}
        return
    import torch

    try:
        torch.cuda.set_device(whole(wishes, "gpu"))
        counter = torch.zeros(1, device="cuda")
        for _ in range(LAUNCHES):
            counter.add_(1)
        torch.cuda.synchronize()
        began = perf_counter()
        for _ in range(LAUNCHES):
            counter.add_(1)
        torch.cuda.synchronize()
        yield {"launch_us": 1e6 * (perf_counter() - began) / LAUNCHES}
        began = perf_counter()
        for _ in range(LAUNCHES // 10):
            counter.add_(1)
            torch.cuda.synchronize()
        yield {"round_trip_us": 1e6 * (perf_counter() - began) / (LAUNCHES // 10)}
    except RuntimeError as error:
        yield failed(error)


def judge_matmul(sample: Sample, subject: Subject) -> ProbeResult:
    """Against the sheet's dense rate."""
    card = card_in(sample)
    found = judge_share(MATMUL, card.tflops if card else 0.0, sample, subject)
    return sourced(found, card)


def judge_launch(sample: Sample, subject: Subject) -> ProbeResult:
    """A slow host confirms that the GPU waits for it."""
    facts = facts_of(sample.values)
    if absent := text(sample.values, "absent"):
        return skipped("gpu-launch", Words(en=absent, zh=f"缺少条件：{absent}"))
    took = number(sample.values, "launch_us")
    if not sample.is_complete or took <= 0:
        return undecided("gpu-launch", sample, subject, facts)
    detail = Words(
        en=f"a launch takes {took:.1f} microseconds of the host (usual: under {GOOD_US:.0f})",
        zh=f"每次启动耗费主机 {took:.1f} 微秒（通常低于 {GOOD_US:.0f}）",
    )
    poor = Outcome.CONFIRMED if took > POOR_US else Outcome.INCONCLUSIVE
    return result("gpu-launch", Outcome.REFUTED if took <= GOOD_US else poor, detail, sample, facts)


def _gpu(subject: Subject) -> Mapping[str, Json]:
    return {"gpu": ordinal_of(subject)}


MATMUL_PROBE: Final = Probe(
    name=MATMUL.probe,
    title=Words(en="rate of matrix products", zh="矩阵乘速率"),
    hypothesis=Words(en="the card computes much slower than its data sheet says", zh="显卡的计算远慢于数据手册"),
    answers=("perf.throughput", "perf.ttft"),
    predictions=(
        Prediction(
            diagnosis="perf.ttft",
            says=Words(
                en="under 35 % of the sheet: prefill waits for the card", zh="低于手册的 35 %：prefill 受显卡拖累"
            ),
        ),
        Prediction(diagnosis="healthy", says=Words(en="half of the sheet or more", zh="达到手册的一半以上")),
    ),
    measure="speed.computing:multiply",
    wishes=_gpu,
    judge=judge_matmul,
    needs=(Need.TORCH, Need.GPU),
    touches=(Touch.GPU,),
    limit_s=120.0,
)
LAUNCH_PROBE: Final = Probe(
    name="gpu-launch",
    title=Words(en="cost of a kernel launch", zh="kernel 启动开销"),
    hypothesis=Words(en="the host is too slow to keep the GPU busy", zh="主机太慢，无法让 GPU 保持忙碌"),
    answers=("perf.gpu-idle", "perf.decode-slow"),
    predictions=(
        Prediction(
            diagnosis="perf.gpu-idle", says=Words(en="over 25 microseconds a launch", zh="每次启动超过 25 微秒")
        ),
        Prediction(
            diagnosis="healthy",
            says=Words(en="under 12: look at the scheduler and the clients", zh="低于 12：应检查调度与客户端"),
        ),
    ),
    measure="speed.computing:feed",
    wishes=_gpu,
    judge=judge_launch,
    needs=(Need.TORCH, Need.GPU),
    touches=(Touch.GPU,),
    limit_s=90.0,
)
