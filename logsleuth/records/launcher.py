"""Launchers that print the task in front of each line: srun, torchrun, mpirun, and torch's own rank tag.

Samples (`srun --label`, `torchrun --tee 3`, torch's exception hook, `mpirun --tag-output`, Open MPI's own messages):
    0: INFO 06-10 21:32:17 [core.py:58] Initializing          (padded to the width of the largest number: ` 3: `)
    [default0]:[rank8]: Traceback (most recent call last):
    [rank1]:[E810 03:04:11.061727749 ProcessGroupNCCL.cpp:683] [Rank 1] Watchdog caught collective operation timeout
    [1,3]<stderr>:RuntimeError: CUDA error: out of memory
    [gpu-node-3:12345] *** Process received signal ***
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import Format, Prefix, level_of

# Rust numbers its frames four wide, so a padded label is at most three wide.
_SRUN: Final = lazy(r"(?: {1,2}(?=\d: )(\d)| (?=\d\d: )(\d\d)|(\d{1,6})):(?: |$)")
_TORCHRUN: Final = lazy(r"\[([A-Za-z_][\w-]{0,60}?)(\d{1,5})\]:(?: (?! ))?")
_NAMED: Final = lazy(r"\[(launcher|master|worker|server|client|head|node|agent)\]: ?")
_RANK: Final = lazy(r"\[rank ?(\d{1,6})\]:(?: |$)?")
_MPIRUN: Final = lazy(r"\[(?:[\w.@-]{1,200}@)?(\d{1,6}),(\d{1,6})\]<(?:stdout|stderr|stddiag)>:(?: (?! ))?")
_OPEN_MPI: Final = lazy(r"\[([A-Za-z][\w.-]{0,250}?):(\d{1,10})\] ")
_CODE: Final = lazy(r"\.(?:py|pyx|cc|cpp|cu|c|h|hpp|go|rs|java|scala)$")


def parse_srun(line: str) -> Prefix | None:
    """The task's number."""
    match = _SRUN.match(line)
    return Prefix(end=match.end(), rank=int(match[match.lastindex or 0])) if match else None


def parse_torchrun(line: str) -> Prefix | None:
    """The role and the local rank, unless it is torch's tag or a level."""
    match = _TORCHRUN.match(line)
    if match is None:
        match = _NAMED.match(line)
        return Prefix(end=match.end(), process=match[1]) if match else None
    if match[1] == "rank" or level_of(match[1]):
        return None
    return Prefix(end=match.end(), rank=int(match[2]))


def parse_rank(line: str) -> Prefix | None:
    """The global rank."""
    match = _RANK.match(line)
    return Prefix(end=match.end(), rank=int(match[1])) if match else None


def parse_mpirun(line: str) -> Prefix | None:
    """The rank within the job."""
    match = _MPIRUN.match(line)
    return Prefix(end=match.end(), rank=int(match[2])) if match else None


def parse_open_mpi(line: str) -> Prefix | None:
    """Host and process of Open MPI's own messages; `[core.py:58] ` is no host."""
    match = _OPEN_MPI.match(line)
    if match is None or _CODE.search(match[1]):
        return None
    return Prefix(end=match.end(), node=match[1], pid=int(match[2]))


SRUN: Final = Format(name="srun", starts=" 0123456789", parse=parse_srun, sign=r" {1,2}\d|\d{1,6}:")
TORCHRUN: Final = Format(name="torchrun", starts="[", parse=parse_torchrun)
RANK: Final = Format(name="rank", starts="[", parse=parse_rank)
MPIRUN: Final = Format(name="mpirun", starts="[", parse=parse_mpirun)
OPEN_MPI: Final = Format(name="mpirun", starts="[", parse=parse_open_mpi)
