"""Probe `gpu-health`: what NVML and the kernel's log say of the cards: memory errors, Xids, links, heat, brakes."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes.cuda.answers import facts_of, text, undecided, whole
from logsleuth.probes.cuda.holders import nvml
from logsleuth.probes.judging import is_same_failure, result, skipped
from logsleuth.probes.probe import Json, Need, Prediction, Probe, Sample, Subject

NAME: Final = "gpu-health"
XID: Final = re.compile(r"NVRM: (?:Xid|GPU)\b|NVRM: .*Xid|nvidia-nvswitch|SXid")
XIDS: Final = 40  # lines of the kernel's log that are told, the last ones
HOT_C: Final = 85  # the source documents' limit
LINKS: Final = 18
# bits of nvmlClocksEventReasons in nvml.h
BRAKES: Final = {0x8: "hardware slowdown", 0x20: "heat (software)", 0x40: "heat (hardware)", 0x80: "power brake"}
POWER_CAP: Final = 0x4
TROUBLES: Final = {
    "gpu.xid.ecc": ("ecc_uncorrected", "remap_failed", "remap_pending"),
    "gpu.xid.nvlink": ("nvlink_down", "nvlink_errors"),
    "gpu.nvswitch": ("nvlink_down", "nvlink_errors"),
    "gpu.xid.off-bus": ("lost",),
    "perf": ("braked", "hot", "pcie_narrow"),
}
PCI: Final = Path("/sys/bus/pci/devices")
DEVICE_FILES: Final = Path("/dev")
RECORDS: Final = 1_000_000  # of the kernel's log: it is a ring of some MiB


def measure(_wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """The kernel's log first, which is printed for the catalog; then every card."""
    yield kernel_log()
    with nvml() as library:
        if library is None:
            yield {"absent": "NVML does not answer: install nvidia-ml-py and the NVIDIA driver"}
            return
        cards = [_card(library, index) for index in range(library.nvmlDeviceGetCount())]
        yield {"cards": list(cards), "lost": lost(cards)}
        yield totals(cards)


def kernel_log(path: str = "/dev/kmsg") -> dict[str, Json]:
    """The lines of the NVIDIA driver in the kernel's log; `kernel_log` says whether it could be read."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return {"kernel_log": "unreadable"}
    found: list[str] = []
    try:
        for line in _kernel_lines(descriptor):
            found += [line] if XID.search(line) else []
    finally:
        os.close(descriptor)
    for line in found[-XIDS:]:
        sys.stdout.write(f"kernel: {line}\n")
    return {"kernel_log": "read", "xid_lines": len(found)}


def _kernel_lines(descriptor: int) -> Iterator[str]:
    """The records that the kernel's log holds now; one that is overwritten meanwhile is passed over."""
    for _ in range(RECORDS):
        try:
            record = os.read(descriptor, 8192)
        except BrokenPipeError:  # the next read goes on with the oldest record there is
            continue
        except OSError:  # the end, for nobody waits for more
            return
        if not record:
            return
        yield record.decode("utf-8", "replace").partition(";")[2].partition("\n")[0]


def lost(cards: list[dict[str, Json]], *, bus: Path = PCI, files: Path = DEVICE_FILES) -> int:
    """The cards that do not answer, and those that the bus has and NVML does not count.

    A container sees the whole bus of its host, and the device files of its own cards alone.
    """
    mine = min(on_bus(bus), len(list(files.glob("nvidia[0-9]*"))))
    return sum(bool(whole(card, "lost")) for card in cards) + max(0, mine - len(cards))


def on_bus(folder: Path = PCI) -> int:
    """The NVIDIA GPUs on the PCI bus."""
    try:
        devices = list(folder.iterdir())
    except OSError:
        return 0
    return sum(_is_gpu(device) for device in devices)


def _is_gpu(device: Path) -> bool:
    try:
        vendor, kind = ((device / name).read_text(encoding="ascii").strip() for name in ("vendor", "class"))
    except OSError:
        return False
    return vendor == "0x10de" and kind[:6] in {"0x0300", "0x0302"}


def _card(library: ModuleType, index: int) -> dict[str, Json]:
    """One card's figures; what the card does not have is left out."""
    values: dict[str, Json] = {"index": index}
    try:
        handle = library.nvmlDeviceGetHandleByIndex(index)
    except library.NVMLError:
        return {**values, "lost": 1}
    for name, read in READS.items():
        try:
            values[name] = read(library, handle)
        except (library.NVMLError, AttributeError):  # not of this card, or not of this version of the binding
            continue
    return values


