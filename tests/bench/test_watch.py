"""The measurements of a watch, in their small versions: what must hold holds, the figures are not tested."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench" / "watch.py"
pytestmark = pytest.mark.slow


def measured(part: str) -> str:
    """What a part of the measurements says."""
    run = subprocess.run([sys.executable, BENCH, part, "--small"], check=True, capture_output=True, text=True)
    return run.stdout


def test_every_line_comes_once_through_rotations_under_load() -> None:
    """Of every kind; what copytruncate loses stands in no copy either."""
    said = measured("rotations")

    losses = re.findall(r"^rotations (.*?)\s+30 times, 1,799 lines: (\d+) lost, (\d+) twice", said, re.MULTILINE)
    assert [name for name, _, _ in losses] == ["rename", "rename, create", "delete", "symlink", "gzip", "copytruncate"]
    assert {twice for _, _, twice in losses} == {"0"}
    assert {lost for name, lost, _ in losses if name != "copytruncate"} == {"0"}
    assert "of these 0 are in a copy" in said


def test_every_failure_is_told_once_by_a_watch_that_is_killed_again_and_again() -> None:
    """With a state and a file of events."""
    said = measured("kills")

    found = re.search(r"kills 5: (\d+) failures written, (\d+) opened, 0 opened twice, 0 events twice", said)
    assert found
    assert found[1] == found[2]


@pytest.mark.parametrize(("part", "count"), [("latency", 6), ("cpu", 3), ("memory", 4)])
def test_the_others_run(part: str, count: int) -> None:
    """And say what they found."""
    assert len(re.findall(rf"^{part} .*\d", measured(part), re.MULTILINE)) == count
