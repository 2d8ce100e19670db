"""The arithmetic of the comparison: ratios of the same round, goals, sizes of catalogs, tables."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from logsleuth.catalog.match import expressions

BENCH = Path(__file__).parents[2] / "bench"


class Bench:
    """The modules of bench/, which is no package."""

    def __getattr__(self, name: str) -> ModuleType:
        return importlib.import_module(name)


@pytest.fixture
def modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Importable for one test."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(BENCH))
    yield Bench()
    for name in set(sys.modules) - before:
        if not name.startswith("logsleuth"):
            del sys.modules[name]


@pytest.mark.parametrize(
    ("values", "is_least", "is_met"),
    [
        ([1.9, 2.0, 9.0], True, True),
        ([1.9, 1.9, 9.0], True, False),
        ([0.1, 2.0, 9.0], False, True),
        ([0.1, 2.1, 9.0], False, False),
        ([], True, None),
    ],
)
def test_the_median_decides_whether_a_goal_is_met(
    modules: Bench, *, values: list[float], is_least: bool, is_met: bool | None
) -> None:
    """A single good or bad round does not; what was not measured is neither."""
    goal = modules.tables.Goal(text="goal", bound=2.0, values=values, is_least=is_least)

    assert goal.is_met is is_met


@pytest.mark.parametrize(
    ("value", "text"),
    [(12345, "12,345"), (99.94, "99.9"), (1.234, "1.23"), (0.00123, "0.0012"), (-25.2, "-25.2"), (0, "0.00")],
)
def test_numbers_show_the_digits_that_count(modules: Bench, value: float, text: str) -> None:
    """And no more."""
    assert modules.tables.number(value) == text


def test_ratios_are_of_the_same_round_and_per_megabyte(modules: Bench) -> None:
    """A peer that read a tenth in the same time took ten times as long."""
    jobs, cost = modules.jobs, modules.cost
    costs = {
        name: [cost.Cost(cpu_s=cpu_s, wall_s=cpu_s, peak_mb=10, status=0) for cpu_s in seconds]
        for name, seconds in {"logsleuth": (1.0, 2.0), "peer": (1.0, 4.0)}.items()
    }
    found = modules.rounds.Measured(
        found=(
            jobs.Job(name="logsleuth", about="", command=(), megabytes=100),
            jobs.Job(name="peer", about="", command=(), megabytes=10),
            jobs.Absent(name="other", reason="none"),
        ),
        costs=costs,
    )

    assert found.cpu_ratios("peer", "logsleuth") == pytest.approx([10.0, 20.0])
    assert found.cpu_ratios("other", "logsleuth") == []
    assert found.peak_mb("logsleuth", "peer", "other") == [10]
    assert "| other | | not measured: none | | | | | |" in modules.tables.costs_table(found)


def test_every_round_runs_every_job_in_an_order_of_its_own(modules: Bench, tmp_path: Path) -> None:
    """And the same seed draws the same orders."""
    log = tmp_path / "order.txt"
    jobs = [
        modules.jobs.Job(name=name, about="", command=("sh", "-c", f'echo {name} >> "$0"', str(log)), megabytes=1)
        for name in "abcde"
    ]
    setting = modules.jobs.Setting(folder=tmp_path, megabytes=1, large=1, rounds=4)

    for _ in range(2):
        modules.rounds.measured(jobs, setting)

    names = log.read_text(encoding="ascii").split()
    orders = [tuple(names[at : at + 5]) for at in range(0, 40, 5)]
    assert {"".join(sorted(order)) for order in orders} == {"abcde"}
    assert len(set(orders[:4])) > 1
    assert orders[:4] == orders[4:]


@pytest.mark.parametrize("count", [300, 1000])
def test_a_catalog_has_the_size_asked_for_and_the_kinds_of_the_real_one(modules: Bench, count: int) -> None:
    """Literals and expressions in about its proportions, copies looking for other texts."""
    real, made = (expressions(modules.catalogs.sized(size)) for size in (0, count))
    share = [sum(item.is_literal for item in found) / len(found) for found in (real, made)]

    assert len({item.signature for item in made}) == count
    assert share[1] == pytest.approx(share[0], abs=0.05)
    assert len({item.expression for item in made}) > 0.9 * len(made)