def _ecc(library: ModuleType, handle: object) -> Json:
    """Uncorrected errors since the driver was loaded."""
    return int(
        library.nvmlDeviceGetTotalEccErrors(
            handle, library.NVML_MEMORY_ERROR_TYPE_UNCORRECTED, library.NVML_VOLATILE_ECC
        )
    )


def _links(library: ModuleType, handle: object, *, state: int) -> int:
    count = 0
    for link in range(LINKS):
        try:
            count += int(library.nvmlDeviceGetNvLinkState(handle, link)) == state
        except library.NVMLError:  # the card has fewer links
            break
    return count


def _link_errors(library: ModuleType, handle: object) -> Json:
    total = 0
    for link in range(LINKS):
        try:
            total += int(library.nvmlDeviceGetNvLinkErrorCounter(handle, link, library.NVML_NVLINK_ERROR_DL_REPLAY))
            total += int(library.nvmlDeviceGetNvLinkErrorCounter(handle, link, library.NVML_NVLINK_ERROR_DL_RECOVERY))
        except library.NVMLError:
            break
    return total


def _reasons(library: ModuleType, handle: object) -> int:
    """Why the clocks are low; the function was renamed in later bindings."""
    read = getattr(library, "nvmlDeviceGetCurrentClocksEventReasons", None)
    return int((read or library.nvmlDeviceGetCurrentClocksThrottleReasons)(handle))


def _temperature(library: ModuleType, handle: object) -> Json:
    return int(library.nvmlDeviceGetTemperature(handle, library.NVML_TEMPERATURE_GPU))


def _name(library: ModuleType, handle: object) -> Json:
    name = library.nvmlDeviceGetName(handle)
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)


def _mib_used(library: ModuleType, handle: object) -> Json:
    return int(library.nvmlDeviceGetMemoryInfo(handle).used) >> 20


READS: Final[Mapping[str, Callable[[ModuleType, object], Json]]] = {
    "name": _name,
    "used_mib": _mib_used,
    "temperature_c": _temperature,
    "power_w": lambda library, handle: int(library.nvmlDeviceGetPowerUsage(handle)) // 1000,
    "utilization_percent": lambda library, handle: int(library.nvmlDeviceGetUtilizationRates(handle).gpu),
    "sm_mhz": lambda library, handle: int(library.nvmlDeviceGetClockInfo(handle, library.NVML_CLOCK_SM)),
    "clock_reasons": _reasons,
    "ecc_uncorrected": _ecc,
    "remapped": lambda library, handle: [int(item) for item in library.nvmlDeviceGetRemappedRows(handle)],
    "pcie_generation": lambda library, handle: int(library.nvmlDeviceGetCurrPcieLinkGeneration(handle)),
    "pcie_generation_most": lambda library, handle: int(library.nvmlDeviceGetMaxPcieLinkGeneration(handle)),
    "pcie_width": lambda library, handle: int(library.nvmlDeviceGetCurrPcieLinkWidth(handle)),
    "pcie_width_most": lambda library, handle: int(library.nvmlDeviceGetMaxPcieLinkWidth(handle)),
    "nvlink_up": lambda library, handle: _links(library, handle, state=1),
    "nvlink_down": lambda library, handle: _links(library, handle, state=0),
    "nvlink_errors": _link_errors,
}


def totals(cards: list[dict[str, Json]]) -> dict[str, Json]:
    """The troubles of all cards together, each as a count."""
    reasons = [whole(card, "clock_reasons") for card in cards]
    return {
        "gpus": len(cards),
        "ecc_uncorrected": sum(whole(card, "ecc_uncorrected") for card in cards),
        "remap_pending": sum(_remapped(card, 2) for card in cards),
        "remap_failed": sum(_remapped(card, 3) for card in cards),
        # a card alone has links that lead nowhere: only where some are up does a down one mean something
        "nvlink_down": sum(whole(card, "nvlink_down") for card in cards if whole(card, "nvlink_up")),
        "nvlink_errors": sum(whole(card, "nvlink_errors") for card in cards),
        "hottest_c": max((whole(card, "temperature_c") for card in cards), default=0),
        "hot": sum(whole(card, "temperature_c") >= HOT_C for card in cards),
        "braked": sum(any(reason & bit for bit in BRAKES) for reason in reasons),
        "brakes": ", ".join(sorted({name for reason in reasons for bit, name in BRAKES.items() if reason & bit}))
        or "none",
        "power_capped": sum(bool(reason & POWER_CAP) for reason in reasons),
        # the generation falls when the card idles, the width does not
        "pcie_narrow": sum(0 < whole(card, "pcie_width") < whole(card, "pcie_width_most") for card in cards),
    }


