"""Probe `cuda-driver`: whether the driver, torch's runtime and the toolkit fit together."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes.cuda.answers import Reading, answer, facts_of, text, undecided, whole
from logsleuth.probes.cuda.telling import failed, started
from logsleuth.probes.judging import result
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject

KERNEL_MODULE: Final = Path("/proc/driver/nvidia/version")
# classes that the driver's own answer decides, without torch
OF_DRIVER: Final = (
    "cuda.driver-too-old", "cuda.forward-compat", "gpu.driver-missing", "gpu.driver-mismatch",
    "gpu.fabric-manager", "gpu.not-visible", "cuda.library-missing", "cuda.torch-cpu-build",
)  # fmt: skip
LOADED: Final = ("gpu.driver-missing", "cuda.library-missing.libcuda")
TOOLKIT: Final = "cuda.toolkit-missing"
READING: Final = Reading(
    name="cuda-driver",
    predicts=OF_DRIVER,
    passed=Words(
        en="driver, runtime and torch start together on this machine: the versions fit",
        zh="本机的驱动、运行时与 torch 能够一起初始化：版本匹配",
    ),
    failed=Words(en="driver and runtime do not start together on this machine", zh="本机的驱动与运行时无法一起初始化"),
)


def measure(_wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """The versions of kernel module, driver library and torch's runtime; then torch starts CUDA."""
    yield {"kernel_module": _kernel_module()}
    driver, why = started()
    if driver is not None:
        version = driver.version()
        yield {"driver_cuda": version, "gpus": driver.count()} | _without_error(why)
    yield _torch(why)


def _without_error(why: str) -> dict[str, Json]:
    return {"error": why} if why else {}


def _torch(why: str) -> dict[str, Json]:
    """What torch says when it starts CUDA; no context is made on any card."""
    try:
        import torch
    except ImportError as error:
        return {"torch": "", "is_ok": False, "error": why or f"torch cannot be imported: {error}"}
    values: dict[str, Json] = {"torch": str(torch.__version__), "torch_cuda": str(torch.version.cuda or "")}
    try:
        torch.cuda.init()
    except (RuntimeError, AssertionError) as error:  # a build without CUDA asserts
        return values | failed(error)
    return values | {"is_ok": not why}


def _kernel_module() -> str:
    try:
        found = re.search(r"Kernel Module.{0,40}?(\d{3}\.[\d.]+)", KERNEL_MODULE.read_text(encoding="utf-8"))
    except OSError:
        return ""
    return found[1] if found else ""


def toolkit(_wishes: Mapping[str, Json]) -> dict[str, Json]:
    """The compiler, where torch and its extensions look for it: a home that is set is the only place."""
    home = os.environ.get("CUDA_HOME") or os.environ.get("CUDA_PATH") or ""
    places = (f"{home}/bin",) if home else (None, "/usr/local/cuda/bin")
    program = next(filter(None, (shutil.which("nvcc", path=place) for place in places)), None)
    if program is None:
        sys.stdout.write("nvcc: command not found\n" if not home else f"{home}/bin/nvcc: No such file or directory\n")
        return {"nvcc": "", "cuda_home": home}
    done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=False)
    found = re.search(r"release (\d+\.\d+)", done.stdout)
    return {"nvcc": found[1] if found else "", "nvcc_path": program, "cuda_home": home}


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Decided by whether torch, or the driver alone, could start."""
    if subject.diagnosis.startswith(LOADED) and (found := _of_loading(sample)) is not None:
        return found
    if is_too_old(sample) and subject.diagnosis.startswith("cuda.driver-too-old"):
        return result(READING.name, Outcome.CONFIRMED, _too_old(sample), sample, facts_of(sample.values))
    return answer(READING, sample, subject)


def _of_loading(sample: Sample) -> ProbeResult | None:
    """Whether the driver's library could be loaded and started decides, torch or not."""
    facts = facts_of(sample.values)
    if "driver_cuda" in sample.values:
        there = Words(en="the driver's library loads and starts here", zh="驱动库在此可以加载并初始化")
        return result(READING.name, Outcome.REFUTED, there, sample, facts)
    if "libcuda" in text(sample.values, "error") or "libcuda.so.1: cannot open" in sample.output:
        missing = Words(en="libcuda.so.1 cannot be loaded here", zh="此处无法加载 libcuda.so.1")
        return result(READING.name, Outcome.CONFIRMED, missing, sample, facts)
    return None


