"""Probe `cuda-libraries`: whether cuBLAS and cuDNN start and compute rightly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from logsleuth.model.probe import ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes.cuda.answers import Reading, answer, text
from logsleuth.probes.cuda.devices import ordinal_of
from logsleuth.probes.cuda.telling import cuda_absent, failed
from logsleuth.probes.probe import Json, Need, Prediction, Probe, Sample, Subject, Touch

READING: Final = Reading(
    name="cuda-libraries",
    predicts=("cuda.cublas", "cuda.cudnn", "cuda.library-missing"),
    passed=Words(
        en="cuBLAS and cuDNN start here and compute as the CPU does", zh="cuBLAS 与 cuDNN 可启动，结果与 CPU 一致"
    ),
    failed=Words(en="the library fails here in a fresh process too", zh="该库在新进程中同样失败"),
)
SIDE: Final = 512


def measure(wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Products in each precision that a model uses, then a convolution, each against the CPU."""
    device = text(wishes, "device")
    if why := "" if device == "cpu" else cuda_absent():
        yield {"absent": why}
        return
    steps = (
        ("float32_ok", _product("float32")),
        ("float16_ok", _product("float16")),
        ("bfloat16_ok", _product("bfloat16")),
        ("convolution_ok", _convolution),
    )
    results: list[bool] = []
    try:
        for name, step in steps:
            results.append(step(device))
            yield {name: results[-1]}
    except RuntimeError as error:
        yield failed(error)
        return
    yield {"is_ok": all(results), **({} if all(results) else {"error": "a result differs from the CPU's"})}


def _product(dtype: str) -> Callable[[str], bool]:
    def run(device: str) -> bool:
        import torch

        torch.manual_seed(7)
        left, right = torch.rand(SIDE, SIDE) - 0.5, torch.rand(SIDE, SIDE) - 0.5
        found = (left.to(device, getattr(torch, dtype)) @ right.to(device, getattr(torch, dtype))).float().cpu()
        return bool(torch.allclose(found, left @ right, atol=0.15, rtol=0.05))

    return run


def _convolution(device: str) -> bool:
    import torch

    torch.manual_seed(7)
    image, kernel = torch.rand(1, 8, 64, 64), torch.rand(16, 8, 3, 3)
    found = torch.nn.functional.conv2d(image.to(device), kernel.to(device)).cpu()
    return bool(torch.allclose(found, torch.nn.functional.conv2d(image, kernel), rtol=0.02, atol=0.1))


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """All results right: refuted; the library's error: confirmed."""
    return answer(READING, sample, subject)


LIBRARIES: Final = Probe(
    name=READING.name,
    title=Words(en="cuBLAS and cuDNN", zh="cuBLAS 与 cuDNN"),
    hypothesis=Words(en="cuBLAS or cuDNN does not work on this machine", zh="cuBLAS 或 cuDNN 在本机不可用"),
    answers=READING.predicts,
    predictions=(
        Prediction(
            diagnosis="cuda.cublas",
            says=Words(en="the products fail on a card with free memory", zh="在有空闲显存的卡上矩阵乘失败"),
        ),
        Prediction(
            diagnosis="cuda.cudnn", says=Words(en="the products run, the convolution fails", zh="矩阵乘正常，卷积失败")
        ),
        Prediction(
            diagnosis="healthy",
            says=Words(en="all run: the handle lacked memory then", zh="全部正常：当时是缺少显存"),
        ),
    ),
    measure="cuda.libraries:measure",
    wishes=lambda subject: {"device": f"cuda:{ordinal_of(subject)}"},
    judge=judge,
    needs=(Need.TORCH, Need.GPU),
    touches=(Touch.GPU,),
    limit_s=120.0,
)
