"""Walks the decision tree with what a log tells. In: series. Out: the steps, the bottleneck, what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from logsleuth.diagnosis.performance.figures import figures
from logsleuth.diagnosis.performance.measured import Measured, figure
from logsleuth.diagnosis.performance.steps import Branch, Step
from logsleuth.diagnosis.performance.tree import TREE
from logsleuth.model import Facts, Remedy, Words
from logsleuth.wording import fill

STEPS: Final = {step.id: step for step in TREE}
BEGIN: Final = TREE[0].id
ASKED: Final = 2  # measurements advised at once
NOT_TOLD: Final = Words(en="The log does not tell", zh="日志未提供")


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """The way through the tree: a line for each step, the class that names the bottleneck, what to do or measure."""

    said: tuple[Words, ...]
    names: str
    remedies: tuple[Remedy, ...]
    measures: tuple[Remedy, ...]
    figures: Facts


def walk(measured: Measured) -> Walk:
    """From the first question as far as the figures of `measured` lead; past what they do not tell."""
    told = figures(measured)
    shown = {name: figure(value) for name, value in told.items()}
    path = _path(told)
    last = path[-1][1]
    return Walk(
        said=tuple(said for step, branch in path for said in _said(step, branch, shown)),
        names=last.names if last else "",
        remedies=last.remedies if last else (),
        measures=_measures(path),
        figures=tuple(sorted(shown.items())),
    )


def _path(told: Mapping[str, float]) -> Sequence[tuple[Step, Branch | None]]:
    """The steps with the branches taken; None where the figure is not told."""
    path: list[tuple[Step, Branch | None]] = []
    at = BEGIN
    while at:
        step = STEPS[at]
        value = told.get(step.asks)
        branch = None if value is None else next(one for one in step.branches if one.when(value))
        path.append((step, branch))
        at = step.unknown_to if branch is None else branch.to
    return path


def _said(step: Step, branch: Branch | None, shown: Mapping[str, str]) -> Iterator[Words]:
    """The question with its answer, or with how to find it; nothing where the question may not even arise."""
    if branch is not None:
        en, zh = fill(branch.said.en, shown), fill(branch.said.zh, shown)
        yield Words(en=f"{step.question.en} {en or NOT_TOLD.en}", zh=f"{step.question.zh}{zh or NOT_TOLD.zh}")
    elif step.measure is not None:
        command = f" {step.measure.command}" if fill(step.measure.command, {}) else ""
        yield Words(
            en=f"{step.question.en} {NOT_TOLD.en}. {step.measure.text.en}{command}",
            zh=f"{step.question.zh}{NOT_TOLD.zh}。{step.measure.text.zh}{command}",
        )


def _measures(path: Sequence[tuple[Step, Branch | None]]) -> tuple[Remedy, ...]:
    """What to measure where the log is silent, in the order of the questions."""
    missing = [step.measure for step, branch in path if branch is None and step.measure]
    return tuple(missing[:ASKED])
