"""Acknowledged lines survive any kill; and the count that says so would notice if they did not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

KILL = Path(__file__).parents[2] / "bench" / "kill.py"


def figures(*options: str) -> dict[str, int]:
    """One run."""
    command = [sys.executable, str(KILL), *options]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    found: dict[str, int] = json.loads(done.stdout)
    assert done.returncode == (1 if found["lost"] or found["duplicated"] or found["unknown"] else 0)
    return found


@pytest.mark.slow
def test_twenty_kills_lose_and_repeat_nothing() -> None:
    """Sixteen clients send again until everything is acknowledged."""
    found = figures("--rounds", "20")

    assert found["acknowledged"] > 1000
    assert found["resends"] > 0
    assert (found["lost"], found["duplicated"], found["unknown"], found["failed_ends"]) == (0, 0, 0, 0)


@pytest.mark.slow
@pytest.mark.parametrize(("broken", "noticed"), [("lose", "lost"), ("repeat", "duplicated")])
def test_a_broken_service_is_noticed(broken: str, noticed: str) -> None:
    """One that drops what it acknowledges, and one that does not know what it has."""
    assert figures("--rounds", "4", "--broken", broken)[noticed] > 0
