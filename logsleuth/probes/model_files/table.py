"""The probes of model files, in the order in which they are asked."""

from __future__ import annotations

from typing import Final

from logsleuth.probes.model_files.checkpoint import HUB_CACHE, MODEL_FILES_PROBE
from logsleuth.probes.probe import Probe

MODEL_FILES: Final[tuple[Probe, ...]] = (MODEL_FILES_PROBE, HUB_CACHE)
