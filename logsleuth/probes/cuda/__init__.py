"""Probes of GPUs, the driver and torch on them. In: a subject. Out: results."""

from __future__ import annotations

from typing import Final

from logsleuth.probes.cuda.alloc import ALLOC
from logsleuth.probes.cuda.architecture import KERNEL
from logsleuth.probes.cuda.compiling import TORCH_COMPILE, TRITON_COMPILE
from logsleuth.probes.cuda.devices import CONTEXT, DEVICES
from logsleuth.probes.cuda.faults import ACCESS, ASSERT, LAUNCH
from logsleuth.probes.cuda.forking import FORK
from logsleuth.probes.cuda.fragmentation import FRAGMENTATION
from logsleuth.probes.cuda.graphs import GRAPH
from logsleuth.probes.cuda.health import HEALTH
from logsleuth.probes.cuda.libraries import LIBRARIES
from logsleuth.probes.cuda.pinned import PINNED_MEMORY
from logsleuth.probes.cuda.versions import TOOLKIT_PROBE, VERSIONS
from logsleuth.probes.probe import Probe

# what only reads stands first; what takes much of the card, or provokes a fault on it, last
CUDA: Final[tuple[Probe, ...]] = (
    VERSIONS,
    TOOLKIT_PROBE,
    DEVICES,
    HEALTH,
    CONTEXT,
    KERNEL,
    ALLOC,
    PINNED_MEMORY,
    FRAGMENTATION,
    LIBRARIES,
    GRAPH,
    FORK,
    TRITON_COMPILE,
    TORCH_COMPILE,
    LAUNCH,
    ASSERT,
    ACCESS,
)
