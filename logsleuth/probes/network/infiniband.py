"""Probe `infiniband`: are there adapters, are their ports up with addresses, may memory be locked for them."""

from __future__ import annotations

import ctypes
import mmap
import resource
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes.answers import Values, answer, is_of, is_true, number_of, rows_of, text_of, texts_of
from logsleuth.probes.judging import from_failure, result
from logsleuth.probes.probe import Json, Prediction, Probe, Sample, Subject

NAME: Final = "infiniband"
DEVICES: Final = "/sys/class/infiniband"
MODULES: Final = "/proc/modules"
LOCKED_BYTES: Final = 64 * 1024 * 1024  # more than the usual default limit of 8 MiB, less than any NCCL buffer pool
GIDS: Final = 16  # of one port that are read
NO_GID: Final = "0000:0000:0000:0000:0000:0000:0000:0000"
# what a port without a link or an address leads to
LINKED: Final = ("nccl.ib.async-event", "nccl.ib.completion", "nccl.ib.verbs.queue-pair")
PEER_MEMORY: Final = ("nvidia_peermem", "nv_peer_mem")
PORT: Final = ("state", "phys_state", "rate", "link_layer")


def measure(wishes: Mapping[str, Json]) -> dict[str, Json]:
    """The adapters' ports with state and GIDs, the limit on locked memory, and whether 64 MiB can be locked."""
    root = Path(str(wishes.get("devices") or DEVICES))
    soft, _hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    ports: list[Json] = [*_ports(root)]
    return {
        "ports": ports,
        "memlock_bytes": -1 if soft == resource.RLIM_INFINITY else soft,
        "lock_error": _lock(LOCKED_BYTES),
        "has_peer_memory": _has_peer_memory(Path(MODULES)),
    }


def _ports(root: Path) -> Iterator[dict[str, Json]]:
    for port in sorted(root.glob("*/ports/*")):
        gids: list[Json] = [*_gids(port)]
        yield {"name": f"{port.parts[-3]}:{port.name}", "gids": gids, **{name: _read(port / name) for name in PORT}}


def _gids(port: Path) -> Iterator[str]:
    for index in range(GIDS):
        gid = _read(port / "gids" / str(index))
        if gid and gid != NO_GID:
            kind = _read(port / "gid_attrs" / "types" / str(index))
            yield f"{index} {gid}{f' {kind}' if kind else ''}"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _lock(size: int) -> str:
    """Why `size` bytes cannot be locked in memory, as the registration of buffers does it; empty where they can."""
    library = ctypes.CDLL(None, use_errno=True)
    with mmap.mmap(-1, size) as block:
        held = ctypes.c_char.from_buffer(block)
        failed = library.mlock(ctypes.byref(held), ctypes.c_size_t(size))
        error = ctypes.get_errno()
        library.munlock(ctypes.byref(held), ctypes.c_size_t(size))
        del held
    return f"errno {error}" if failed else ""


def _has_peer_memory(modules: Path) -> bool:
    return any(line.startswith(PEER_MEMORY) for line in _read(modules).splitlines())


def judge(sample: Sample, subject: Subject) -> ProbeResult:
    """What the adapters show decides about missing adapters, ports that are down and memory that cannot be locked."""
    failed = from_failure(NAME, sample, subject)
    if failed is not None:
        return failed
    ports = rows_of(sample.values, "ports")
    facts = _facts(sample.values, ports)
    if not ports:
        return _no_device(sample, subject, facts)
    bad = [port for port in ports if "ACTIVE" not in text_of(port, "state") or not texts_of(port, "gids")]
    if is_of(subject.diagnosis, "nccl.ib.no-device"):
        return _judged_device(sample, subject, ports, facts)
    if is_of(subject.diagnosis, "nccl.ib.verbs.memory-registration", "host.memlock"):
        return _judged_memory(sample, facts)
    wanted = _named(subject, ports)
    if is_of(subject.diagnosis, *LINKED) and wanted and all(port in bad for port in wanted):
        bad = wanted
        outcome = Outcome.CONFIRMED
    else:
        outcome = Outcome.INCONCLUSIVE  # a port that nothing uses may well be down
    if bad:
        shown = ", ".join(_shown(port) for port in bad)
        detail = Words(
            en=f"Ports without an active link or an address: {shown}.", zh=f"以下端口链路未激活或没有地址：{shown}。"
        )
        return answer(
            NAME, outcome, detail, sample, facts=facts, provoked="nccl.ib" if outcome is Outcome.CONFIRMED else ""
        )
    return answer(NAME, Outcome.INCONCLUSIVE, _healthy(sample.values, subject), sample, facts=facts)


def _no_device(sample: Sample, subject: Subject, facts: Facts) -> ProbeResult:
    if is_of(subject.diagnosis, "nccl.ib.no-device"):
        detail = Words(
            en="There is no InfiniBand or RoCE adapter here. In a container: give it /dev/infiniband.",
            zh="本机没有 InfiniBand 或 RoCE 网卡。在容器中请挂载 /dev/infiniband。",
        )
        return answer(NAME, Outcome.CONFIRMED, detail, sample, facts=facts, provoked="nccl.ib.no-device")
    detail = Words(
        en="There is no InfiniBand or RoCE adapter here: run it on the node that the log is from.",
        zh="本机没有 InfiniBand 或 RoCE 网卡：请在产生日志的节点上运行。",
    )
    return result(NAME, Outcome.SKIPPED, detail, sample, facts)


