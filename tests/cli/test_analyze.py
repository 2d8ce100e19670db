"""The command `logsleuth analyze`."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import logsleuth
from logsleuth.cli.app import application
from logsleuth.limits import DEFAULT_LIMITS

BROKEN = """\
INFO 06-10 21:32:40 [core.py:77] Initializing a V1 LLM engine (v0.9.1) with config: model='m'
ERROR 06-10 21:32:44 [core.py:586] Traceback (most recent call last):
ERROR 06-10 21:32:44 [core.py:586]   File "/x/plugin/core.py", line 9, in step
ERROR 06-10 21:32:44 [core.py:586]     self.frobnicate()
ERROR 06-10 21:32:44 [core.py:586] frobnicator.FrobnicationError: the frobnicator is loose
"""
FINE = "INFO 06-10 21:32:40 [api_server.py:1] Application startup complete.\n"
SLOW = """\
id: perf.decode-slow.sample
title: {en: Slow for a sample, zh: 为样本而慢}
status: draft
role: perf
severity: warning
match: {literal: slow for a sample}
summary: {en: It was slow., zh: 它很慢。}
samples: {hit: [{text: slow for a sample}], miss: [{text: nothing, because: nothing}]}
"""

Run = Callable[..., tuple[int, bytes, str]]


@pytest.fixture
def run(clean: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command in a folder with a broken and a healthy log: its exit status and outputs."""
    monkeypatch.chdir(tmp_path)
    Path("broken.log").write_text(BROKEN, encoding="utf-8")
    Path("fine.log").write_text(FINE, encoding="utf-8")

    def invoke(*arguments: str, stdin: bytes = b"") -> tuple[int, bytes, str]:
        result = CliRunner().invoke(application(), ["analyze", *arguments], input=stdin)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout_bytes, result.stderr

    return invoke


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["fine.log"], 0),
        (["broken.log"], 1),
        (["fine.log", "broken.log"], 1),
        (["broken.log", "--exit-zero"], 0),
        (["broken.log", "--fail-on", "incident"], 1),
        (["fine.log", "missing.log"], 2),
        (["broken.log", "missing.log", "--exit-zero"], 2),
        (["slow.log", "--patterns", "mine"], 1),
        (["slow.log", "--patterns", "mine", "--fail-on", "incident"], 0),
        (["slow.log"], 0),
    ],
)
def test_exit_status(run: Run, arguments: list[str], status: int) -> None:
    """0 healthy, 1 incident or degraded, 2 unreadable; two options move the line between 0 and 1."""
    Path("mine").mkdir()
    Path("mine/slow.yaml").write_text(SLOW, encoding="utf-8")
    Path("slow.log").write_text("WARNING slow for a sample\n", encoding="utf-8")

    assert run(*arguments)[0] == status


def test_the_report_of_the_readable_ones(run: Run) -> None:
    """One line for each failure, and nothing of the rest is lost."""
    Path("cut.gz").write_bytes(gzip.compress(FINE.encode() * 2000)[:-20])
    Path("tool").write_bytes(b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 16)

    status, said, failures = run("broken.log", "missing.log", "cut.gz", "tool")

    assert status == 2
    assert b"FrobnicationError" in said
    assert [line.split(":")[1].strip() for line in failures.splitlines()] == ["missing.log", "cut.gz", "tool"]
    assert all(line.startswith("logsleuth: ") for line in failures.splitlines())


@pytest.mark.parametrize("form", ["text", "json", "markdown", "issue"])
def test_what_cannot_be_read_is_not_called_healthy(run: Run, form: str) -> None:
    """There is no report where nothing was read."""
    Path("empty").mkdir()

    assert run("missing.log", "-f", form)[:2] == (2, b"")
    assert run("empty", "-f", form)[:2] == (2, b"")


def test_json_is_that_of_the_api(run: Run) -> None:
    """Byte for byte the same values, twice."""
    first, second = run("broken.log", "-f", "json"), run("broken.log", "-f", "json")

    assert first == second
    assert json.loads(first[1]) == logsleuth.document(logsleuth.analyze("broken.log"))
    assert json.loads(first[1])["stats"]["seconds"] is None


