"""The command `logsleuth explain`."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from logsleuth.cli.explain import HELP, explain
from logsleuth.errors import UsageError

SIGNATURE = """\
id: host.killed.sample
title: {en: Killed for a sample, zh: 为样本而死}
status: draft
role: root
severity: error
match: {literal: killed for a sample, regex: 'killed for a sample by (?P<who>\\w+)'}
summary: {en: 'It was {who}.', zh: '是 {who}。'}
samples: {hit: [{text: killed for a sample by me}], miss: [{text: nothing, because: nothing}]}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one signature, and no settings of the person who runs the tests."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("LOGSLEUTH_LANG", "LOGSLEUTH_CACHE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.yaml").write_text(SIGNATURE, encoding="utf-8")
    monkeypatch.setenv("LOGSLEUTH_PATTERNS", str(tmp_path / "mine"))
    return tmp_path / "mine"


def invoke(*arguments: str, text: str | None = None) -> tuple[int, str]:
    """The exit status and the output."""
    app = typer.Typer()
    app.command(help=HELP)(explain)
    result = CliRunner().invoke(app, arguments, input=text)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_an_id() -> None:
    """Its page, as Markdown where it is piped."""
    status, output = invoke("host.killed.sample")

    assert (status, output.split("\n")[0]) == (0, "# Killed for a sample")


@pytest.mark.parametrize("arguments", [("E: killed for a sample by me",), ("-",)])
def test_a_message(arguments: tuple[str, ...]) -> None:
    """With its facts, from the command line or standard input, in the language asked for."""
    status, output = invoke(*arguments, "--lang", "zh", text="one line\nkilled for a sample by me\n")

    assert (status, output.split("\n")[:3]) == (0, ["> 是 me。", "", "# 为样本而死"])


def test_a_message_that_only_comes_near() -> None:
    """Another status tells a script so."""
    status, output = invoke("killed by a sample of mine")

    assert status == 1
    assert "- `host.killed.sample`: Killed for a sample\n" in output


def test_no_such_id() -> None:
    """The main command prints it."""
    with pytest.raises(UsageError, match=r"did you mean 'host.killed.sample'"):
        invoke("host.killed.sampel")


def test_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without the signs of Markdown."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    with pytest.raises(typer.Exit):
        explain("host.killed.sample")

    assert "Killed for a sample" in terminal.getvalue()
    assert "# Killed" not in terminal.getvalue()