def _judged_device(sample: Sample, subject: Subject, ports: tuple[Values, ...], facts: Facts) -> ProbeResult:
    wanted = subject.get("hca").lstrip("^=").partition(":")[0]
    named = _named(subject, ports)
    shown = ", ".join(_shown(port) for port in named or ports)
    if not named:
        detail = Words(
            en=f"No adapter here is called {wanted}: {shown}.", zh=f"本机没有名为 {wanted} 的网卡：{shown}。"
        )
        return answer(NAME, Outcome.CONFIRMED, detail, sample, facts=facts, provoked="nccl.ib.no-device")
    detail = Words(en=f"Adapters are here: {shown}.", zh=f"本机有网卡：{shown}。")
    return answer(NAME, Outcome.REFUTED, detail, sample, facts=facts)


def _named(subject: Subject, ports: tuple[Values, ...]) -> list[Values]:
    """The ports of the adapter that the diagnosis names, all without one."""
    wanted = subject.get("hca").lstrip("^=").partition(":")[0]
    return [port for port in ports if text_of(port, "name").startswith(wanted)]


def _judged_memory(sample: Sample, facts: Facts) -> ProbeResult:
    error, limit = text_of(sample.values, "lock_error"), _limit(sample.values)
    if error:
        detail = Words(
            en=f"64 MiB cannot be locked here ({error}; limit {limit}): raise it with --ulimit memlock=-1.",
            zh=f"本机无法锁定 64 MiB 内存（{error}；上限 {limit}）：请用 --ulimit memlock=-1 提高上限。",
        )
        return answer(NAME, Outcome.CONFIRMED, detail, sample, facts=facts, provoked="host.memlock")
    detail = Words(
        en=f"64 MiB can be locked here; the limit is {limit}.", zh=f"本机可以锁定 64 MiB 内存；上限为 {limit}。"
    )
    outcome = Outcome.REFUTED if limit == "unlimited" else Outcome.INCONCLUSIVE
    return answer(NAME, outcome, detail, sample, facts=facts)


def _healthy(values: Values, subject: Subject) -> Words:
    if is_of(subject.diagnosis, "nccl.ib.verbs.peer-memory") and not is_true(values, "has_peer_memory"):
        return Words(
            en="nvidia_peermem is not loaded here: without it GPUDirect RDMA needs DMA-BUF (modprobe nvidia_peermem).",
            zh="本机未加载 nvidia_peermem：没有它时 GPUDirect RDMA 需要 DMA-BUF（modprobe nvidia_peermem）。",
        )
    return Words(
        en="All ports are active with addresses now; whether transfers to the peer succeed, ib_write_bw between the "
        "two nodes tells.",
        zh="所有端口现在都已激活并有地址；到对端的传输是否成功，可在两个节点间用 ib_write_bw 测试。",
    )


def _facts(values: Values, ports: tuple[Values, ...]) -> Facts:
    shown = "; ".join(_shown(port) for port in ports) or "-"
    return (("ports", shown), ("memlock", _limit(values)), ("nvidia_peermem", str(is_true(values, "has_peer_memory"))))


def _limit(values: Values) -> str:
    number = number_of(values, "memlock_bytes")
    return "unlimited" if number is None or number < 0 else f"{number / 1024:.0f} KiB"


def _shown(port: Values) -> str:
    state = text_of(port, "state").partition(":")[2].strip() or "no state"
    return f"{text_of(port, 'name')} {state}, {len(texts_of(port, 'gids'))} GIDs"


INFINIBAND: Final = Probe(
    name=NAME,
    title=Words(en="InfiniBand and RoCE adapters", zh="InfiniBand 与 RoCE 网卡"),
    hypothesis=Words(
        en="An adapter is missing, its port is down or has no address, or memory cannot be locked for it. It shows the "
        "state of now: a link that flaps may be up again.",
        zh="缺少网卡、端口未激活或没有地址，或无法为其锁定内存。它显示的是当前状态：抖动的链路可能已经恢复。",
    ),
    answers=("nccl.ib",),
    predictions=(
        Prediction(diagnosis="nccl.ib.no-device", says=Words(en="no adapter is listed", zh="没有列出网卡")),
        Prediction(
            diagnosis="nccl.ib.verbs.memory-registration",
            says=Words(en="64 MiB cannot be locked", zh="无法锁定 64 MiB"),
        ),
        Prediction(diagnosis="nccl.ib.completion", says=Words(en="a port is not ACTIVE", zh="有端口不是 ACTIVE")),
        Prediction(diagnosis="healthy", says=Words(en="ports are ACTIVE with GIDs", zh="端口为 ACTIVE 且有 GID")),
    ),
    measure="network.infiniband:measure",
    wishes=lambda _subject: {},
    judge=judge,
    limit_s=10.0,
)
