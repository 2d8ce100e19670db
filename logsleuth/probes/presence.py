"""What is here to probe with: torch, GPUs and who uses them, the kernel log. Looked at in a child: a driver may hang.

`look` asks, `presence` reads the answer, `missing` says which need is not met and what to install, `busy` which GPUs
are in use. No CUDA context is created: nvidia-smi and the names of files tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.probes.probe import Json, Need, Probe, Sample, Subject
from logsleuth.probes.run import NOTHING, run

BUSY_BYTES: Final = 1024**3  # a driver alone holds some hundred MiB; in a container the pids of others do not show
BUSY_PERCENT: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Gpu:
    """One GPU as nvidia-smi tells, without a context on it; `users` are the pids that show as computing there."""

    index: int
    uuid: str = ""
    name: str = ""
    total_bytes: int = 0
    used_bytes: int = 0
    utilization_percent: int = 0
    users: tuple[int, ...] = ()

    @property
    def is_busy(self) -> bool:
        """Whether something computes on it, or holds so much of it that something must."""
        return bool(self.users) or self.used_bytes > BUSY_BYTES or self.utilization_percent > BUSY_PERCENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What was found; an empty version means that the software is not installed."""

    torch: str = ""
    torch_cuda: str = ""  # the CUDA that torch was built for
    triton: str = ""
    gpus: tuple[Gpu, ...] = ()
    has_nvml: bool = False
    has_kernel_log: bool = False
    trouble: str = ""  # why the look itself failed


NOTHING_HERE: Final = Presence()


def look(*, environment: Mapping[str, str] = NOTHING, python: str = "") -> Presence:
    """What is here, asked in a child of the interpreter `python`."""
    return presence(run(LOOK, {}, environment=environment, python=python))


def presence(sample: Sample) -> Presence:
    """What a look came back with; where it hung or crashed, nothing is here and `trouble` says why."""
    values = sample.values
    gpus = values.get("gpus")
    return Presence(
        torch=_text(values, "torch"),
        torch_cuda=_text(values, "torch_cuda"),
        triton=_text(values, "triton"),
        gpus=tuple(_gpu(item) for item in gpus if isinstance(item, dict)) if isinstance(gpus, list) else (),
        has_nvml=values.get("has_nvml") is True,
        has_kernel_log=values.get("has_kernel_log") is True,
        trouble="" if sample.is_complete else (sample.output.strip().splitlines() or ["it did not answer"])[-1][:200],
    )


def missing(needs: Iterable[Need], here: Presence) -> Words | None:
    """Why these needs are not met, the first of them, and what to do; None where all are."""
    return next((why for need in needs if (why := _UNMET[need](here)) is not None), None)


def busy(here: Presence) -> tuple[Gpu, ...]:
    """The GPUs that something else is using."""
    return tuple(gpu for gpu in here.gpus if gpu.is_busy)


def visible(gpus: tuple[Gpu, ...], devices: str | None) -> tuple[Gpu, ...]:
    """Those of `gpus` that CUDA_VISIBLE_DEVICES leaves: indices or beginnings of UUIDs, up to the first unknown one.

    A slice (MIG) stands for the card that its name tells, or for any: nvidia-smi does not list whose it is.
    """
    if devices is None:
        return gpus
    found: list[Gpu] = []
    for word in devices.split(","):
        named = _named(gpus, word.strip())
        if not named:
            break
        found += named
    return tuple({gpu.index: gpu for gpu in found}.values())


def _named(gpus: tuple[Gpu, ...], word: str) -> tuple[Gpu, ...]:
    if word.startswith("MIG-GPU-"):  # as older drivers write it: MIG-<UUID of the card>/<instance>/<instance>
        return _named(gpus, word.removeprefix("MIG-").partition("/")[0])
    if word.startswith("MIG-"):
        return gpus
    return tuple(gpu for gpu in gpus if word and (str(gpu.index) == word or gpu.uuid.startswith(word)))[:1]


