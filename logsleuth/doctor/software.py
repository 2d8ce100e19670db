"""Checks of installed software: versions and what they require of each other, compilers, platform, known faults."""

from __future__ import annotations

from typing import Final

from packaging.version import Version

from logsleuth.doctor.check import Area, Check, Finding, State, Status, fail, ok, skip, warn
from logsleuth.doctor.ways import Look, free_of, parsed, probed, version_of
from logsleuth.model import Words
from logsleuth.probes.software.pairs import misfits
from logsleuth.probes.software.versions import conflicts, cuda_of, undocumented, versions_of

LEAST_CUDA: Final = "11.8"  # appendix B 3.2
LEAST_TORCH: Final = "2.0"
ZMQ: Final = ("0.5.2", "0.5.3", "0.5.3.post1")
# NCCL_CUMEM_ENABLE=0 was set by vLLM itself in these; advising it for later ones is wrong
CUMEM: Final = ("0.4.3", "0.10.1.1")
SLOW_VARIABLES: Final = ("VLLM_TRACE_FUNCTION", "CUDA_LAUNCH_BLOCKING")
CHATTY: Final = {"VLLM_LOGGING_LEVEL": "DEBUG", "NCCL_DEBUG": "TRACE"}
SHOWN: Final = 5


def _at_least(name: str, least: str, title: str) -> Finding:
    version = parsed(name)
    if version is None:
        return skip(
            f"{title} is neither installed here nor told by a log.",
            f"此处没有安装 {title}，日志中也没有其版本。",
            Words(
                en="Name a log, or the interpreter of the service with --python.",
                zh="请给出日志，或用 --python 指定服务的解释器。",
            ),
        )
    if version < Version(least):
        return fail(
            f"{title} {name} is older than {least}.",
            f"{title} {name} 低于 {least}。",
            Words(
                en="Install a vLLM that is maintained; it brings its own pins.",
                zh="请安装仍在维护的 vLLM，它会带来匹配的版本。",
            ),
        )
    return ok(f"{title} {name}.", f"{title} {name}。")


def _cuda(state: State) -> Finding:
    told = state.settings.get("cuda") or state.settings.get("nccl_cuda", "")
    return _at_least(told or cuda_of(versions_of(state.software).get("torch", "")), LEAST_CUDA, "CUDA")


def _torch(state: State) -> Finding:
    return _at_least(version_of(state, "torch"), LEAST_TORCH, "torch")


def _vllm(state: State) -> Finding:
    text = version_of(state, "vllm")
    if not text:
        return _at_least("", "0", "vLLM")
    if text in ZMQ:
        return fail(
            f"vLLM {text} may hang in ZMQ.",
            f"vLLM {text} 可能因 ZMQ 缺陷而卡住。",
            Words(en="Upgrade vLLM to 0.5.4 or later.", zh="请把 vLLM 升级到 0.5.4 或更高版本。"),
        )
    here, in_log = versions_of(state.software).get("vllm", ""), state.settings.get("vllm", "")
    if here and in_log and here != in_log:
        return warn(
            f"The log is of vLLM {in_log}, installed here is {here}.", f"日志来自 vLLM {in_log}，此处安装的是 {here}。"
        )
    return ok(f"vLLM {text}.", f"vLLM {text}。")


def _fits(state: State) -> Finding:
    """Whether what is installed fits; the versions of a log are held against the same table."""
    found = [text for _, text in conflicts(state.software)]
    found += [str(misfit) for misfit in misfits(dict(state.settings)) if misfit.pair.is_broken]
    remedy = Words(
        en="Install vLLM into a fresh environment and let it choose the others.",
        zh="请把 vLLM 安装到全新的环境，由它决定其他软件包的版本。",
    )
    if found:
        shown = "; ".join(dict.fromkeys(found[:SHOWN]))
        return fail(f"{shown}.", f"版本冲突：{shown}。", remedy)
    unsure = undocumented(state.software)
    if unsure:
        return warn(
            f"Not among the documented pairs: {'; '.join(unsure)}.", f"不在文档所列的组合之内：{'; '.join(unsure)}。"
        )
    if not versions_of(state.software).get("vllm") and "vllm" not in state.settings:
        return _at_least("", "0", "vLLM")
    return ok("No conflict among the versions.", "版本之间没有冲突。")


def _attention(state: State) -> Finding:
    found = state.found("deps.flash-attn", "vllm.attention-backend")
    if found:
        return fail(found[0].summary.en, found[0].summary.zh)
    versions = versions_of(state.software)
    name = next((name for name in ("flash_attn", "flashinfer") if versions.get(name)), "")
    if name:
        return ok(f"{name} {versions[name]} is installed.", f"已安装 {name} {versions[name]}。")
    if version_of(state, "vllm"):
        return ok(
            "vLLM brings its own build of flash-attn; no package is needed.", "vLLM 自带 flash-attn，无需另装软件包。"
        )
    return _at_least("", "0", "vLLM")


