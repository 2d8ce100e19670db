"""Who holds a card's memory, by NVML. In: a card. Out: its processes; nothing where NVML or its binding is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Final

from logsleuth.probes.probe import Json

MOST: Final = 32  # processes told of one card


@contextmanager
def nvml() -> Iterator[ModuleType | None]:
    """The started binding of NVML, or None."""
    try:
        import pynvml
    except ImportError:
        yield None
        return
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        yield None
        return
    try:
        yield pynvml
    finally:
        pynvml.nvmlShutdown()


def nvml_gpus() -> list[str]:
    """The names of the cards that NVML lists, masks or not."""
    with nvml() as library:
        if library is None:
            return []
        return [_name_of(library, index) for index in range(library.nvmlDeviceGetCount())]


def _name_of(library: ModuleType, index: int) -> str:
    """The name of a card; one that fell off the bus is counted and tells none."""
    try:
        return _text(library.nvmlDeviceGetName(library.nvmlDeviceGetHandleByIndex(index)))
    except library.NVMLError:
        return "lost"


def holders(bus_id: str) -> list[Json]:
    """The processes that hold memory of the card at this PCI address, the largest first."""
    with nvml() as library:
        if library is None:
            return []
        try:
            handle = library.nvmlDeviceGetHandleByPciBusId(bus_id.encode())
            found = [
                *library.nvmlDeviceGetComputeRunningProcesses(handle),
                *library.nvmlDeviceGetGraphicsRunningProcesses(handle),
            ]
        except library.NVMLError:
            return []
    sizes = {int(item.pid): int(item.usedGpuMemory or 0) for item in found}
    ordered = sorted(sizes.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST]
    return [{"pid": pid, "name": _name(pid), "bytes": size} for pid, size in ordered]


def _name(pid: int) -> str:
    """The name of a process; those of another container do not show."""
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