def _remapped(card: Mapping[str, Json], position: int) -> int:
    """NVML tells (corrected, uncorrected, pending, failed)."""
    found = card.get("remapped")
    value = found[position] if isinstance(found, list) and len(found) > position else 0
    return int(value) if isinstance(value, int) else 0


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """An Xid of the class in the kernel's log, or a counter that the class predicts, confirms; neither, refutes."""
    facts = facts_of({name: value for name, value in sample.values.items() if name != "cards"})
    shown = troubles(sample.values, subject.diagnosis)
    is_met = is_same_failure(sample.provoked, subject.diagnosis) if subject.diagnosis else bool(sample.provoked)
    if shown or is_met:
        detail = _shows(shown, sample.provoked if is_met else "")
        return result(NAME, Outcome.CONFIRMED, detail, sample, facts)
    if absent := text(sample.values, "absent"):
        return skipped(NAME, Words(en=absent, zh="NVML 无响应：请安装 nvidia-ml-py 与 NVIDIA 驱动"))
    if not sample.is_complete or "gpus" not in sample.values:
        return undecided(NAME, sample, subject, facts)
    needs_log = subject.diagnosis.startswith(("gpu.xid", "gpu.nvswitch"))
    if needs_log and text(sample.values, "kernel_log") != "read":
        return result(NAME, Outcome.INCONCLUSIVE, UNREAD, sample, facts)
    is_of_speed = subject.diagnosis.startswith("perf.")  # a sound card may be slow for other reasons
    return result(NAME, Outcome.INCONCLUSIVE if is_of_speed else Outcome.REFUTED, HEALTHY, sample, facts)


def troubles(values: Mapping[str, Json], diagnosis: str) -> tuple[str, ...]:
    """The counters above zero that a class predicts; without one, all of them."""
    rows = [names for of, names in TROUBLES.items() if not diagnosis or is_same_failure(diagnosis, of)]
    return tuple(dict.fromkeys(name for names in rows for name in names if whole(values, name)))


def _shows(shown: tuple[str, ...], xid: str) -> Words:
    words = ", ".join((*shown, *([xid] if xid else [])))
    return Words(en=f"the cards show it: {words}", zh=f"显卡的记录显示：{words}")


UNREAD: Final = Words(
    en="the counters are clean, but the kernel's log cannot be read: look at dmesg on the host",
    zh="计数器正常，但无法读取内核日志：请在宿主机上查看 dmesg",
)
HEALTHY: Final = Words(
    en="no memory errors, links up, neither hot nor braked, no Xid in the kernel's log that can be read",
    zh="无显存错误，链路正常，未过热或降频，可读的内核日志中没有 Xid",
)
HEALTH: Final = Probe(
    name=NAME,
    title=Words(en="the cards' own records", zh="显卡自身的记录"),
    hypothesis=Words(en="a card of this machine reports a fault of its own", zh="本机有显卡报告自身故障"),
    answers=("gpu.xid", "gpu.nvswitch", "perf.decode-slow", "perf.throughput"),
    predictions=(
        Prediction(
            diagnosis="gpu.xid.ecc", says=Words(en="uncorrected errors, rows to remap", zh="未纠正错误，待重映射的行")
        ),
        Prediction(diagnosis="gpu.xid.nvlink", says=Words(en="links down or with errors", zh="链路断开或有错误")),
        Prediction(
            diagnosis="gpu.xid.off-bus", says=Words(en="fewer cards than on the bus", zh="显卡数少于总线上的数量")
        ),
        Prediction(
            diagnosis="perf.decode-slow", says=Words(en="clocks held down by heat or power", zh="因温度或功耗降频")
        ),
        Prediction(diagnosis="healthy", says=Words(en="all counters are zero", zh="所有计数为零")),
    ),
    measure="cuda.health:measure",
    wishes=lambda _subject: {},
    judge=judge,
    limits_address_space=False,  # the driver and torch map far more than they use
    needs=(Need.NVML,),
    limit_s=60.0,
)