def _debugging(state: State) -> Finding:
    told = state.system.get("variables")
    variables = told if isinstance(told, dict) else {}
    on = [name for name in SLOW_VARIABLES if str(variables.get(name, "0")) not in {"", "0"}]
    on += [name for name, value in CHATTY.items() if str(variables.get(name, "")).upper() == value]
    if not on:
        return ok("No variable for debugging is set here.", "此处没有设置调试用的环境变量。")
    return warn(
        f"{', '.join(on)} is set: the service is slower with it.",
        f"已设置 {', '.join(on)}：服务会因此变慢。",
        Words(
            en=f"Unset it once the failure is found: unset {' '.join(on)}", zh=f"找到故障后请取消：unset {' '.join(on)}"
        ),
    )


def _cumem(state: State) -> Finding:
    version = parsed(version_of(state, "vllm"))
    told = state.system.get("variables")
    value = str(told.get("NCCL_CUMEM_ENABLE", "")) if isinstance(told, dict) else ""
    if version is None:
        return _at_least("", "0", "vLLM")
    is_within = Version(CUMEM[0]) <= version <= Version(CUMEM[1])
    if is_within and value not in {"", "0"}:
        return fail(
            f"NCCL_CUMEM_ENABLE={value} here, while vLLM {version} sets 0 for its own processes.",
            f"此处 NCCL_CUMEM_ENABLE={value}，而 vLLM {version} 为自己的进程设置为 0。",
            Words(
                en="export NCCL_CUMEM_ENABLE=0 in all processes that talk to it.",
                zh="请在所有与之通信的进程中 export NCCL_CUMEM_ENABLE=0。",
            ),
        )
    if not is_within and value == "0":
        return warn(
            f"NCCL_CUMEM_ENABLE=0 is not needed with vLLM {version}.",
            f"vLLM {version} 不需要 NCCL_CUMEM_ENABLE=0。",
            Words(en="unset NCCL_CUMEM_ENABLE", zh="unset NCCL_CUMEM_ENABLE"),
        )
    return ok("NCCL_CUMEM_ENABLE is as vLLM has it.", "NCCL_CUMEM_ENABLE 与 vLLM 一致。")


def _check(id_: str, en: str, zh: str, rows: tuple[str, ...], look: Look) -> Check:
    return Check(id=id_, area=Area.SOFTWARE, title=Words(en=en, zh=zh), rows=rows, look=look)


SOFTWARE: Final[tuple[Check, ...]] = (
    _check("cuda-version", f"CUDA {LEAST_CUDA} or later", f"CUDA 不低于 {LEAST_CUDA}", ("S2-B.3.2",), _cuda),
    _check(
        "torch-version", f"torch {LEAST_TORCH} or later", f"torch 不低于 {LEAST_TORCH}", ("S2-B.3.2", "S0-8"), _torch
    ),
    _check("vllm-version", "vLLM", "vLLM", ("S2-B.3.2", "S4-15"), _vllm),
    _check("versions-fit", "Versions go together", "版本相互匹配", ("S2-B.3.2", "S0-1.2a"), _fits),
    _check("attention", "Attention kernels", "注意力内核", ("S2-B.3.2",), _attention),
    _check(
        "triton",
        "Triton compiles",
        "Triton 可编译",
        ("S0-1.2b", "S4-11"),
        probed("triton-compile", undecided=Status.OK),
    ),
    _check(
        "torch-compile",
        "torch.compile works",
        "torch.compile 可用",
        ("S4-11",),
        probed("torch-compile", undecided=Status.OK),
    ),
    _check(
        "imports",
        "Imports of the log",
        "日志中的导入",
        ("S4-12", "S0-1.2a"),
        free_of(
            "deps",
            "build",
            "vllm.arch-inspect",
            "cuda.library-missing",
            ok_en="The log tells of no import that failed.",
            ok_zh="日志中没有失败的导入。",
        ),
    ),
    _check(
        "platform",
        "Platform",
        "平台识别",
        ("S4-14", "S4-10"),
        free_of(
            "vllm.device-type",
            "vllm.multiprocessing",
            "cuda.fork",
            ok_en="vLLM found its platform and start method.",
            ok_zh="vLLM 已识别平台与进程启动方式。",
        ),
    ),
    _check("debug-variables", "Variables for debugging", "调试变量", ("S4-5", "S0-5"), _debugging),
    _check("nccl-cumem", "NCCL_CUMEM_ENABLE", "NCCL_CUMEM_ENABLE", ("S4-16",), _cumem),
)
