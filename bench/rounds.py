"""Interleaved rounds. In: jobs. Out: what each cost in each round, and ratios of costs of the same round.

Absolute times move with a machine's other work; two costs of one round hardly do. In each round every job runs once, in an
order drawn anew, so that no job always follows the same one.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cost import Cost, run
from jobs import Absent, Job, Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Jobs, those that are absent among them, and what they cost by name, round by round."""

    found: tuple[Job | Absent, ...]
    costs: dict[str, list[Cost]]

    @property
    def ready(self) -> dict[str, Job]:
        """The jobs that ran, by name."""
        return {job.name: job for job in self.found if isinstance(job, Job)}

    def per_mb(self, name: str, of: Callable[[Cost], float]) -> list[float]:
        """What a job took for each MB, in each round."""
        return [of(cost) / self.ready[name].megabytes for cost in self.costs[name]]

    def cpu_ratios(self, name: str, to: str) -> list[float]:
        """CPU time per MB of one job over that of another of the same round; empty where one did not run."""
        if not {name, to} <= self.costs.keys():
            return []
        pairs = zip(self.per_mb(name, _cpu), self.per_mb(to, _cpu), strict=True)
        return [one / other for one, other in pairs]

    def ratios(self, name: str, to: str, of: Callable[[Cost], float]) -> list[float]:
        """What one job took over what another took, whatever they read."""
        if not {name, to} <= self.costs.keys():
            return []
        return [of(one) / of(other) for one, other in zip(self.costs[name], self.costs[to], strict=True)]

    def peak_mb(self, *names: str) -> list[float]:
        """The greatest peak of memory of these jobs; empty where none ran."""
        peaks = [cost.peak_mb for name in names for cost in self.costs.get(name, ())]
        return [max(peaks)] if peaks else []


def _cpu(cost: Cost) -> float:
    return cost.cpu_s


def measured(found: Sequence[Job | Absent], setting: Setting, *, rounds: int = 0) -> Measured:
    """The costs of all jobs that can run here."""
    ready = [job for job in found if isinstance(job, Job)]
    costs: dict[str, list[Cost]] = {job.name: [] for job in ready}
    for number in range(rounds or setting.rounds):
        order = list(ready)
        random.Random(f"{setting.seed} {number}").shuffle(order)
        for job in order:
            # never the null device: grep stops at its first match when nobody can read more
            output = job.output or setting.folder / "output.txt"
            cost = run(job.command, folder=setting.folder, statuses=job.statuses, output=output)
            costs[job.name].append(cost)
            print(f"round {number + 1}: {job.name:22} {cost.cpu_s:7.2f} s of CPU", file=sys.stderr, flush=True)
    return Measured(found=tuple(found), costs=costs)
