"""The probes of collectives, in the order in which they are asked."""

from __future__ import annotations

from typing import Final

from logsleuth.probes.collectives.nodes import NODES_ALLREDUCE
from logsleuth.probes.collectives.peers import GPU_P2P
from logsleuth.probes.collectives.reduce import GLOO_ALLREDUCE, NCCL_ALLREDUCE
from logsleuth.probes.probe import Probe

COLLECTIVES: Final[tuple[Probe, ...]] = (GLOO_ALLREDUCE, GPU_P2P, NCCL_ALLREDUCE, NODES_ALLREDUCE)
