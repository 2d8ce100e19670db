"""Probes `torch-compile` and `triton-compile`: whether a small function compiles and runs on the card."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from logsleuth.model.probe import ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes.cuda.answers import Reading, answer, text
from logsleuth.probes.cuda.devices import ordinal_of
from logsleuth.probes.cuda.telling import cuda_absent, failed
from logsleuth.probes.probe import Json, Need, Prediction, Probe, Sample, Subject, Touch

KERNEL: Final = """
import triton
import triton.language as tl


@triton.jit
def add(left, right, found, count, BLOCK: tl.constexpr):
    at = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    tl.store(found + at, tl.load(left + at, mask=inside) + tl.load(right + at, mask=inside), mask=inside)
"""
OF_TORCH: Final = Reading(
    name="torch-compile",
    predicts=("compile.torch", "compile.no-compiler", "compile.triton", "deps.triton"),
    passed=Words(en="a function compiles and gives what eager gives", zh="函数可以编译，且结果与 eager 一致"),
    failed=Words(en="even a small function does not compile here", zh="此处连小函数也无法编译"),
)
OF_TRITON: Final = Reading(
    name="triton-compile",
    predicts=("compile.triton", "deps.triton", "compile.no-compiler", "cuda.library-missing"),
    passed=Words(
        en="a Triton kernel compiles and adds as torch does", zh="Triton kernel 可以编译，且结果与 torch 一致"
    ),
    failed=Words(en="even a small Triton kernel does not compile here", zh="此处连小的 Triton kernel 也无法编译"),
)


def with_torch(wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Compile with torch.compile, in a cache of its own."""
    device = text(wishes, "device")
    if why := "" if device == "cpu" else cuda_absent():
        yield {"absent": why}
        return
    yield {"host_compiler": shutil.which(os.environ.get("CC", "gcc")) or shutil.which("clang") or "none"}
    yield from _tried(_compiled, device)


def with_triton(wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Compile with Triton alone: torch.compile has no part in it."""
    if why := cuda_absent():
        yield {"absent": why}
        return
    yield from _tried(_added, text(wishes, "device"))


def _tried(run: Callable[[str], Mapping[str, Json]], device: str) -> Iterator[dict[str, Json]]:
    """Run it with fresh caches; whatever a compiler raises is of many classes, and the interpreter prints it."""
    with TemporaryDirectory(prefix="logsleuth-compile-") as folder:
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder
        os.environ["TRITON_CACHE_DIR"] = f"{folder}/triton"
        os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"  # else a process for each core, of which each takes memory
        try:
            yield dict(run(device))
        except (RuntimeError, OSError, ImportError) as error:
            yield failed(error)


def _compiled(device: str) -> Mapping[str, Json]:
    import torch

    def function(numbers: torch.Tensor) -> torch.Tensor:
        return (torch.sin(numbers) * 2 + numbers.cos()).relu()

    given = torch.linspace(0, 1, 4096, device=device)
    found = torch.compile(function)(given)
    return {"torch": str(torch.__version__), "is_ok": bool(torch.allclose(found, function(given), atol=1e-5))}


def _added(device: str) -> Mapping[str, Json]:
    import torch
    import triton

    folder = Path(os.environ["TRITON_CACHE_DIR"]).parent
    (folder / "logsleuth_kernel.py").write_text(KERNEL, encoding="utf-8")  # Triton reads the source of what it compiles
    sys.path.insert(0, str(folder))
    add = import_module("logsleuth_kernel").add
    left = torch.arange(4096, device=device, dtype=torch.float32)
    found = torch.empty_like(left)
    with torch.cuda.device(device):
        add[(4,)](left, left, found, 4096, BLOCK=1024)
    torch.cuda.synchronize(device)
    return {"triton": str(triton.__version__), "is_ok": bool(torch.equal(found, left + left))}


def judge_torch(sample: Sample, subject: Subject) -> ProbeResult:
    """Compiled and right: refuted; the error of the log: confirmed."""
    return answer(OF_TORCH, sample, subject)


def judge_triton(sample: Sample, subject: Subject) -> ProbeResult:
    """Compiled and right: refuted; the error of the log: confirmed."""
    return answer(OF_TRITON, sample, subject)


def _device(subject: Subject) -> Mapping[str, Json]:
    return {"device": f"cuda:{ordinal_of(subject)}"}


TORCH_COMPILE: Final = Probe(
    name="torch-compile",
    title=Words(en="torch.compile", zh="torch.compile"),
    hypothesis=Words(en="torch.compile does not work on this machine", zh="torch.compile 在本机不可用"),
    answers=OF_TORCH.predicts,
    predictions=(
        Prediction(
            diagnosis="compile.torch",
            says=Words(
                en="fails while the plain Triton kernel of triton-compile runs",
                zh="失败，而 triton-compile 的普通 kernel 能运行",
            ),
        ),
        Prediction(diagnosis="compile.no-compiler", says=Words(en="no C compiler is found", zh="找不到 C 编译器")),
        Prediction(
            diagnosis="healthy",
            says=Words(en="compiles; the model's own code is at fault", zh="能编译；问题在模型自己的代码"),
        ),
    ),
    measure="cuda.compiling:with_torch",
    wishes=_device,
    judge=judge_torch,
    needs=(Need.TORCH, Need.TRITON, Need.GPU),
    touches=(Touch.GPU, Touch.DISK),
    limit_s=240.0,
    memory_bytes=12 * 1024**3,
    environment=("CC", "CXX"),
)
TRITON_COMPILE: Final = Probe(
    name="triton-compile",
    title=Words(en="a Triton kernel", zh="Triton kernel"),
    hypothesis=Words(en="Triton cannot compile or launch on this machine", zh="Triton 在本机无法编译或启动"),
    answers=OF_TRITON.predicts,
    predictions=(
        Prediction(diagnosis="deps.triton", says=Words(en="triton cannot be imported", zh="无法导入 triton")),
        Prediction(diagnosis="compile.triton", says=Words(en="does not compile", zh="无法编译")),
        Prediction(diagnosis="healthy", says=Words(en="compiles and adds", zh="能编译并相加")),
    ),
    measure="cuda.compiling:with_triton",
    wishes=_device,
    judge=judge_triton,
    needs=(Need.TORCH, Need.TRITON, Need.GPU),
    touches=(Touch.GPU, Touch.DISK),
    limit_s=150.0,
    environment=("CC", "CXX"),
)
