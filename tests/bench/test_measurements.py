"""The measurements themselves, on logs so small that only their working is tested, not the figures."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"
MARKERS = "<!-- measured: bench/compare.py writes what follows -->", "<!-- end of what was measured -->"


def bench(name: str, *options: str | Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    """One run of a command of bench/."""
    environment = None if path is None else {"PATH": path}
    command = [sys.executable, BENCH / name, *options]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environment)


@pytest.mark.slow
def test_the_fast_path_is_right_on_a_serving_log(tmp_path: Path) -> None:
    """Every check of verify.py passes on 1 MB."""
    log = tmp_path / "serving.log"
    bench("generate.py", "serving", "1", log)

    run = bench("verify.py", log, "--folder", tmp_path / "work")

    assert run.returncode == 0, run.stdout + run.stderr
    names = re.findall(r"^ok   (\w+)", run.stdout, re.MULTILINE)
    assert names == ["memory", "same", "hits", "masks", "counts", "templates"]


@pytest.mark.slow
def test_the_flood_is_answered_with_its_root(tmp_path: Path) -> None:
    """The limit is generous: how fast it is, the benchmark says."""
    run = bench("flood.py", "--rounds", "1", "--seconds", "60", "--folder", tmp_path)

    assert run.returncode == 0, run.stdout + run.stderr
    assert "cuda.oom.device" in run.stdout


@pytest.mark.slow
def test_a_comparison_fills_the_table_of_a_document(tmp_path: Path) -> None:
    """Between the markers, and leaves the rest alone."""
    document = tmp_path / "performance.md"
    document.write_text("\n".join(["before", *MARKERS, "after"]), encoding="utf-8")
    options = ("--megabytes", "0.2", "--rounds", "2", "--jobs", "logsleuth,wc", "--folder", tmp_path / "work")

    run = bench("compare.py", *options, "--markdown", document)

    assert run.returncode == 0, run.stderr
    text = document.read_text(encoding="utf-8")
    assert re.findall(r"^\| (logsleuth|wc)\b", text, re.MULTILINE) == ["logsleuth", "wc"]
    assert text.startswith(f"before\n{MARKERS[0]}\n")
    assert text.endswith(f"\n{MARKERS[1]}\nafter")


@pytest.mark.slow
def test_a_peer_that_is_absent_is_skipped_with_a_reason(tmp_path: Path) -> None:
    """With no rg in reach the rest is measured all the same."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "env").symlink_to("/usr/bin/env")
    options = ("--megabytes", "0.2", "--rounds", "1", "--jobs", "logsleuth,rg", "--folder", tmp_path / "work")

    run = bench("compare.py", *options, path=str(programs))

    assert run.returncode == 0, run.stderr
    assert "| rg | | not measured: ripgrep is not installed |" in run.stdout


def test_a_job_nobody_knows_is_refused() -> None:
    """With the name of it."""
    run = bench("compare.py", "--jobs", "logsleuth,awk")

    assert run.returncode == 2
    assert "no such job: awk" in run.stderr


def test_a_document_without_markers_is_refused_before_the_measurement(tmp_path: Path) -> None:
    """Minutes of measuring are not thrown away."""
    document = tmp_path / "other.md"
    document.write_text("no markers\n", encoding="utf-8")

    run = bench("compare.py", "--markdown", document, "--folder", tmp_path)

    assert run.returncode == 1
    assert "lacks the lines" in run.stderr
    assert list(tmp_path.iterdir()) == [document]
