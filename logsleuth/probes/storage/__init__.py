"""Probes of storage: paths, mounts, speed, credentials, the round trip of a store. In: a subject. Out: results."""

from __future__ import annotations

from typing import Final

from logsleuth.probes.probe import Probe
from logsleuth.probes.storage.blocks import BLOCK_IO
from logsleuth.probes.storage.folder import PATH_WRITABLE
from logsleuth.probes.storage.mounts import NFS_STAT
from logsleuth.probes.storage.reading import READ_SPEED
from logsleuth.probes.storage.s3 import S3
from logsleuth.probes.storage.store import STORE_ROUND_TRIP

STORAGE: Final[tuple[Probe, ...]] = (NFS_STAT, PATH_WRITABLE, S3, STORE_ROUND_TRIP, READ_SPEED, BLOCK_IO)
