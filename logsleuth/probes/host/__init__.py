"""Probes of the host: memory, disks, descriptors, limits of processes, the processor. In: a subject. Out: results."""

from __future__ import annotations

from typing import Final

from logsleuth.probes.host.cpu import CPU_FLAGS
from logsleuth.probes.host.descriptors import OPEN_FILES
from logsleuth.probes.host.disk import DISK_SPACE
from logsleuth.probes.host.kills import OOM_KILLS
from logsleuth.probes.host.locked import MEMLOCK
from logsleuth.probes.host.memory import HOST_MEMORY
from logsleuth.probes.host.segment import SHARED_MEMORY
from logsleuth.probes.host.threads import THREADS
from logsleuth.probes.probe import Probe

HOST: Final[tuple[Probe, ...]] = (
    CPU_FLAGS,
    HOST_MEMORY,
    OOM_KILLS,
    DISK_SPACE,
    SHARED_MEMORY,
    OPEN_FILES,
    THREADS,
    MEMLOCK,
)
