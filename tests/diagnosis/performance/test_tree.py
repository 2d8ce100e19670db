"""The decision tree is sound: every answer leads on or ends, in both languages."""

from __future__ import annotations

import math

import pytest

from logsleuth.catalog.load import load_catalog
from logsleuth.diagnosis.performance.steps import Step
from logsleuth.diagnosis.performance.tree import TREE
from logsleuth.diagnosis.performance.walk import STEPS
from logsleuth.wording import names


def ways_on(step: Step) -> list[str]:
    """The steps that may follow."""
    return [to for to in (*(branch.to for branch in step.branches), step.unknown_to) if to]


@pytest.mark.parametrize("step", TREE, ids=lambda step: step.id)
def test_a_step_leads_on_and_never_back(step: Step) -> None:
    """To a later row of the table, so that every walk ends."""
    order = [other.id for other in TREE]

    assert len(set(order)) == len(order)
    assert all(order.index(to) > order.index(step.id) for to in ways_on(step))
    assert step.branches or step.measure


def test_every_step_is_reached() -> None:
    """From the first one."""
    seen, queue = set(), [TREE[0].id]
    while queue:
        at = queue.pop()
        seen.add(at)
        queue += ways_on(STEPS[at])

    assert seen == set(STEPS)


@pytest.mark.parametrize("step", [step for step in TREE if step.branches], ids=lambda step: step.id)
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0, 49.9, 80.0, 95.0, 100.0, 1e9, math.nan])
def test_every_figure_has_a_branch(step: Step, value: float) -> None:
    """Whatever it is."""
    assert any(branch.when(value) for branch in step.branches)


def test_a_branch_that_ends_says_what_to_do() -> None:
    """And names a class that exists, if any; in both languages the same facts are told."""
    catalog = load_catalog()
    for branch in (branch for step in TREE for branch in step.branches):
        assert bool(branch.to) != bool(branch.remedies)
        assert not branch.names or branch.names in catalog.by_id
        assert names(branch.said.en) == names(branch.said.zh)
