"""The measurements themselves, on logs so small that only their working is tested, not the figures."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"
TINY = ("--quick", "--megabytes", "0.2", "--large", "0.2", "--rounds", "1")


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


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the corpora and the cache, which the runs share."""
    return tmp_path_factory.mktemp("work")


def document(*names: str) -> str:
    """A document with room for these sections."""
    places = (f"<!-- measured: {name} -->\nold\n<!-- end: {name} -->" for name in names)
    return "\n".join(["before", *places, "after"])


@pytest.mark.slow
def test_a_comparison_fills_the_sections_of_a_document(tmp_path: Path, work: Path) -> None:
    """Between their markers, and leaves the rest alone."""
    path = tmp_path / "performance.md"
    path.write_text(document("serving", "diverse", "start", "latency"), encoding="utf-8")
    options = (*TINY, "--only", "serving,diverse,start", "--peers", "wc", "--folder", work)

    run = bench("run.py", *options, "--markdown", path)

    assert run.returncode == 0, run.stderr
    text = path.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- measured: serving -->\n")
    assert text.endswith("<!-- measured: latency -->\nold\n<!-- end: latency -->\nafter")
    assert text.count("old") == 1
    assert re.search(r"^\| peak memory \| <= 150 MB \| \d+(\.\d+)? MB \| (yes|no) \|$", text, re.MULTILINE)
    assert re.search(r"^\| lines that are not counted \| <= 0 \| 0.00 \| yes \|$", text, re.MULTILINE)
    assert re.search(r"^\d+ of \d+ goals met", run.stdout, re.MULTILINE)


@pytest.mark.slow
def test_the_sections_that_need_an_option_or_other_catalogs_run(work: Path) -> None:
    """In the smallest size."""
    run = bench("run.py", "--only", "signatures,templates,processes", *TINY, "--peers", "wc", "--folder", work)

    assert run.returncode == 0, run.stderr
    assert "| logsleuth, 1000 signatures | 0.20 |" in run.stdout
    assert "| logsleuth, 10,000 templates | 0.20 |" in run.stdout
    assert "## processes" in run.stdout


@pytest.mark.slow
def test_a_peer_that_is_absent_is_skipped_with_a_reason(tmp_path: Path, work: Path) -> None:
    """With no rg in reach the rest is measured all the same."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("env", "wc"):
        (programs / name).symlink_to(f"/usr/bin/{name}")
    options = (*TINY, "--only", "serving", "--peers", "rg,lnav,wc", "--folder", work)

    run = bench("run.py", *options, path=str(programs))

    assert run.returncode == 0, run.stderr
    assert "| rg | | not measured: ripgrep is not installed |" in run.stdout
    assert "| lnav | | not measured: lnav is not installed |" in run.stdout
    assert "| ripgrep with the same patterns, goal | >= 1 | not measured |  |" in run.stdout


@pytest.mark.parametrize("option", [("--only", "serving,awk"), ("--peers", "awk")])
def test_a_section_or_peer_nobody_knows_is_refused(option: tuple[str, str]) -> None:
    """With the name of it."""
    run = bench("run.py", *option)

    assert run.returncode == 2
    assert "no such section or peer: awk" in run.stderr


def test_a_document_without_markers_is_refused_before_the_measurement(tmp_path: Path) -> None:
    """Minutes of measuring are not thrown away."""
    path = tmp_path / "other.md"
    path.write_text(document("serving"), encoding="utf-8")

    run = bench("run.py", "--only", "serving,start", "--markdown", path, "--folder", tmp_path)

    assert run.returncode == 1
    assert "lacks the lines <!-- measured: start -->" in run.stderr
    assert list(tmp_path.iterdir()) == [path]


def test_every_section_has_its_place_in_the_documentation() -> None:
    """What is measured can be written there."""
    text = (BENCH.parent / "docs" / "performance.md").read_text(encoding="utf-8")

    names = re.findall(r'Section\(name="([a-z-]+)"', (BENCH / "run.py").read_text(encoding="utf-8"))
    assert names
    assert [name for name in names if f"<!-- measured: {name} -->" not in text] == []
    assert [name for name in names if f"<!-- end: {name} -->" not in text] == []