def judge_toolkit(sample: Sample, subject: Subject) -> ProbeResult:
    """Decided by whether the compiler is there; servers that compile nothing need none."""
    facts = facts_of(sample.values)
    if "nvcc" not in sample.values:
        return undecided("cuda-toolkit", sample, subject, facts)
    if version := text(sample.values, "nvcc"):
        there = Words(en=f"nvcc {version} is here", zh=f"此处有 nvcc {version}")
        return result("cuda-toolkit", Outcome.REFUTED, there, sample, facts)
    missing = Words(
        en="no nvcc in CUDA_HOME, PATH or /usr/local/cuda", zh="CUDA_HOME、PATH 与 /usr/local/cuda 中都没有 nvcc"
    )
    return result("cuda-toolkit", Outcome.CONFIRMED, missing, sample, facts)


def is_too_old(sample: Sample) -> bool:
    """Whether the driver's CUDA is of an older major than torch's, so that no minor compatibility helps."""
    ours = text(sample.values, "torch_cuda").partition(".")[0]
    driver = whole(sample.values, "driver_cuda") // 1000
    return ours.isdecimal() and 0 < driver < int(ours) and sample.values.get("is_ok") is not True


def _too_old(sample: Sample) -> Words:
    number = whole(sample.values, "driver_cuda")
    driver, wanted = f"{number // 1000}.{number % 1000 // 10}", text(sample.values, "torch_cuda")
    return Words(
        en=f"the driver supports CUDA {driver} at most, and torch was built for {wanted}",
        zh=f"驱动最高支持 CUDA {driver}，而 torch 是为 {wanted} 构建的",
    )


VERSIONS: Final = Probe(
    name=READING.name,
    title=Words(en="driver and runtime versions", zh="驱动与运行时版本"),
    hypothesis=Words(
        en="the driver of this machine cannot start the CUDA runtime in use",
        zh="本机驱动无法启动所用的 CUDA 运行时",
    ),
    answers=OF_DRIVER,
    predictions=(
        Prediction(
            diagnosis="cuda.driver-too-old",
            says=Words(
                en="CUDA does not start; the driver's CUDA is older than torch's",
                zh="CUDA 无法启动；驱动的 CUDA 版本低于 torch",
            ),
        ),
        Prediction(
            diagnosis="gpu.driver-missing",
            says=Words(en="libcuda.so.1 cannot be loaded", zh="无法加载 libcuda.so.1"),
        ),
        Prediction(diagnosis="healthy", says=Words(en="torch.cuda.init() returns", zh="torch.cuda.init() 正常返回")),
    ),
    measure="cuda.versions:measure",
    wishes=lambda _subject: {},
    judge=judge,
    limits_address_space=False,  # the driver and torch map far more than they use
    limit_s=90.0,
)
TOOLKIT_PROBE: Final = Probe(
    name="cuda-toolkit",
    title=Words(en="the CUDA compiler", zh="CUDA 编译器"),
    hypothesis=Words(en="what compiles kernels here finds no nvcc", zh="此处编译 kernel 时找不到 nvcc"),
    answers=(TOOLKIT,),
    predictions=(
        Prediction(diagnosis=TOOLKIT, says=Words(en="no nvcc is found", zh="找不到 nvcc")),
        Prediction(diagnosis="healthy", says=Words(en="nvcc tells its version", zh="nvcc 给出版本")),
    ),
    measure="cuda.versions:toolkit",
    wishes=lambda _subject: {},
    judge=judge_toolkit,
)
