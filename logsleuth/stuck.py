"""What stands still, ranks and start-ups: gathers what shows it and asks the diagnosis."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from logsleuth.diagnosis.silence import stalled_startup
from logsleuth.diagnosis.timeline import seconds
from logsleuth.events.communicators import Communicators
from logsleuth.events.gauge import Point
from logsleuth.events.sample import Metric
from logsleuth.limits import Limits
from logsleuth.model import (
    Diagnosis,
    Event,
    Finding,
    Member,
    Notice,
    NoticeKind,
    RankReport,
    Record,
    Role,
    Shift,
    Text,
    Where,
)

if TYPE_CHECKING:
    from logsleuth.diagnosis.collectives.hangs import Standstill

# findings which say that requests or processes wait without end
WAITS: Final = ("hang.engine", "hang.startup", "vllm.engine-timeout.shm-broadcast")

Peel = Callable[[str, int], Record]


def stalled(
    steps: Mapping[int, Event], tails: Mapping[int, bytes], points: Iterable[Point], *, peel: Peel
) -> Iterator[Finding]:
    """Start-ups that stopped at the last of `steps`, by the ends of their sources; loading weights is no stop."""
    loading = {point.source_index: point.line for point in points if point.metric is Metric.LOAD_SHARDS}
    for index, step in steps.items():
        tail = tails.get(index, b"")
        found = stalled_startup(step, _last_time(tail, peel), failed_probes=tail.count(b"Startup probe failed"))
        if found is not None and loading.get(index, 0) <= step.lines[0].number:
            yield found


def _last_time(tail: bytes, peel: Peel) -> str | None:
    """The last time that was printed in the end of a source."""
    times = (peel(line.decode("utf-8", "replace"), 0).ts for line in reversed(tail.split(b"\n")))
    return next((time for time in times if time), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MembersRead:
    """The members of communicators in one piece of a source, and how many lines of others were not followed."""

    members: tuple[Member, ...] = ()
    dropped: int = 0


class Stuck:
    """The members of all communicators, and whether they stopped."""

    def __init__(self, *, limits: Limits, peel: Peel) -> None:
        self._communicators = Communicators(limits=limits)
        self._peel = peel

    def take(self, text: Text, source_index: int, words: Collection[bytes] | None = None) -> None:
        """Read the next text of a source; `words` are the anchors in it (None: not known)."""
        self._communicators.take(text, source_index, words)

    def export(self) -> MembersRead:
        """The members, for another one to absorb."""
        return MembersRead(members=self._communicators.export(), dropped=self._communicators.dropped)

    def absorb(self, read: MembersRead, end: str, shift: Shift) -> None:
        """Take the members seen in the next piece of a source that ends with the line `end`."""
        self._communicators.absorb(read.members, read.dropped, end, shift)

    def find(
        self, diagnoses: Sequence[Diagnosis], reports: Sequence[RankReport], *, is_serving: bool
    ) -> Standstill | None:
        """The standstill beside `diagnoses`, or None; any cause that is known is the better answer."""
        if any(diagnosis.role is Role.ROOT for diagnosis in diagnoses):
            return None
        members = self._communicators.members()
        if not members and not reports:
            return None
        from logsleuth.diagnosis.collectives.hangs import Quiet, of_recorders, standstill  # noqa: PLC0415  for ranks

        waits = any(diagnosis.id in WAITS and diagnosis.role is Role.PERF for diagnosis in diagnoses)
        quiet = Quiet(is_stuck=waits, silence_s=dict(self._silences()))
        found = standstill(members, is_serving=is_serving, quiet=quiet)
        return found or of_recorders(reports)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What did not fit into the limits."""
        if not self._communicators.dropped:
            return ()
        detail = f"{self._communicators.dropped} lines of further NCCL communicators were not followed"
        return (Notice(kind=NoticeKind.LIMIT, where=Where(source="all inputs"), detail=detail),)

    def _silences(self) -> Iterator[tuple[int, float]]:
        """How long each source went on after the last line of a member in it, where times are printed."""
        last: dict[int, tuple[int, str]] = {}
        for member in self._communicators.members():
            last[member.source_index] = max(last.get(member.source_index, (0, "")), (member.line, member.text))
        for index, (line, text) in sorted(last.items()):
            began = seconds(self._peel(text, line).ts)
            ended = seconds(self._peel(self._communicators.end(index), line).ts)
            if began is not None and ended is not None:
                yield index, ended - began
