"""What one rank is known to say about a collective: from a watchdog's line, a dump signal or a flight recorder."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from logsleuth.model.terms import Where


class ReportKind(StrEnum):
    """Where a report comes from, and so what it proves."""

    TIMEOUT = "timeout"  # the rank waited in a collective and gave up
    STATUS = "status"  # the progress of the same process group, printed beside it
    SIGNAL = "signal"  # the rank heard of the timeout, from itself or from another one
    HEARTBEAT = "heartbeat"  # the rank's own watchdog is stuck
    DESYNC = "desync"  # PyTorch compared the ranks and names some
    DUMP = "dump"  # a flight recorder


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One rank of one NCCL communicator, as a debug line last showed it.

    `comm` is the communicator's address, which tells it apart within `process` only; `id` is the same on all ranks.
    """

    process: str
    comm: str
    size: int
    source: str = ""
    source_index: int = 0
    line: int = 0
    text: str = ""  # the line
    rank: int | None = None
    id: str | None = None
    is_complete: bool = False  # whether the communicator was set up
    op: str | None = None
    op_count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RankReport:
    """One statement of one rank; `rank` counts over the whole job, `group_rank` within the process group.

    `seq` is the collective that the rank waits in. Sequence numbers count within `group`, and a group that is not
    `is_group_unique` has a name that other ranks may use for another group. `members` are the ranks of the group.
    """

    kind: ReportKind
    source: str
    line: int = 0
    node: str | None = None
    pid: int | None = None
    rank: int | None = None
    group: str | None = None
    group_rank: int | None = None
    is_group_unique: bool = False
    members: tuple[int, ...] = ()
    seq: int | None = None
    op: str | None = None
    numel_in: int | None = None
    numel_out: int | None = None
    timeout_ms: int | None = None
    ran_ms: int | None = None
    last_enqueued: int | None = None
    last_completed: int | None = None
    signal_from: int | None = None
    named: tuple[int, ...] = ()

    @property
    def where(self) -> Where:
        """The line that says so."""
        return Where(source=self.source, line=self.line)
