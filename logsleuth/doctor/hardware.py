"""Checks of the machine: cards, driver, heat, memory."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from logsleuth.doctor.check import Area, Check, Finding, State, Status, fail, ok, skip, warn
from logsleuth.doctor.ways import ABSENT, finding_of, free_of, probed
from logsleuth.model import Words
from logsleuth.probes.answers import rows_of, text_of
from logsleuth.probes.probe import Json
from logsleuth.probes.software.versions import cuda_of, versions_of

HOT_C: Final = 85.0  # appendix B 3.1
FULL: Final = 0.9  # of the time in which a kernel runs
SHM: Final = "/dev/shm"  # noqa: S108  told of, not written to
SHM_BYTES: Final = 1024**3
FOLDER: Final = re.compile(r"/[^\s'\",:;\]]*")
DISK: Final = Words(
    en="Free some, or move caches and stores to a larger disk (HF_HOME, TMPDIR, storage_backends).",
    zh="请清理空间，或把缓存与存储移到更大的磁盘（HF_HOME、TMPDIR、storage_backends）。",
)
NO_GPU: Final = skip(
    "nvidia-smi shows no GPU here.",
    "此处 nvidia-smi 没有显示 GPU。",
    Words(
        en="Run it where the service runs; in a container give it the GPUs (--gpus all).",
        zh="请在服务所在处运行；容器需挂载 GPU（--gpus all）。",
    ),
)


def _cards(state: State) -> tuple[Mapping[str, Json], ...]:
    return rows_of(state.system, "gpus")


def _models(state: State) -> Finding:
    cards = _cards(state)
    if not cards:
        return NO_GPU
    shown = ", ".join(
        f"{text_of(card, 'index')}: {text_of(card, 'name')} {text_of(card, 'memory.total')} MiB" for card in cards
    )
    if len({text_of(card, "name") for card in cards}) > 1:
        return warn(
            f"The cards are of different models: {shown}.",
            f"GPU 型号不一致：{shown}。",
            Words(
                en="Ranks of one group run as fast as the slowest card: use equal ones (CUDA_VISIBLE_DEVICES).",
                zh="同组 rank 的速度取决于最慢的卡：请使用相同型号（CUDA_VISIBLE_DEVICES）。",
            ),
        )
    return ok(f"{shown}.", f"{shown}。")


def _driver(state: State) -> Finding:
    result = state.ask("cuda-driver", ())
    if result is not None and _cards(state):
        return finding_of(result, undecided=Status.OK)
    cards = _cards(state)
    if not cards:
        return NO_GPU
    return _compared(
        text_of(cards[0], "driver_version"),
        text_of(state.system, "driver_cuda"),
        cuda_of(versions_of(state.software).get("torch", "")),
    )


def _compared(driver: str, cuda: str, built: str) -> Finding:
    said = f"driver {driver} (CUDA {cuda or '?'}), torch for CUDA {built or '?'}"
    major, wanted = cuda.partition(".")[0], built.partition(".")[0]
    if major.isdecimal() and wanted.isdecimal() and int(major) < int(wanted):
        return fail(
            f"The driver is too old: {said}.",
            f"驱动过旧：{said}。",
            Words(
                en="Update the driver, or install a torch for the driver's CUDA.",
                zh="请更新驱动，或安装与驱动 CUDA 版本相符的 torch。",
            ),
        )
    if not wanted:
        return skip(f"{said}: torch is not here to compare with.", f"{said}：此处没有 torch 可比较。")
    return ok(f"{said}.", f"{said}。")


def _heat(state: State) -> Finding:
    cards = _cards(state)
    if not cards:
        return NO_GPU
    hot = [card for card in cards if _number(card, "temperature.gpu") >= HOT_C]
    shown = ", ".join(f"{text_of(card, 'index')}: {text_of(card, 'temperature.gpu')} C" for card in hot or cards)
    if hot:
        return warn(
            f"Over {HOT_C:.0f} C: {shown}.",
            f"温度超过 {HOT_C:.0f} C：{shown}。",
            Words(en="Check fans and air flow; the card slows itself down.", zh="请检查风扇与风道；GPU 会自行降频。"),
        )
    return ok(f"{shown}.", f"{shown}。")


def _number(card: Mapping[str, Json], name: str) -> float:
    text = text_of(card, name)
    return float(text) if text.replace(".", "", 1).isdecimal() else 0.0


def _errors(state: State) -> Finding:
    result = state.ask("gpu-health", ())
    if result is not None and _cards(state):
        return finding_of(result, undecided=Status.OK)
    cards = _cards(state)
    if not cards:
        return NO_GPU
    bad = [text_of(card, "index") for card in cards if _number(card, "ecc.errors.uncorrected.volatile.total") > 0]
    if bad:
        return fail(
            f"Uncorrected memory errors on GPU {', '.join(bad)}.",
            f"GPU {', '.join(bad)} 有不可纠正的显存错误。",
            Words(en="Drain the node and reset or replace the card.", zh="请排空该节点，并复位或更换该卡。"),
        )
    return ok("No uncorrected memory errors are counted.", "没有不可纠正的显存错误计数。")


def _memory(state: State) -> Finding:
    told = state.system.get("memory")
    memory = told if isinstance(told, dict) else {}
    total, free = _bytes(memory, "MemTotal"), _bytes(memory, "MemAvailable")
    swapped = _bytes(memory, "SwapTotal") - _bytes(memory, "SwapFree")
    if not total:
        return skip("The memory of this host could not be read.", "无法读取主机内存。")
    told = state.system.get("cgroup")
    limits = told if isinstance(told, dict) else {}
    if limit := _bytes(limits, "memory_limit_bytes"):  # of the container: the host may have much more
        total, free = min(total, limit), min(free, max(0, limit - _bytes(limits, "memory_used_bytes")))
    left, whole = f"{free / 1024**3:.1f}", f"{total / 1024**3:.1f} GiB"
    remedy = Words(en="End what holds it, or give the container more.", zh="请结束占用内存的程序，或给容器更多内存。")
    if free < total * 0.05 or swapped > total * 0.05:
        return warn(
            f"Host memory is short: {left} of {whole} available.", f"主机内存紧张：{whole} 中可用 {left}。", remedy
        )
    return ok(f"{left} of {whole} of host memory are available.", f"主机内存 {whole} 中可用 {left}。")


def _kills(state: State) -> Finding:
    """What the kernel has killed; without a log of its own to compare with, a kill of anybody is told, not blamed."""
    result = state.ask("oom-kills", ())
    if result is None:
        return ABSENT
    kills = dict(result.facts).get("kills_since_boot", "")
    if kills in {"", "0"}:
        return finding_of(result, undecided=Status.SKIPPED)
    remedy = Words(
        en="dmesg -T | grep -i 'killed process' says whom; give the container or the host more memory.",
        zh="dmesg -T | grep -i 'killed process' 可查看被杀的进程；请给容器或主机更多内存。",
    )
    return Finding(status=Status.WARN, reason=result.detail, remedy=remedy)


def _disk(state: State) -> Finding:
    """The disk that the service fills: of the store, of the downloads, else of temporary files."""
    told = [state.settings.get(name, "") for name in ("storage_backends", "download_dir")]
    temporary = text_of(state.system, "temporary")
    path = next((found[0] for text in told if (found := FOLDER.search(text))), temporary)
    result = state.ask("disk-space", (("path", path),))
    return ABSENT if result is None else finding_of(result, remedy=DISK)


def _bytes(memory: Mapping[str, Json], name: str) -> int:
    value = memory.get(name)
    return int(value) if isinstance(value, int | float) else 0


def _segment(state: State) -> Finding:
    size = _bytes(state.system, "shm_bytes")
    if not size:
        return skip(f"{SHM} is not here.", f"没有 {SHM}。")
    if size < SHM_BYTES:
        return warn(
            f"{SHM} has only {size / 1024**2:.0f} MiB.",
            f"{SHM} 只有 {size / 1024**2:.0f} MiB。",
            Words(
                en="Start the container with --ipc=host or --shm-size=8g.",
                zh="请用 --ipc=host 或 --shm-size=8g 启动容器。",
            ),
        )
    return ok(f"{SHM} has {size / 1024**3:.1f} GiB.", f"{SHM} 有 {size / 1024**3:.1f} GiB。")


HARDWARE: Final[tuple[Check, ...]] = (
    Check(id="gpu-model", area=Area.HARDWARE, title=Words(en="GPUs", zh="GPU 型号"), rows=("S2-B.3.1",), look=_models),
    Check(
        id="gpu-driver",
        area=Area.HARDWARE,
        title=Words(en="Driver and CUDA", zh="驱动与 CUDA"),
        rows=("S2-B.3.1", "S0-8", "S0-1.1a"),
        look=_driver,
    ),
    Check(
        id="gpu-temperature",
        area=Area.HARDWARE,
        title=Words(en="Temperature", zh="温度"),
        rows=("S2-B.3.1",),
        look=_heat,
    ),
    Check(
        id="gpu-errors",
        area=Area.HARDWARE,
        title=Words(en="Errors of the cards", zh="GPU 错误"),
        rows=("S4-8",),
        look=_errors,
    ),
    Check(
        id="gpu-bandwidth",
        area=Area.HARDWARE,
        title=Words(en="Bandwidth of the memory", zh="显存带宽"),
        rows=("S2-B.3.1", "S2-B.1.5"),
        look=probed("gpu-bandwidth", undecided=Status.OK),
    ),
    Check(
        id="gpu-faults",
        area=Area.HARDWARE,
        title=Words(en="Hardware faults in the log", zh="日志中的硬件故障"),
        rows=("S4-8",),
        look=free_of("gpu", ok_en="The log tells of no fault of a GPU.", ok_zh="日志中没有 GPU 故障。"),
    ),
    Check(
        id="host-memory",
        area=Area.HARDWARE,
        title=Words(en="Host memory", zh="主机内存"),
        rows=("S4-2", "S2-B.1.2"),
        look=_memory,
    ),
    Check(
        id="oom-kills",
        area=Area.HARDWARE,
        title=Words(en="Kills for memory", zh="OOM 记录"),
        rows=("S2-B.1.2",),
        look=_kills,
    ),
    Check(
        id="disk-space",
        area=Area.HARDWARE,
        title=Words(en="Room on disks", zh="磁盘空间"),
        rows=("S0-2.1b",),
        look=_disk,
    ),
    Check(
        id="open-files",
        area=Area.HARDWARE,
        title=Words(en="File descriptors", zh="文件描述符"),
        rows=(),
        look=probed("open-files", remedy=Words(en="ulimit -n 65535", zh="ulimit -n 65535")),
    ),
    Check(
        id="threads",
        area=Area.HARDWARE,
        title=Words(en="Threads and processes", zh="线程与进程数"),
        rows=(),
        look=probed(
            "threads",
            remedy=Words(
                en="Raise ulimit -u, or --pids-limit of the container.", zh="请提高 ulimit -u，或容器的 --pids-limit。"
            ),
        ),
    ),
    Check(
        id="cpu-flags",
        area=Area.HARDWARE,
        title=Words(en="Instruction sets of the processor", zh="处理器指令集"),
        rows=(),
        look=probed("cpu-flags", undecided=Status.OK),
    ),
    Check(
        id="shared-memory",
        area=Area.HARDWARE,
        title=Words(en="Shared memory", zh="共享内存"),
        rows=("S4-8",),
        look=_segment,
    ),
)
