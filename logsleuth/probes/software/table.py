"""The probes of installed software, in the order in which they are asked."""

from __future__ import annotations

from typing import Final

from logsleuth.probes.probe import Probe
from logsleuth.probes.software.hub import HUB_ACCESS
from logsleuth.probes.software.imports import IMPORT_CHAIN
from logsleuth.probes.software.ucm import UCM_PATCHES
from logsleuth.probes.software.versions import VERSION_PAIR

SOFTWARE: Final[tuple[Probe, ...]] = (VERSION_PAIR, UCM_PATCHES, IMPORT_CHAIN, HUB_ACCESS)