def test_seconds_on_request(run: Run) -> None:
    """They would make two runs differ."""
    assert json.loads(run("broken.log", "-f", "json", "--timing")[1])["stats"]["seconds"] >= 0


def test_without_templates(run: Run) -> None:
    """The same diagnosis; a notice says what is left out."""
    whole, short = (json.loads(run("broken.log", "-f", "json", *more)[1]) for more in ((), ("--no-templates",)))

    assert whole["templates"]
    assert (short["templates"], short["stats"]["templates"]) == ([], 0)
    assert short["diagnoses"] == whole["diagnoses"]
    assert [notice["kind"] for notice in short["notices"]] == ["limit"]
    assert short == logsleuth.document(logsleuth.analyze("broken.log", limits=replace(DEFAULT_LIMITS, shapes=0)))


@pytest.mark.parametrize("arguments", [[], ["-"]])
def test_a_pipe_is_a_file(run: Run, arguments: list[str]) -> None:
    """The same report but for the name of the source."""
    piped = run(*arguments, "-f", "json", stdin=BROKEN.encode())[1]
    packed = run(*arguments, "-f", "json", stdin=gzip.compress(BROKEN.encode()))[1]

    assert piped == packed == run("broken.log", "-f", "json")[1].replace(b'"broken.log"', b'"-"')


def test_nothing_to_read(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal is not waited for."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    from logsleuth.cli.analyze import _standard_input

    monkeypatch.setattr(sys, "stdin", Terminal())

    with pytest.raises(logsleuth.UsageError, match="nothing to read: name a log file"):
        _standard_input()


def test_languages(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """By option, else by setting."""
    assert "未知故障".encode() in run("broken.log", "--lang", "zh")[1]

    monkeypatch.setenv("LOGSLEUTH_LANG", "zh")

    assert "未知故障".encode() in run("broken.log")[1]
    assert b"Unknown failure" in run("broken.log", "--lang", "en")[1]


def test_forms(run: Run) -> None:
    """A page and an issue beside text and JSON."""
    assert run("broken.log", "-f", "markdown")[1].startswith(b"# Incident\n")
    assert b"## Your current environment\n" in run("broken.log", "-f", "issue")[1]


def test_reasons_stand_below_the_report(run: Run) -> None:
    """On request, and in no other form than the text."""
    assert b"\nWhy\n" in run("broken.log", "--why", "0")[1]
    with pytest.raises(logsleuth.UsageError, match="--why goes with --format text only"):
        run("broken.log", "--why", "0", "--format", "json")


def test_the_report_goes_to_a_file(run: Run) -> None:
    """Standard output stays empty; a file that cannot be written is a mistake of the caller."""
    status, said, _ = run("broken.log", "-o", "report.txt")

    assert (status, said) == (1, b"")
    assert Path("report.txt").read_text(encoding="utf-8").startswith("✗ Incident\n")
    with pytest.raises(logsleuth.UsageError, match=r"^no/such/report.txt: cannot write the report: No such file"):
        run("broken.log", "-o", "no/such/report.txt")


@pytest.mark.parametrize(
    ("arguments", "variables", "is_colored"),
    [
        ([], {}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        ([], {"CLICOLOR_FORCE": "1"}, True),
        ([], {"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False),
        (["--color", "never"], {"CLICOLOR_FORCE": "1"}, False),
    ],
)
def test_colours(
    run: Run, monkeypatch: pytest.MonkeyPatch, arguments: list[str], variables: dict[str, str], is_colored: object
) -> None:
    """An option beats the environment, NO_COLOR beats CLICOLOR_FORCE, and a pipe has none."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert (b"\x1b[" in run("broken.log", *arguments)[1]) is is_colored


def test_a_name_that_is_no_text(run: Run) -> None:
    """It is printed as well as it can be."""
    Path("caf\udce9.log").write_text(BROKEN, encoding="utf-8")

    assert run("caf\udce9.log")[0] == 1
    assert json.loads(run("caf\udce9.log", "-f", "json")[1])["diagnoses"]
