"""Probes of speed: what a card reaches against its data sheet, and how fast a model can be on it at most."""

from __future__ import annotations

from typing import Final

from logsleuth.probes.probe import Probe
from logsleuth.probes.speed.computing import LAUNCH_PROBE, MATMUL_PROBE
from logsleuth.probes.speed.copies import BANDWIDTH_PROBE, TRANSFER_PROBE
from logsleuth.probes.speed.decoding import DECODE

SPEED: Final[tuple[Probe, ...]] = (BANDWIDTH_PROBE, TRANSFER_PROBE, LAUNCH_PROBE, MATMUL_PROBE, DECODE)
