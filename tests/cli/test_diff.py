"""The command `logsleuth diff`."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from logsleuth.cli.app import application
from logsleuth.errors import UsageError

PREFIX = "INFO 06-10 21:32:{second:02d} [core.py:{second}]"
STEPS = (
    "Initializing a V1 LLM engine (v0.9.1) with config: model='m', max_seq_len=8192, enforce_eager=False",
    "rank 0 in world size 4 is assigned as DP rank 0",
    "Using Flash Attention backend on V1 engine.",
    "Starting to load model m",
    "Loading weights took 7.31 seconds",
    "Model loading took 14.9 GiB and 8.1 seconds",
    "Memory profiling takes 3.1 seconds",
    "GPU KV cache size: 713,392 tokens",
    "Graph capturing finished in 21 secs, took 0.52 GiB",
    "Application startup complete.",
)
GOOD = "".join(f"{PREFIX.format(second=second)} {step}\n" for second, step in enumerate(STEPS, 10))
AGAIN = GOOD.replace("7.31", "6.98").replace("06-10", "06-11")
# no signature knows it: the run waits for something and ends
STUCK = "".join(f"{line}\n" for line in GOOD.replace("8192", "131072").splitlines()[:5]) + (
    "INFO 06-10 21:33:02 [quux.py:7] Waiting for the frobnicator on shelf 12\n"
)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(clean: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command in a folder with runs: its exit status and outputs."""
    monkeypatch.chdir(tmp_path)
    for name, text in (("good.log", GOOD), ("again.log", AGAIN), ("stuck.log", STUCK)):
        Path(name).write_text(text, encoding="utf-8")
    Path("folder").mkdir()
    Path("folder/stuck.log").write_text(STUCK, encoding="utf-8")
    with tarfile.open("stuck.tar.gz", "w:gz") as archive:
        archive.add("stuck.log")

    def invoke(*arguments: str, stdin: bytes = b"") -> tuple[int, str, str]:
        result = CliRunner().invoke(application(), ["diff", *arguments], input=stdin)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return invoke


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["good.log", "good.log"], 0),
        (["good.log", "again.log"], 0),
        (["good.log", "stuck.log"], 1),
        (["good.log", "folder"], 1),
        (["good.log", "stuck.tar.gz"], 1),
        (["good.log", "stuck.log", "--exit-zero"], 0),
        (["good.log", "missing.log"], 2),
        (["good.log"], 2),
    ],
)
def test_the_exit_status(run: Run, arguments: list[str], status: int) -> None:
    """No relevant difference, a difference, wrong usage."""
    try:
        assert run(*arguments)[0] == status
    except UsageError:
        assert status == 2


def test_where_a_silent_failure_began(run: Run) -> None:
    """No signature fires; the comparison still names the line."""
    status, output, errors = run("good.log", "stuck.log")

    assert (status, errors) == (1, "")
    assert "First divergence\n  stuck.log:6  INFO\n    Waiting for the frobnicator on shelf <*>\n" in output
    assert "    after (step 5 of 10): Loading weights took <*> seconds\n" in output
    assert "    the good run went on with (step 6 of 10): Model loading took <*> GiB and <*> seconds\n" in output
    assert "  max_model_len: 8192 → 131072\n" in output


def test_json(run: Run) -> None:
    """One document, the same bytes each time."""
    output = run("good.log", "stuck.log", "-f", "json")[1]
    found = json.loads(output)

    assert run("good.log", "stuck.log", "-f", "json")[1] == output
    assert found["schema"] == "logsleuth.diff/1"
    assert found["different"] is True
    assert (found["reached"]["step"], found["steps"]) == (5, 10)
    assert found["divergences"][0]["line"] == 6
    assert found["templates"]["missing_total"] == 5


def test_one_run_may_be_piped(run: Run) -> None:
    """The other is named."""
    assert run("good.log", "-", stdin=STUCK.encode())[0] == 1
    with pytest.raises(UsageError, match="only one of the runs"):
        run("-", "-")


def test_markdown_in_a_file(run: Run) -> None:
    """In the language asked for."""
    status, output, _ = run("good.log", "stuck.log", "-f", "markdown", "--lang", "zh", "-o", "diff.md")

    assert (status, output) == (1, "")
    assert Path("diff.md").read_text(encoding="utf-8").startswith("# 两次运行有差异\n")


def test_what_cannot_be_read_is_said(run: Run) -> None:
    """And no comparison is printed where a run has nothing."""
    Path("binary.log").write_bytes(b"\x00\x01\x02" * 1000)
    status, output, errors = run("good.log", "binary.log")

    assert (status, output) == (2, "")
    assert "binary.log" in errors
