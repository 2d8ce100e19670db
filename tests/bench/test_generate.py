"""The generator of the logs that measurements are run on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from logsleuth.api import prepare
from logsleuth.masking import mask_text

BENCH = Path(__file__).parents[2] / "bench"
KINDS = ("serving", "diverse", "tracebacks", "startup", "nccl", "templates-40")


def generated(kind: str, megabytes: float, path: Path, *options: str) -> bytes:
    """What one call of the generator writes."""
    subprocess.run([sys.executable, BENCH / "generate.py", kind, str(megabytes), path, *options], check=True)
    return path.read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, kind: str) -> None:
    """And another seed gives others."""
    first, again = generated(kind, 0.2, tmp_path / "a"), generated(kind, 0.2, tmp_path / "b")
    other = generated(kind, 0.2, tmp_path / "c", "--seed", "2")

    assert first == again
    assert first != other


@pytest.mark.parametrize("kind", KINDS)
def test_a_log_has_the_size_asked_for(tmp_path: Path, kind: str) -> None:
    """Up to its last line."""
    data = generated(kind, 0.2, tmp_path / "log")

    assert 200_000 <= len(data) < 220_000
    assert data.endswith(b"\n")


@pytest.mark.slow
def test_every_line_of_a_storm_is_a_hit(tmp_path: Path) -> None:
    """Of more than 300 signatures, as far as the scan can tell."""
    lines = generated("storm", 1, tmp_path / "log").splitlines()
    plan = prepare()

    meanings = [[one for mark in plan.scanner.marks(line) for one in plan.meanings[mark.expression]] for line in lines]
    assert all(meanings)
    assert len({signature.id for found in meanings for signature, _ in found}) > 300


def test_all_lines_of_tracebacks_have_the_prefix_of_the_server(tmp_path: Path) -> None:
    """So that none of them stands alone."""
    lines = generated("tracebacks", 0.1, tmp_path / "log").splitlines()

    assert all(line.startswith(b"(EngineCore_DP0 pid=") for line in lines)
    assert sum(line.endswith(b"Traceback (most recent call last):") for line in lines) > 10


@pytest.mark.parametrize("count", [10, 300])
def test_a_log_has_as_many_templates_as_were_asked_for(tmp_path: Path, count: int) -> None:
    """What differs between lines of one template is masked."""
    text = generated(f"templates-{count}", 0.5, tmp_path / "log").decode()

    assert len({mask_text(line) for line in text.splitlines()}) == count


def test_a_diverse_log_holds_what_cannot_be_clustered(tmp_path: Path) -> None:
    """Hardly two lines are alike even when masked."""
    lines = generated("diverse", 0.2, tmp_path / "log").decode().splitlines()

    assert len({mask_text(line) for line in lines}) > 0.9 * len(lines)
    assert all(any(part in line for line in lines) for part in ('{"ts":', "prompt: '", "token=", "/mnt/"))


def test_a_short_log_ends_with_a_failure(tmp_path: Path) -> None:
    """In its thirtieth line."""
    lines = generated("short", 0, tmp_path / "log").splitlines()

    assert len(lines) == 30
    assert b"torch.OutOfMemoryError" in lines[-1]


def test_one_of_64_ranks_fails_otherwise(tmp_path: Path) -> None:
    """The others wait for it in vain."""
    folder = tmp_path / "ranks"
    subprocess.run([sys.executable, BENCH / "generate.py", "ranks", "0.5", folder], check=True)
    texts = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}

    assert len(texts) == 64
    assert [name for name, text in texts.items() if "OutOfMemoryError" in text] == ["node2-rank37.log"]
    assert sum("Watchdog caught collective operation timeout" in text for text in texts.values()) == 63


def test_a_kind_nobody_knows_is_refused(tmp_path: Path) -> None:
    """And what there is, is told."""
    command: list[str | Path] = [sys.executable, BENCH / "generate.py", "poems", "1", tmp_path / "log"]

    run = subprocess.run(command, check=False, capture_output=True, text=True)

    assert run.returncode == 2
    assert "no such kind: poems" in run.stderr


def test_the_flood_has_one_cause_and_93_obituaries(tmp_path: Path) -> None:
    """Each obituary is longer than the one before."""
    data = generated("flood", 0, tmp_path / "log")
    told = [part.count(b"\n") for part in data.split(b"AsyncLLM output_handler failed.")[1:]]

    assert data.count(b"torch.OutOfMemoryError") == 1
    assert len(told) == 93
    assert told == sorted(told)
    assert len(set(told)) == 93
