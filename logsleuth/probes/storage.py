"""Probes of storage: paths, mounts, speed, credentials, the round trip of a store. In: a subject. Out: results."""

from __future__ import annotations

from typing import Final

from logsleuth.probes.probe import Probe

STORAGE: Final[tuple[Probe, ...]] = ()
