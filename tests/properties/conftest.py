"""Heavy variants run on request: `pytest -m slow tests/properties`."""

from __future__ import annotations

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what takes more than a few seconds, unless the markers asked for name it."""
    if "slow" in config.getoption("-m"):
        return
    skipped = pytest.mark.skip(reason="takes more than a few seconds: run with -m slow")
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(skipped)
