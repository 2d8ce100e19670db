"""Measurements as Markdown. In: costs and goals. Out: lines of tables."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from cost import Cost
from jobs import Absent, Job
from rounds import Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A bound that the median of some values keeps or not; no values: it could not be measured."""

    text: str
    bound: float
    values: Sequence[float]
    unit: str = ""
    is_least: bool = True

    @property
    def is_met(self) -> bool | None:
        """Whether the median is on the right side; None where nothing was measured."""
        if not self.values:
            return None
        median = statistics.median(self.values)
        return median >= self.bound if self.is_least else median <= self.bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a section has to say."""

    lines: Sequence[str]
    goals: Sequence[Goal] = ()


def number(value: float) -> str:
    """Two or three digits that count."""
    size = abs(value)
    if size >= 100:
        return f"{value:,.0f}"
    if size >= 0.1 or not value:
        return f"{value:.1f}" if size >= 10 else f"{value:.2f}"
    return f"{value:.2g}"


def spread(values: Sequence[float]) -> str:
    """Least, median and greatest; a single value as it is."""
    if len(values) < 2:
        return "".join(number(value) for value in values)
    return f"{number(min(values))} / {number(statistics.median(values))} / {number(max(values))}"


def costs_table(measured: Measured, *, subject: str = "logsleuth") -> list[str]:
    """What each job took, and set against `subject`: ratios are least, median and greatest of the rounds."""
    lines = [
        "| job | MB | CPU s | MB per CPU s | wall s | peak MB | CPU per MB, over logsleuth's | peak memory, over logsleuth's |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for job in measured.found:
        if isinstance(job, Absent):
            lines.append(f"| {job.name} | | not measured: {job.reason} | | | | | |")
        else:
            lines.append(_row(job, measured, subject))
    return lines


def _row(job: Job, measured: Measured, subject: str) -> str:
    costs = measured.costs[job.name]
    cpu_s = [cost.cpu_s for cost in costs]
    is_subject = job.name == subject
    cells = (
        job.about,
        number(job.megabytes),
        spread(cpu_s),
        number(job.megabytes / statistics.median(cpu_s)),
        number(statistics.median(cost.wall_s for cost in costs)),
        number(max(cost.peak_mb for cost in costs)),
        "1" if is_subject else spread(measured.cpu_ratios(job.name, subject)),
        "1" if is_subject else spread(measured.ratios(job.name, subject, _peak)),
    )
    return f"| {' | '.join(cells)} |"


def _peak(cost: Cost) -> float:
    return cost.peak_mb


def goals_table(goals: Sequence[Goal]) -> list[str]:
    """What was wanted, what was measured, and whether that is enough."""
    lines = ["| goal | at | measured | met |", "|---|--:|--:|---|"]
    for goal in goals:
        sign = ">=" if goal.is_least else "<="
        unit = f" {goal.unit}" if goal.unit else ""
        found = f"{spread(goal.values)}{unit}" if goal.values else "not measured"
        lines.append(f"| {goal.text} | {sign} {goal.bound:g}{unit} | {found} | {_word(goal)} |")
    return lines


def _word(goal: Goal) -> str:
    return {True: "yes", False: "no", None: ""}[goal.is_met]
