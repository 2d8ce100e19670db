"""Probe `cuda-kernel`: whether torch holds code for this card, and a kernel runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes.cuda.answers import Reading, answer, facts_of, text, whole
from logsleuth.probes.cuda.devices import ordinal_of
from logsleuth.probes.cuda.driver import FILL, Driver
from logsleuth.probes.cuda.telling import cuda_absent, failed, first_line, started
from logsleuth.probes.judging import result
from logsleuth.probes.probe import Json, Need, Prediction, Probe, Sample, Subject, Touch

NO_IMAGE: Final = "cuda.no-kernel-image"
TARGET: Final = re.compile(r"(?P<kind>sm|compute)_(?P<number>\d{2,3})(?P<kind_of>[af]?)")
WORDS: Final = 1024
READING: Final = Reading(
    name="cuda-kernel",
    predicts=(NO_IMAGE, "compile.triton.gpu-too-old"),
    passed=Words(en="torch's own kernels run on this card", zh="torch 自带的 kernel 可在此卡上运行"),
    failed=Words(en="torch holds no code for this card", zh="torch 不含此卡的代码"),
)


def covers(targets: Iterable[str], capability: tuple[int, int]) -> bool:
    """Whether code for one of `targets` runs on a card of this capability.

    Binary code (sm_XY) runs on its own major version from its minor on; that with an `a` on its own card alone; PTX
    (compute_XY) is compiled for any later card. https://docs.nvidia.com/cuda/cuda-c-programming-guide/#compute-capability
    """
    return any(_covers(found, capability) for item in targets if (found := TARGET.fullmatch(item)))


def _covers(found: re.Match[str], capability: tuple[int, int]) -> bool:
    number = int(found["number"])
    target = (number // 10, number % 10)
    if found["kind_of"] == "a":
        return target == capability
    if found["kind"] == "compute" and not found["kind_of"]:
        return target <= capability
    return target[0] == capability[0] and target[1] <= capability[1]


def measure(wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """The lists and the card, a kernel of the driver's own making, then one of torch's."""
    if why := cuda_absent():
        yield {"absent": why}
        return
    import torch

    device = whole(wishes, "gpu")
    driver, _ = started()
    try:
        yield of_driver(driver, device)
        major, minor = torch.cuda.get_device_capability(device)
        targets = torch.cuda.get_arch_list()
        yield {
            "card": torch.cuda.get_device_name(device),
            "capability": f"{major}.{minor}",
            "architectures": targets,
            "is_covered": covers(targets, (major, minor)),
        }
        sums = torch.arange(WORDS, device=f"cuda:{device}").add(1).sum()
        yield {"is_ok": int(sums.item()) == WORDS * (WORDS + 1) // 2}
    except RuntimeError as error:
        yield failed(error)


def of_driver(driver: Driver | None, device: int) -> dict[str, Json]:
    """What the driver makes of a kernel; a container may lack its compiler, and torch's kernels need none."""
    if driver is None:
        return {}
    try:
        return {"runs_ptx": runs_ptx(driver, device)}
    except RuntimeError as error:
        return {"runs_ptx": False, "ptx_error": first_line(error)}


def runs_ptx(driver: Driver, device: int) -> bool:
    """Whether the driver compiles and runs a kernel: what torch was built for has no part in it."""
    with driver.context(driver.device(device)):
        address = driver.take(4 * WORDS)
        try:
            driver.fill(driver.function(FILL, "fill"), address, 7, blocks=WORDS // 256, threads=256)
            return driver.words(address, WORDS) == [7] * WORDS
        finally:
            driver.give(address)


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """A kernel that runs refutes, unless it is an extension that was built for other cards."""
    found = answer(READING, sample, subject)
    values = sample.values
    if found.outcome is Outcome.CONFIRMED and values.get("is_covered") is False:
        detail = _not_covered(text(values, "capability"), dict(facts_of(values)).get("architectures", ""))
        return result(READING.name, Outcome.CONFIRMED, detail, sample, found.facts)
    return found


def _not_covered(capability: str, targets: str) -> Words:
    return Words(
        en=f"the card is of compute capability {capability}, and torch holds code for {targets} only",
        zh=f"显卡的计算能力为 {capability}，而 torch 只含 {targets} 的代码",
    )


KERNEL: Final = Probe(
    name=READING.name,
    title=Words(en="architectures, and a kernel", zh="架构列表与实际 kernel"),
    hypothesis=Words(en="torch holds no code that runs on this card", zh="torch 不含可在此卡上运行的代码"),
    answers=READING.predicts,
    predictions=(
        Prediction(
            diagnosis=NO_IMAGE,
            says=Words(
                en="torch's kernel fails; one compiled by the driver runs",
                zh="torch 的 kernel 失败；由驱动编译的能运行",
            ),
        ),
        Prediction(diagnosis="gpu.busy", says=Words(en="neither runs", zh="两者都不能运行")),
        Prediction(diagnosis="healthy", says=Words(en="both run", zh="两者都能运行")),
    ),
    measure="cuda.architecture:measure",
    wishes=lambda subject: {"gpu": ordinal_of(subject)},
    judge=judge,
    needs=(Need.TORCH, Need.GPU),
    touches=(Touch.GPU,),
    limit_s=90.0,
)
