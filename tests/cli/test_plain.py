"""Arguments that need no typer: what a command is called with is what typer would make of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.main import get_command

from logsleuth.cli.choices import AlertOn, Begin, Format
from logsleuth.cli.diff import DiffFormat
from logsleuth.cli.plain import plain
from logsleuth.wording import Language


def command(name: str) -> Callable[..., None]:
    """The function that is the command of this name."""
    found: Callable[..., None] = getattr(import_module(f"logsleuth.cli.{name}"), name)
    return found


def read(name: str, words: Sequence[str]) -> dict[str, object] | None:
    """What the command of this name is called with, without typer."""
    values = plain(f"logsleuth {name}", command(name), words)
    return None if values is None else dict(values)


def by_typer(name: str, words: Sequence[str]) -> dict[str, object]:
    """What typer calls it with, defaults and all."""
    called: dict[str, object] = {}

    @wraps(command(name))
    def record(**values: object) -> None:
        called.update(values)

    app = typer.Typer()
    app.command(name)(record)
    get_command(app)(list(words), standalone_mode=False)
    return called


@pytest.mark.parametrize(
    ("name", "words", "values"),
    [
        ("analyze", [], {}),
        ("analyze", ["a.log"], {"paths": ["a.log"]}),
        ("analyze", ["a.log", "-f", "json", "-", "b.log"], {"paths": ["a.log", "-", "b.log"], "form": Format.JSON}),
        ("analyze", ["--format=json", "--", "-f"], {"paths": ["-f"], "form": Format.JSON}),
        ("analyze", ["-qfissue", "", "日志"], {"paths": ["", "日志"], "form": Format.ISSUE, "quiet": True}),
        ("analyze", ["\udcff.log"], {"paths": ["\udcff.log"]}),
        ("analyze", ["--lang", "en", "--lang", "zh"], {"lang": Language.ZH}),
        ("analyze", ["--no-templates", "--exit-zero"], {"has_templates": False, "exit_zero": True}),
        ("analyze", ["--shard", "1/2", "-"], {"shard": "1/2", "paths": ["-"]}),
        ("diff", ["a", "b", "-f", "json"], {"good": "a", "bad": "b", "form": DiffFormat.JSON}),
        ("watch", ["--from", "end", "--exec", "a b", "--exec", "c"], {"begin": Begin.END, "command": ["a b", "c"]}),
        ("explain", ["cuda.oom"], {"what": "cuda.oom"}),
    ],
)
def test_it_is_what_typer_reads(name: str, words: list[str], values: dict[str, object]) -> None:
    """The parser is the same, and no value of these is read in two ways."""
    found, known = read(name, words), by_typer(name, words)

    assert found == values
    assert {**known, **values} == known


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("analyze", ["a.log", "-j", "2"]),
        ("analyze", ["a.log", "-o", "report.txt"]),
        ("analyze", ["a.log", "--patterns", "mine"]),
        ("analyze", ["a.log", "--why", "0"]),
        ("analyze", ["a.log", "-f", "yaml"]),
        ("analyze", ["a.log", "-f", "JSON"]),
        ("analyze", ["--help"]),
        ("analyze", ["-h", "a.log"]),
        ("watch", ["--alert-on", AlertOn.OPENED]),
        ("merge", []),
        ("merge", ["a.lss"]),
        ("diff", ["a"]),
        ("diff", ["a", "b", "c"]),
    ],
)
def test_the_rest_is_left_to_typer(name: str, words: list[str]) -> None:
    """Numbers, files, lists of choices, help and all that is wrong."""
    assert read(name, words) is None


@pytest.mark.parametrize("words", [["--xyzzy"], ["a.log", "--format"], ["--quiet=yes"]])
def test_what_no_parser_takes_is_told_by_typer(words: list[str]) -> None:
    """In the same words, of the same command."""
    with pytest.raises(Exception, match=r"(?i)option") as here:
        read("analyze", words)
    with pytest.raises(type(here.value)) as there:
        by_typer("analyze", words)

    assert str(here.value) == str(there.value)


def test_what_is_left_out_has_its_default() -> None:
    """Whatever its kind is; what has none is typer's to ask for."""

    def function(word: str, *, flag: bool = False, number: int = 1, file: Path | None = None) -> None:
        raise typer.Exit(0)

    assert plain("test", function, ["a", "--flag"]) == {"word": "a", "flag": True}
    assert plain("test", function, ["a", "--number", "2"]) is None
    assert plain("test", function, ["a", "--file", "b"]) is None
    assert plain("test", function, ["--flag"]) is None


def test_what_more_than_words_decides_is_typers() -> None:
    """A callback looks at a value, an environment variable stands for one."""

    def looked_at(word: Annotated[str, typer.Option(callback=str.upper)] = "") -> None:
        raise typer.Exit(0)

    def told(word: Annotated[str, typer.Option(envvar="WORD")] = "") -> None:
        raise typer.Exit(0)

    assert plain("test", looked_at, ["--word", "a"]) is None
    assert plain("test", told, []) is None


def test_an_analysis_does_without_typers_conversions(tmp_path: Path) -> None:
    """Their import is a quarter of a short run."""
    (tmp_path / "a.log").write_text("INFO 06-10 21:32:40 [api_server.py:1] Started.\n", encoding="utf-8")
    code = f"""
import sys
sys.argv = ["logsleuth", "analyze", "-f", "json", {str(tmp_path / "a.log")!r}]
from logsleuth.cli.app import main
try:
    main()
except SystemExit as left:
    assert left.code == 0, left.code
assert "pydantic" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
