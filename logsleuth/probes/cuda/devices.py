"""Probes `cuda-devices` and `cuda-context`: which GPUs a process may see, and whether it can use them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes.cuda.answers import Reading, answer, facts_of, text, undecided, whole
from logsleuth.probes.cuda.driver import COMPUTE_MODE, Driver
from logsleuth.probes.cuda.holders import nvml_gpus
from logsleuth.probes.cuda.telling import failed, started
from logsleuth.probes.judging import result
from logsleuth.probes.probe import Json, Need, Prediction, Probe, Sample, Subject, Touch

MASKS: Final = ("CUDA_VISIBLE_DEVICES", "NVIDIA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER")
MODES: Final = {0: "default", 1: "exclusive thread", 2: "prohibited", 3: "exclusive process"}
COUNTED: Final = ("cuda.invalid-device", "dist.not-enough-gpus")
SEEN: Final = ("gpu.not-visible", "gpu.driver-missing")
IN_CONTEXT: Final = (
    "gpu.busy",
    "gpu.fabric-manager",
    "gpu.not-visible.unknown-error",
    "cuda.fork.initialization-error",
)


def ordinal_of(subject: Subject) -> int:
    """The number of the GPU that the log names, 0 if it names none."""
    return next((number for name in ("gpu", "device") if (number := _number(subject.get(name))) is not None), 0)


def wanted_gpus(subject: Subject) -> int:
    """How many GPUs the log's service needs: by its ordinal, its rank, its world or its parallel sizes."""
    named = [_count(subject, name) for name in ("needed", "world_size", "requested_gpus")]
    ordinal = [number + 1 for name in ("gpu", "rank") if (number := _number(subject.get(name))) is not None]
    parallel = max(1, _count(subject, "tensor_parallel_size")) * max(1, _count(subject, "pipeline_parallel_size"))
    return max(*named, *ordinal, parallel, 1) if ordinal else max(*named, parallel, 1)


def _count(subject: Subject, name: str) -> int:
    return _number(subject.get(name)) or 0


def _number(word: str) -> int | None:
    """A number of up to five digits: no machine has more GPUs, and a log may hold digits without end."""
    return int(word) if word.isdecimal() and len(word) < 6 else None


