"""Probes of the host: memory, disks, descriptors, limits of processes. In: a subject. Out: results."""

from __future__ import annotations

from typing import Final

from logsleuth.probes.probe import Probe

HOST: Final[tuple[Probe, ...]] = ()
