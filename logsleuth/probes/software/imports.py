"""Probe `import-chain`: does the import that failed in the log fail here, and at which link."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes.answers import answer, is_of, is_true, texts_of
from logsleuth.probes.judging import from_failure, result
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject

NAME: Final = "import-chain"
# a log must not say which code is run: only packages of these stacks are imported, others are only looked for
KNOWN: Final = frozenset((
    "vllm", "vllm_ascend", "torch", "torchvision", "torchaudio", "triton", "transformers", "tokenizers",
    "huggingface_hub", "safetensors", "flash_attn", "flashinfer", "xformers", "ucm", "lmcache", "ray", "numpy",
    "nixl", "zmq", "xgrammar", "outlines_core", "compressed_tensors", "gguf", "mistral_common", "vllm_flash_attn",
    "deep_gemm", "deep_ep", "pplx_kernels", "sglang", "mooncake", "cupy", "numba", "openai", "pydantic", "fastapi",
    "PIL", "cv2", "einops", "peft", "accelerate", "bitsandbytes",
))  # fmt: skip
# no `__main__`, which is a program of its own
MODULE: Final = re.compile(r"(?!__)[A-Za-z_]\w{0,60}(?:\.(?!__)[A-Za-z_]\w{0,60}){0,12}")
NAMED: Final = re.compile(r"[A-Za-z_]\w{0,100}")
DEFAULTS: Final = (
    ("ucm", "ucm.integration.vllm.ucm_connector"),
    ("deps.triton", "triton.language"),
    ("deps.flash-attn", "flash_attn"),
    ("deps.transformers", "transformers"),
    ("deps.numpy", "numpy"),
    ("vllm", "vllm.model_executor.models.registry"),
    ("lmcache", "lmcache"),
    ("deps", "vllm"),
    ("build", "vllm"),
    ("cuda", "torch"),
)
# what the import of the default module decides; of others only that of the module which the log names
DECIDED: Final = ("ucm.connector-unknown.module", "ucm.connector-unknown.not-installed")
NO_MODULE: Final = Words(
    en="The diagnosis names no module; give one as module=NAME.", zh="诊断没有给出模块；请用 module=名称 指定。"
)


def measure(wishes: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Import each link of `module`, then take `name` from it; what fails is raised as it is."""
    module, name = str(wishes["module"]), str(wishes.get("name") or "")
    top = module.partition(".")[0]
    yield {"is_installed": find_spec(top) is not None, "has_service": find_spec("vllm") is not None, "chain": []}
    if find_spec(top) is None or top not in KNOWN:
        return
    links = module.split(".")
    done: list[Json] = []
    for count in range(1, len(links) + 1):
        found = import_module(".".join(links[:count]))
        done.append(found.__name__)
        yield {"chain": [*done]}
    if name:
        if not hasattr(found, name):  # as `from module import name` says it
            raise ImportError(f"cannot import name {name!r} from {module!r} ({found.__file__})")
        yield {"chain": [*done, name]}


def _wishes(subject: Subject) -> Mapping[str, Json] | Words:
    module = subject.get("module") or next((path for of, path in DEFAULTS if is_of(subject.diagnosis, of)), "")
    name = subject.get("name") if subject.get("module") else ""
    if not MODULE.fullmatch(module):
        return NO_MODULE
    return {"module": module, "name": name if NAMED.fullmatch(name) else ""}


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """Confirmed where the import fails as in the log, refuted where it works."""
    wishes = _wishes(subject)
    module = "" if isinstance(wishes, Words) else str(wishes["module"])
    chain = texts_of(sample.values, "chain")
    facts: Facts = (("module", module), ("imported", " > ".join(chain) or "-"))
    failed = from_failure(NAME, sample, subject, facts=facts)
    if failed is not None:
        return failed
    if not is_true(sample.values, "is_installed"):
        return _absent(sample, module.partition(".")[0], facts)
    if not chain:
        detail = Words(
            en=f"{module.partition('.')[0]} is installed here; it is none of the packages that this probe imports.",
            zh=f"{module.partition('.')[0]} 已安装；但它不是本探测会导入的软件包。",
        )
        is_meant = is_of(subject.diagnosis, "deps.module-missing")
        return answer(NAME, Outcome.REFUTED if is_meant else Outcome.INCONCLUSIVE, detail, sample, facts=facts)
    detail = Words(
        en=f"Here {' > '.join(chain)} is imported without an error.", zh=f"此处可以正常导入 {' > '.join(chain)}。"
    )
    is_decided = bool(subject.get("module")) or is_of(subject.diagnosis, *DECIDED)
    return answer(NAME, Outcome.REFUTED if is_decided else Outcome.INCONCLUSIVE, detail, sample, facts=facts)


def _absent(sample: Sample, top: str, facts: Facts) -> ProbeResult:
    if not is_true(sample.values, "has_service"):
        detail = Words(
            en=f"neither {top} nor vllm is installed for this interpreter: name that of the service with --python",
            zh=f"此解释器没有安装 {top}，也没有安装 vllm：请用 --python 指定服务所用的解释器",
        )
        return result(NAME, Outcome.SKIPPED, detail, sample, facts)
    detail = Words(
        en=f"{top} is not installed for the interpreter that has vllm.", zh=f"安装了 vllm 的解释器没有安装 {top}。"
    )
    return answer(NAME, Outcome.CONFIRMED, detail, sample, facts=facts, provoked="deps.module-missing")


IMPORT_CHAIN: Final = Probe(
    name=NAME,
    title=Words(en="Import of a module, link by link", zh="逐级导入模块"),
    hypothesis=Words(
        en="The import fails in this interpreter as it did in the log. Variables and folders of the service may differ "
        "from those here.",
        zh="该导入在此解释器中与日志中一样失败。服务的环境变量与目录可能与此处不同。",
    ),
    answers=(
        "deps.vllm-api",
        "deps.module-missing",
        "deps.triton",
        "deps.flash-attn",
        "deps.transformers",
        "deps.numpy",
        "deps.glibc",
        "deps.system-library",
        "deps.version-conflict.import",
        "build.abi-mismatch",
        "cuda.library-missing",
        "vllm.arch-inspect",
        "ucm.native-missing",
        "ucm.connector-unknown",
    ),
    predictions=(
        Prediction(
            diagnosis="deps.vllm-api",
            says=Words(en="the module is there, the name in it is not", zh="模块存在，但其中没有该名称"),
        ),
        Prediction(diagnosis="deps.module-missing", says=Words(en="the package is not found", zh="找不到软件包")),
        Prediction(
            diagnosis="build.abi-mismatch",
            says=Words(en="a compiled module has an undefined symbol", zh="编译模块存在未定义符号"),
        ),
        Prediction(diagnosis="healthy", says=Words(en="every link is imported", zh="每一级都能导入")),
    ),
    measure="software.imports:measure",
    wishes=_wishes,
    judge=judge,
    limit_s=120.0,
    memory_bytes=16 * 1024**3,
)
