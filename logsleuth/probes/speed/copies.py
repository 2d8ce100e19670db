"""Probes `gpu-bandwidth` and `gpu-transfer`: the card's memory, and the way between it and the host."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from logsleuth.model.probe import ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes.cuda.answers import number, whole
from logsleuth.probes.cuda.devices import ordinal_of
from logsleuth.probes.cuda.driver import load
from logsleuth.probes.cuda.holders import nvml
from logsleuth.probes.cuda.telling import cuda_absent, failed
from logsleuth.probes.probe import Json, Need, Prediction, Probe, Sample, Subject, Touch
from logsleuth.probes.speed.shares import Measure, card_in, judge_share, sourced
from logsleuth.probes.speed.timing import seconds_on_card

MOST: Final = 1 << 30  # bytes of one buffer
HOST: Final = 1 << 28
GBPS_OF_LANE: Final = {1: 0.25, 2: 0.5, 3: 0.985, 4: 1.969, 5: 3.938, 6: 7.563}  # PCI-SIG, one way, after encoding
BANDWIDTH: Final = Measure(probe="gpu-bandwidth", value="copy_gbps", unit="GB/s", good=0.7, poor=0.6)
TRANSFER: Final = Measure(
    probe="gpu-transfer",
    value="slower_pinned_gbps",
    unit="GB/s",
    good=0.6,
    poor=0.4,
    unknown=Words(en="what its link to the host carries is not told here", zh="此处无法得知其主机链路的带宽"),
)


def in_card(wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Copy within the card: each byte is read once and written once."""
    if why := cuda_absent():
        yield {"absent": why}
        return
    import torch

    device = whole(wishes, "gpu")
    try:
        torch.cuda.set_device(device)
        size = min(MOST, torch.cuda.mem_get_info(device)[0] // 4)
        given = torch.zeros(size, dtype=torch.uint8, device="cuda")
        taken = torch.empty_like(given)
        seconds = seconds_on_card(lambda: taken.copy_(given), times=10)
        yield {
            "card": torch.cuda.get_device_name(device),
            "copied_mib": size >> 20,
            "copy_gbps": 2 * size / seconds / 1e9,
        }
    except RuntimeError as error:
        yield failed(error)


def to_host(wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Both ways, from locked and from ordinary memory; then the link's state, while it is awake."""
    if why := cuda_absent():
        yield {"absent": why}
        return
    import torch

    device = whole(wishes, "gpu")
    try:
        torch.cuda.set_device(device)
        yield {"card": torch.cuda.get_device_name(device)}
        rates = _rates()
        yield {**rates, "slower_pinned_gbps": min(rates["to_card_pinned_gbps"], rates["to_host_pinned_gbps"])}
        yield _link(device)
    except RuntimeError as error:
        yield failed(error)


def _rates() -> dict[str, float]:
    import torch

    there = torch.zeros(HOST, dtype=torch.uint8, device="cuda")
    ordinary = torch.zeros(HOST, dtype=torch.uint8)
    locked = torch.zeros(HOST, dtype=torch.uint8).pin_memory()
    return {
        "to_card_pinned_gbps": HOST / seconds_on_card(lambda: there.copy_(locked, non_blocking=True)) / 1e9,
        "to_host_pinned_gbps": HOST / seconds_on_card(lambda: locked.copy_(there, non_blocking=True)) / 1e9,
        "to_card_pageable_gbps": HOST / seconds_on_card(lambda: there.copy_(ordinary)) / 1e9,
        "to_host_pageable_gbps": HOST / seconds_on_card(lambda: ordinary.copy_(there)) / 1e9,
    }


def _link(device: int) -> dict[str, Json]:
    """The generation and width of the card's PCIe link."""
    driver = load()
    driver.start()
    address = driver.bus_id(driver.device(device)).encode()
    with nvml() as library:
        if library is None:
            return {}
        try:
            handle = library.nvmlDeviceGetHandleByPciBusId(address)
            return {
                "pcie_generation": int(library.nvmlDeviceGetMaxPcieLinkGeneration(handle)),
                "pcie_width": int(library.nvmlDeviceGetCurrPcieLinkWidth(handle)),
            }
        except library.NVMLError:
            return {}


def judge_bandwidth(sample: Sample, subject: Subject) -> ProbeResult:
    """Against the sheet's bandwidth."""
    card = card_in(sample)
    found = judge_share(BANDWIDTH, card.gbps if card else 0.0, sample, subject)
    return sourced(found, card)


def link_gbps(sample: Sample) -> float:
    """What the PCIe link carries one way; 0 where it was not told, or where a faster link leads to the host."""
    card = card_in(sample)
    if card is not None and card.name.startswith("GH200"):  # NVLink-C2C
        return 0.0
    lane = GBPS_OF_LANE.get(whole(sample.values, "pcie_generation"), 0.0)
    return lane * number(sample.values, "pcie_width")


def judge_transfer(sample: Sample, subject: Subject) -> ProbeResult:
    """Against what the link carries."""
    return judge_share(TRANSFER, link_gbps(sample), sample, subject)


def _gpu(subject: Subject) -> Mapping[str, Json]:
    return {"gpu": ordinal_of(subject)}


BANDWIDTH_PROBE: Final = Probe(
    name=BANDWIDTH.probe,
    title=Words(en="bandwidth of the card's memory", zh="显存带宽"),
    hypothesis=Words(en="the card's memory is much slower than its data sheet says", zh="显存远慢于数据手册"),
    answers=("perf.decode-slow", "perf.throughput"),
    predictions=(
        Prediction(
            diagnosis="perf.decode-slow",
            says=Words(en="under 60 % of the sheet: decoding waits for memory", zh="低于手册的 60 %：解码受显存拖累"),
        ),
        Prediction(diagnosis="healthy", says=Words(en="70 % of the sheet or more", zh="达到手册的 70 % 以上")),
    ),
    measure="speed.copies:in_card",
    wishes=_gpu,
    judge=judge_bandwidth,
    needs=(Need.TORCH, Need.GPU),
    touches=(Touch.GPU,),
    limit_s=90.0,
)
TRANSFER_PROBE: Final = Probe(
    name=TRANSFER.probe,
    title=Words(en="transfers between host and card", zh="主机与显卡间的传输"),
    hypothesis=Words(
        en="the way between host and card is much slower than its link", zh="主机与显卡间的传输远慢于其链路"
    ),
    answers=("ucm.transfer-slow", "lmcache.transfer-slow", "model.load-slow"),
    predictions=(
        Prediction(
            diagnosis="ucm.transfer-slow",
            says=Words(en="under 40 % of the link: not the storage", zh="低于链路的 40 %：不是存储的问题"),
        ),
        Prediction(
            diagnosis="healthy",
            says=Words(en="60 % of the link or more: look at the storage", zh="达到链路的 60 % 以上：应检查存储"),
        ),
    ),
    measure="speed.copies:to_host",
    wishes=_gpu,
    judge=judge_transfer,
    needs=(Need.TORCH, Need.GPU),
    touches=(Touch.GPU,),
    limit_s=90.0,
)
