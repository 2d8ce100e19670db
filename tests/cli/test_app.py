"""The command line as a whole: its help, its errors, its exit status."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from logsleuth.cli.app import COMMANDS, GROUPS, application, asked, main
from logsleuth.version import __version__

HEAVY = {"fastapi", "uvicorn", "hyperscan", "yaml", "drain3", "rich", "orjson", "regex", "torch", "zstandard"}


def command(*arguments: str) -> list[str]:
    """The command in a process of its own."""
    return [sys.executable, "-m", "logsleuth", *arguments]


def failure(arguments: Sequence[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """What a wrong call says on standard error."""
    monkeypatch.setattr(sys, "argv", ["logsleuth", *arguments])
    monkeypatch.setattr("gc.disable", lambda: None)
    monkeypatch.setattr("gc.freeze", lambda: None)

    with pytest.raises(SystemExit) as left:
        main()

    captured = capsys.readouterr()
    assert (left.value.code, captured.out) == (2, "")
    return captured.err


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["analyze", "--help"], ["catalog", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    """Somebody who asks for help does not wait for the analysis."""
    code = f"""
import sys, json
sys.argv = {["logsleuth", *arguments]!r}
from logsleuth.cli.app import main
try:
    main()
except SystemExit as left:
    assert left.code == 0, left.code
print(json.dumps(sorted(name for name in sys.modules if "." not in name)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert HEAVY & set(json.loads(done.stdout.splitlines()[-1])) == set()


def test_an_analysis_loads_what_it_needs() -> None:
    """Not what reads signatures anew, compares versions, colours or serves: each costs a short run its share."""
    code = "import sys, logsleuth.api, logsleuth.report.terminal; print(*sys.modules)"
    unwanted = {"drain3", "fastapi", "importlib.metadata", "packaging", "rich.console", "typer", "yaml"}
    unwanted |= {"pydantic", "regex", "statistics", "tempfile", "tomllib"}
    unwanted |= {"logsleuth.catalog.parse", "logsleuth.serve_table", "logsleuth.cli.app"}
    unwanted |= {"logsleuth.diagnosis.clocks", "logsleuth.diagnosis.collectives"}

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert unwanted & set(done.stdout.split()) == set()


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["analyze", "a.log"], ["analyze"]),
        (["catalog", "list"], ["catalog"]),
        (["--version"], []),
        (["--help"], [*COMMANDS, *GROUPS]),
        ([], [*COMMANDS, *GROUPS]),
        (["analyse"], [*COMMANDS, *GROUPS]),
    ],
)
def test_only_what_is_asked_for_is_built(arguments: list[str], names: list[str]) -> None:
    """All of it only for what tells of all, or of what there is none of."""
    group = get_command(application(asked(arguments)))

    assert isinstance(group, TyperGroup)
    assert list(group.commands) == names


def test_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, status 0."""
    monkeypatch.setattr(sys, "argv", ["logsleuth", "--version"])
    monkeypatch.setattr("gc.disable", lambda: None)
    monkeypatch.setattr("gc.freeze", lambda: None)

    with pytest.raises(SystemExit) as left:
        main()

    assert (left.value.code, capsys.readouterr().out) == (0, f"logsleuth {__version__}\n")


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["xyzzy"], "No such command 'xyzzy' (try 'logsleuth --help')"),
        (["analyze", "--xyzzy"], "No such option: --xyzzy (try 'logsleuth analyze --help')"),
        (["analyze", "--lang", "fr", "x"], "(try 'logsleuth analyze --help')"),
        (["analyze", "/no/such.log"], "/no/such.log: cannot be read: No such file or directory"),
        (["analyze", "--patterns", "/no/such", "x.log"], "/no/such: no such folder of signatures"),
        (["catalog", "show", "no.such"], "no signature 'no.such'"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error, with status 2."""
    line = failure(arguments, monkeypatch, capsys)

    assert line.startswith("logsleuth: ")
    assert said in line
    assert line.count("\n") == 1


def test_without_arguments_the_help_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As usage, on standard error."""
    assert failure([], monkeypatch, capsys).startswith("Usage: logsleuth [OPTIONS] COMMAND")


@pytest.mark.usefixtures("clean")
def test_every_mistake_in_a_catalog_has_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With file and line, all at once."""
    (tmp_path / "a.yaml").write_text("x: [", encoding="utf-8")
    (tmp_path / "b.yaml").write_text("id: no.such.class\n", encoding="utf-8")

    lines = failure(["analyze", "--patterns", str(tmp_path), "x.log"], monkeypatch, capsys).splitlines()

    assert any(line.startswith(f"logsleuth: {tmp_path}/a.yaml:") for line in lines)
    assert any(line.startswith(f"logsleuth: {tmp_path}/b.yaml:") for line in lines)


def test_a_mistake_of_ours_is_one_line_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Never a traceback."""

    def burst(names: Collection[str]) -> None:
        raise ValueError("a\nb")

    monkeypatch.setattr("logsleuth.cli.app.application", burst)

    assert failure([], monkeypatch, capsys) == "logsleuth: internal error, please report it: ValueError: a b\n"


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("arguments", [["analyze", "a.log"], ["catalog", "list"], ["--help"]])
def test_a_closed_pipe_is_silent(tmp_path: Path, arguments: list[str]) -> None:
    """Whoever reads the first line only gets it, and nothing on standard error."""
    (tmp_path / "a.log").write_text("fine\n", encoding="utf-8")
    reading, writing = os.pipe()
    os.close(reading)

    done = subprocess.run(command(*arguments), cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, check=False)

    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.usefixtures("clean")
def test_an_interrupt_is_silent(tmp_path: Path) -> None:
    """The status is that of a process that Ctrl-C ended."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with (
        subprocess.Popen(
            command("analyze", str(fifo)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process,
        fifo.open("wb", buffering=0),  # opens once the command reads: it is busy then
    ):
        process.send_signal(signal.SIGINT)
        said, failed = process.communicate(timeout=30)

    assert (process.returncode, said, failed) == (130, b"", b"")


def test_completions_are_never_an_analysis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stands on the command line of whoever asks for them."""
    monkeypatch.setenv("_LOGSLEUTH_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "logsleuth analyze --form")
    monkeypatch.setenv("COMP_CWORD", "2")
    words = command("analyze", str(tmp_path / "missing.log"))
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.stdout.split(), done.returncode) == (["--format"], 0), done.stderr
