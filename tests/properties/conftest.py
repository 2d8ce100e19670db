"""Heavy variants run on request: `pytest -m slow tests/properties`."""

from __future__ import annotations

from pathlib import Path

import pytest

from logsleuth import Report
from logsleuth.api import prepare
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.pipeline import Analysis
from logsleuth.plan import Plan
from logsleuth.sources import from_bytes
from tests.properties.cases import Analyse, Logs


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what takes more than a few seconds, unless the markers asked for name it."""
    if "slow" in config.getoption("-m"):
        return
    skipped = pytest.mark.skip(reason="takes more than a few seconds: run with -m slow")
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(skipped)


@pytest.fixture(scope="module")
def plan(cache: str) -> Plan:
    """The built-in catalog, compiled once."""
    return prepare(cache=Path(cache))


@pytest.fixture(scope="module")
def analyse(plan: Plan) -> Analyse:
    """What `analyze` does with files of this content, without loading the catalog each time."""

    def run(logs: Logs) -> Report:
        analysis = Analysis(plan)
        for name, data in logs.items():
            analysis.add(from_bytes(name, data, limits=DEFAULT_LIMITS))
        return analysis.report()

    return run
