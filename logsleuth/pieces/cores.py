"""How many processes are worth their start: what this process may use, and what there is to read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from logsleuth.pieces.listing import Unit

WORTH_BYTES: Final = 24 * 1024 * 1024  # of reading for each process: starting one costs as much as some of it
CGROUP: Final = Path("/sys/fs/cgroup")
MOST: Final = 64  # the process that adds up has to keep pace


def jobs_for(units: Sequence[Unit], *, asked: int, cores: int) -> int:
    """How many processes to read with: as many as were asked for, or, with 0, as are of use."""
    if asked > 0:
        return asked
    return max(min(cores, sum(unit.size for unit in units) // WORTH_BYTES, MOST), 1)


def usable_cores(cgroup: Path = CGROUP) -> int:
    """The cores that this process may use: those it may run on, and of a container no more than its share."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(min(affinity, *(-(-quota // period) for quota, period in _quotas(cgroup))), 1)


def _quotas(cgroup: Path) -> list[tuple[int, int]]:
    """The microseconds of cores in each period that a container has, by the second and the first version of cgroups."""
    found = [(1 << 30, 1), _read(cgroup / "cpu.max")]
    first = cgroup / "cpu"
    found.append(_read(first / "cpu.cfs_quota_us", first / "cpu.cfs_period_us"))
    return [pair for pair in found if pair is not None]


def _read(*paths: Path) -> tuple[int, int] | None:
    """Quota and period; None where there is no bound."""
    try:
        quota, period = (int(word) for path in paths for word in path.read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return None
    return (quota, period) if quota > 0 < period else None
