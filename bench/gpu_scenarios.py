"""The failures of the acceptance on a GPU: how each is made, what it has to be called, how its cause is put back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Cause(StrEnum):
    """How the cause stands while the probe is asked for the first time; the second time it is gone."""

    HOLDER = "holder"  # another process holds most of the card
    SIZE = "size"  # the log asks for more than there is; then for what a smaller model does
    FAULT = "fault"  # a kernel with a mistake stands in the place of the sound one, as a broken card would act
    VARIABLE = "variable"  # of the environment
    LIMIT = "limit"  # of the address space
    NONE = "none"  # no probe answers it: the log alone is looked at


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One row. `fault` is a name of gpu_faults.py; `share` is what it asks for, as a part of the card.

    `expects` are the ids that the log may get first. `variables` are the cause where it is one, and are set for the
    fault in any case; `cured` replace them afterwards. `{broken}` in a value is a folder with a broken cuDNN, `{tools}`
    one with nvidia-smi and nothing else.
    """

    name: str
    fault: str
    expects: tuple[str, ...]
    probe: str = ""
    cause: Cause = Cause.NONE
    share: float = 0.0
    variables: tuple[tuple[str, str], ...] = ()
    cured: tuple[tuple[str, str], ...] = ()


OOM: Final = "cuda.oom.device"
SPAWN: Final = (("VLLM_WORKER_MULTIPROC_METHOD", "spawn"),)
FORKED: Final = (("VLLM_WORKER_MULTIPROC_METHOD", "fork"),)
HOLES: Final = (("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:False"),)
EXPANDABLE: Final = (("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True"),)
MASKED: Final = (("CUDA_VISIBLE_DEVICES", ""),)
NO_CODE: Final = (("CUDA_FORCE_PTX_JIT", "1"),)  # the driver passes over all binary code, and torch brings no other
NO_COMPILER: Final = (("PATH", "{tools}"),)
NO_HOME: Final = (("CUDA_HOME", "/nonexistent"),)
BROKEN: Final = (("LD_LIBRARY_PATH", "{broken}"),)
NO_INTERFACE: Final = (("NCCL_SOCKET_IFNAME", "nosuch0"), ("NCCL_DEBUG", "WARN"))
SCENARIOS: Final[tuple[Scenario, ...]] = (
    Scenario(name="memory held by another", fault="oom-weights", expects=(OOM,), probe="cuda-alloc", cause=Cause.HOLDER, share=0.5),
    Scenario(name="weights too large", fault="oom-weights", expects=(f"{OOM}.weights", OOM), probe="cuda-alloc", cause=Cause.SIZE, share=1.2),
    Scenario(name="profiling too large", fault="oom-profiling", expects=(f"{OOM}.profiling", OOM), probe="cuda-alloc", cause=Cause.SIZE, share=1.2),
    Scenario(name="KV cache too large", fault="oom-kv-cache", expects=(f"{OOM}.kv-cache", OOM), probe="cuda-alloc", cause=Cause.SIZE, share=1.2),
    Scenario(name="graphs too large", fault="oom-graphs", expects=(f"{OOM}.cudagraph", OOM), probe="cuda-alloc", cause=Cause.SIZE, share=1.2),
    Scenario(name="batch too large", fault="oom-serving", expects=(f"{OOM}.serving", OOM), probe="cuda-alloc", cause=Cause.SIZE, share=1.2),
    Scenario(name="holes in memory", fault="fragmentation", expects=(OOM,), probe="cuda-fragmentation", cause=Cause.VARIABLE, variables=HOLES, cured=EXPANDABLE),
    Scenario(name="host memory locked out", fault="pinned", expects=("cuda.oom.pinned",), probe="cuda-pinned", cause=Cause.LIMIT),
    Scenario(name="launch beyond limits", fault="launch", expects=("cuda.invalid-configuration",), probe="cuda-launch", cause=Cause.FAULT),
    Scenario(name="illegal access", fault="access", expects=("cuda.illegal-access",), probe="cuda-access", cause=Cause.FAULT),
    Scenario(name="device assert", fault="assert", expects=("cuda.device-assert",), probe="cuda-assert", cause=Cause.FAULT),
    Scenario(name="graph capture", fault="graph", expects=("cuda.graph",), probe="cuda-graph", cause=Cause.FAULT),
    Scenario(name="GPU of no such number", fault="invalid-device", expects=("cuda.invalid-device",), probe="cuda-devices", cause=Cause.SIZE),
    Scenario(name="GPU masked away", fault="no-device", expects=("gpu.not-visible",), probe="cuda-devices", cause=Cause.VARIABLE, variables=MASKED),
    Scenario(name="driver without a GPU", fault="no-device", expects=("gpu.not-visible",), probe="cuda-driver", cause=Cause.VARIABLE, variables=MASKED),
    Scenario(name="no code for the card", fault="no-image", expects=("cuda.no-kernel-image",), probe="cuda-kernel", cause=Cause.VARIABLE, variables=NO_CODE),
    Scenario(name="no toolkit", fault="no-toolkit", expects=("cuda.toolkit-missing",), probe="cuda-toolkit", cause=Cause.VARIABLE, variables=NO_HOME),
    Scenario(name="no compiler for Triton", fault="triton", expects=("compile.no-compiler",), probe="triton-compile", cause=Cause.VARIABLE, variables=NO_COMPILER),
    Scenario(name="no compiler for torch", fault="compile", expects=("compile.no-compiler", "compile.torch", "compile.triton"), probe="torch-compile", cause=Cause.VARIABLE, variables=NO_COMPILER),
    Scenario(name="cuDNN broken", fault="cudnn", expects=("cuda.cudnn", "cuda.library-missing"), probe="cuda-libraries", cause=Cause.VARIABLE, variables=BROKEN),
    Scenario(name="worker by fork", fault="fork", expects=("cuda.fork",), probe="cuda-fork", cause=Cause.VARIABLE, variables=FORKED, cured=SPAWN),
    Scenario(name="NCCL on no interface", fault="nccl", expects=("nccl.no-interface",), probe="nccl-allreduce", cause=Cause.VARIABLE, variables=NO_INTERFACE),
    Scenario(name="/dev/shm full", fault="shm", expects=("host.shm", "host.disk-full", "nccl.shm")),
    Scenario(name="killed rank", fault="killed-rank", expects=("host.killed", "host.oom-killer", "dist.")),
)  # fmt: skip
# what the whole suite comes to on a sound card with nothing else on it; what is not named here is refuted
USUAL: Final[dict[str, tuple[str, ...]]] = {
    "gpu-health": ("refuted", "inconclusive", "confirmed"),  # the kernel's log may hold Xids of others, or be closed
    "cuda-toolkit": ("refuted", "confirmed"),  # images that only run models have no compiler
    "cuda-fork": ("confirmed", "refuted"),  # by fork it always fails
    "cuda-fragmentation": ("confirmed", "refuted"),  # as the allocator is set
    "decode-ceiling": ("skipped",),  # no log names a model
    "gpu-bandwidth": ("refuted", "inconclusive"),  # a card without a data sheet
    "gpu-matmul": ("refuted", "inconclusive"),
    "gpu-transfer": ("refuted", "inconclusive"),  # a virtual machine may hide the link
    "gpu-launch": ("refuted", "inconclusive"),
    "gpu-p2p": ("skipped", "refuted", "inconclusive"),  # one card alone; cards without a way to each other
}