def see(wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """The masks, the device files, the GPUs of NVML and those of CUDA; the last one asked for is opened by number."""
    yield {name.lower(): os.environ.get(name, "not set") for name in MASKS}
    yield {"device_files": len(list(Path("/dev").glob("nvidia[0-9]*"))), "gpus_of_nvml": len(nvml_gpus())}
    driver, why = started()
    if driver is None:
        yield {"is_ok": False, "error": why}
        return
    try:
        count = driver.count()
        yield {"gpus_of_cuda": count, "names": [driver.name(driver.device(index)) for index in range(count)]}
        driver.device(whole(wishes, "gpus") - 1)
    except RuntimeError as error:
        yield failed(error)
        return
    yield {"is_ok": True}


def judge_seen(sample: Sample, subject: Subject) -> ProbeResult:
    """The service needs so many GPUs; this process sees so many."""
    facts = facts_of(sample.values)
    wanted, seen = wanted_gpus(subject), whole(sample.values, "gpus_of_cuda")
    if sample.is_complete and sample.values.get("is_ok") is True:
        return result("cuda-devices", Outcome.REFUTED, _enough(wanted, seen), sample, facts)
    if not subject.diagnosis.startswith(SEEN) and 0 < seen < wanted:
        return result("cuda-devices", Outcome.CONFIRMED, _too_few(wanted, seen, sample), sample, facts)
    if sample.provoked.startswith(SEEN) and subject.diagnosis.startswith((*SEEN, *COUNTED)):
        none = Words(en=f"this process sees no GPU: {_mask(sample)}", zh=f"本进程看不到任何 GPU：{_mask(sample)}")
        return result("cuda-devices", Outcome.CONFIRMED, none, sample, facts)
    return undecided("cuda-devices", sample, subject, facts)


def _enough(wanted: int, seen: int) -> Words:
    return Words(en=f"{seen} GPUs are visible, {wanted} are needed", zh=f"可见 {seen} 块 GPU，需要 {wanted} 块")


def _too_few(wanted: int, seen: int, sample: Sample) -> Words:
    return Words(
        en=f"{wanted} GPUs are needed, {seen} are visible here: {_mask(sample)}",
        zh=f"需要 {wanted} 块 GPU，此处可见 {seen} 块：{_mask(sample)}",
    )


def _mask(sample: Sample) -> str:
    mask, there = text(sample.values, "cuda_visible_devices"), whole(sample.values, "gpus_of_nvml")
    return f"CUDA_VISIBLE_DEVICES is {mask or 'empty'}, NVML counts {there}"


def enter(wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """A context on the card, and a word written to its memory and read back."""
    driver, why = started()
    if driver is None:
        yield {"absent": why}
        return
    try:
        device = driver.device(whole(wishes, "gpu"))
        mode = driver.attribute(COMPUTE_MODE, device)
        yield {"card": driver.name(device), "compute_mode": MODES.get(mode, str(mode))}
        with driver.context(device):
            yield {"is_ok": _round_trip(driver)}
    except RuntimeError as error:
        yield failed(error)


def _round_trip(driver: Driver) -> bool:
    address = driver.take(4096)
    try:
        driver.call("cuMemsetD8_v2", *_bytes_of(address, 0x5A, 4096))
        return driver.words(address, 1) == [0x5A5A5A5A]
    finally:
        driver.give(address)


def _bytes_of(address: int, value: int, count: int) -> tuple[object, ...]:
    from ctypes import c_size_t, c_ubyte, c_uint64

    return c_uint64(address), c_ubyte(value), c_size_t(count)


ENTERED: Final = Reading(
    name="cuda-context",
    predicts=IN_CONTEXT,
    passed=Words(en="a context could be made and its memory used", zh="可以创建上下文并使用其显存"),
    failed=Words(en="no context can be made on this GPU", zh="无法在此 GPU 上创建上下文"),
)


def judge_context(sample: Sample, subject: Subject) -> ProbeResult:
    """A context that works refutes; the same error confirms."""
    return answer(ENTERED, sample, subject)


DEVICES: Final = Probe(
    name="cuda-devices",
    title=Words(en="visible GPUs and masks", zh="可见 GPU 与掩码"),
    hypothesis=Words(en="the process sees fewer GPUs than the service needs", zh="进程可见的 GPU 少于服务所需"),
    answers=(*COUNTED, *SEEN),
    predictions=(
        Prediction(
            diagnosis="cuda.invalid-device",
            says=Words(
                en="the GPU of that number cannot be opened, others can", zh="该编号的 GPU 无法打开，其他的可以"
            ),
        ),
        Prediction(diagnosis="gpu.not-visible", says=Words(en="CUDA counts none", zh="CUDA 计数为零")),
        Prediction(diagnosis="healthy", says=Words(en="all that are needed are there", zh="所需的 GPU 都在")),
    ),
    measure="cuda.devices:see",
    wishes=lambda subject: {"gpus": wanted_gpus(subject)},
    judge=judge_seen,
    limits_address_space=False,  # the driver and torch map far more than they use
    limit_s=60.0,
)
CONTEXT: Final = Probe(
    name="cuda-context",
    title=Words(en="a CUDA context", zh="CUDA 上下文"),
    hypothesis=Words(en="no context can be made on the GPU", zh="无法在 GPU 上创建上下文"),
    answers=IN_CONTEXT,
    predictions=(
        Prediction(
            diagnosis="gpu.busy",
            says=Words(
                en="busy or unavailable, in an exclusive or prohibited mode", zh="忙或不可用，处于独占或禁止模式"
            ),
        ),
        Prediction(
            diagnosis="gpu.fabric-manager",
            says=Words(en="system not yet initialized (802)", zh="system not yet initialized（802）"),
        ),
        Prediction(diagnosis="healthy", says=Words(en="memory is written and read back", zh="显存可写可读")),
    ),
    measure="cuda.devices:enter",
    wishes=lambda subject: {"gpu": ordinal_of(subject)},
    judge=judge_context,
    needs=(Need.GPU,),
    touches=(Touch.GPU,),
    limit_s=60.0,
)