def _gpu(item: Mapping[str, Json]) -> Gpu:
    users = item.get("users")
    return Gpu(
        index=_number(item, "index"),
        uuid=_text(item, "uuid"),
        name=_text(item, "name"),
        total_bytes=_number(item, "total_bytes"),
        used_bytes=_number(item, "used_bytes"),
        utilization_percent=_number(item, "utilization_percent"),
        users=tuple(user for user in users if isinstance(user, int)) if isinstance(users, list) else (),
    )


def _text(values: Mapping[str, Json], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _number(values: Mapping[str, Json], name: str) -> int:
    value = values.get(name)
    return int(value) if isinstance(value, int | float) else 0


def _no_torch(here: Presence) -> Words | None:
    if here.torch:
        return None
    return Words(
        en="torch is not installed here: pip install 'logsleuth[probe]', or name the service's with --python",
        zh="此解释器没有安装 torch：请执行 pip install 'logsleuth[probe]'，或用 --python 指定服务所用的解释器",
    )


def _no_gpu(here: Presence, *, count: int = 1) -> Words | None:
    found = len(here.gpus)
    if found < count:
        why = f" ({here.trouble})" if here.trouble else ""
        return Words(
            en=f"needs {count} NVIDIA GPU{'s' * (count > 1)}, found {found}{why}: run it where the log is from",
            zh=f"需要 {count} 块 NVIDIA GPU，找到 {found} 块{why}：请在产生日志的机器上运行",
        )
    if here.torch and not here.torch_cuda:
        return Words(
            en=f"torch {here.torch} is built without CUDA: install a CUDA build of torch",
            zh=f"torch {here.torch} 不是 CUDA 版本：请安装 CUDA 版的 torch",
        )
    return None


def _no_gpus(here: Presence) -> Words | None:
    return _no_gpu(here, count=2)


def _no_triton(here: Presence) -> Words | None:
    if here.triton:
        return None
    return Words(en="triton is not installed: pip install triton", zh="没有安装 triton：请执行 pip install triton")


def _no_nvml(here: Presence) -> Words | None:
    if here.has_nvml:
        return None
    return Words(
        en="nvidia-smi does not answer: install the NVIDIA driver; in a container, give it the GPUs",
        zh="nvidia-smi 无响应：请安装 NVIDIA 驱动；容器内请挂载 GPU",
    )


def _no_kernel_log(here: Presence) -> Words | None:
    if here.has_kernel_log:
        return None
    return Words(
        en="the kernel log cannot be read: run it as root on the host, or with kernel.dmesg_restrict=0",
        zh="无法读取内核日志：请在宿主机上以 root 运行，或设置 kernel.dmesg_restrict=0",
    )


_UNMET: Final[Mapping[Need, Callable[[Presence], Words | None]]] = {
    Need.TORCH: _no_torch,
    Need.GPU: _no_gpu,
    Need.GPUS: _no_gpus,
    Need.TRITON: _no_triton,
    Need.NVML: _no_nvml,
    Need.KERNEL_LOG: _no_kernel_log,
}


def _judge(sample: Sample, _subject: Subject) -> ProbeResult:
    gpus = str(len(presence(sample).gpus))
    detail = Words(en=f"{gpus} GPUs are visible here", zh=f"此处可见 {gpus} 块 GPU")
    return ProbeResult(name="presence", outcome=Outcome.INCONCLUSIVE, detail=detail, facts=(("gpus", gpus),))


LOOK: Final = Probe(
    name="presence",
    title=Words(en="what is here to probe with", zh="有哪些可用于探测的条件"),
    hypothesis=Words(en="the machine has what the probes need", zh="机器具备探测所需的条件"),
    answers=(),
    predictions=(),
    measure="looking:measure",
    wishes=lambda _subject: {},
    judge=_judge,
    limits_address_space=False,  # nvidia-smi loads the driver, which maps what it likes
    limit_s=45.0,  # without a daemon that keeps the driver awake, nvidia-smi starts every card, and is asked twice
)
