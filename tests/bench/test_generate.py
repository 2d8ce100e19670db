"""The generator of the logs that measurements are run on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"


def generated(kind: str, megabytes: float, path: Path, *options: str) -> bytes:
    """What one call of the generator writes."""
    subprocess.run([sys.executable, BENCH / "generate.py", kind, str(megabytes), path, *options], check=True)
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["serving", "diverse"])
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, kind: str) -> None:
    """And another seed gives others."""
    first, again = generated(kind, 0.2, tmp_path / "a"), generated(kind, 0.2, tmp_path / "b")
    other = generated(kind, 0.2, tmp_path / "c", "--seed", "2")

    assert first == again
    assert first != other


@pytest.mark.parametrize("kind", ["serving", "diverse"])
def test_a_log_has_the_size_asked_for(tmp_path: Path, kind: str) -> None:
    """Up to its last line."""
    data = generated(kind, 0.2, tmp_path / "log")

    assert 200_000 <= len(data) < 220_000
    assert data.endswith(b"\n")


def test_the_flood_has_one_cause_and_93_obituaries(tmp_path: Path) -> None:
    """Each obituary is longer than the one before."""
    data = generated("flood", 0, tmp_path / "log")
    told = [part.count(b"\n") for part in data.split(b"AsyncLLM output_handler failed.")[1:]]

    assert data.count(b"torch.OutOfMemoryError") == 1
    assert len(told) == 93
    assert told == sorted(told)
    assert len(set(told)) == 93
