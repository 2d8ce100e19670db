"""Probes of collectives: gloo, NCCL, peer access, several nodes. In: a subject. Out: results."""

from __future__ import annotations

from typing import Final

from logsleuth.probes.collectives.nodes import NODES_ALLREDUCE
from logsleuth.probes.collectives.peers import GPU_P2P
from logsleuth.probes.collectives.reduce import GLOO_ALLREDUCE, NCCL_ALLREDUCE
from logsleuth.probes.probe import Probe

COLLECTIVES: Final[tuple[Probe, ...]] = (GLOO_ALLREDUCE, GPU_P2P, NCCL_ALLREDUCE, NODES_ALLREDUCE)
