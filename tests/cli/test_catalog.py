"""The command `logsleuth catalog` answers with what a person or a script can use."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from logsleuth.cli.catalog import app
from logsleuth.errors import CatalogError, UsageError

SIGNATURE = """\
id: host.killed.sample
title: {en: Killed for a sample, zh: 为样本而死}
status: draft
role: wrapper
severity: error
match: {literal: killed for a sample}
summary: {en: It was killed., zh: 它被杀死了。}
samples: {hit: [{text: killed for a sample}], miss: [{text: nothing, because: nothing}]}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one signature, and no settings of the person who runs the tests."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    for name in ("LOGSLEUTH_PATTERNS", "LOGSLEUTH_LANG", "LOGSLEUTH_CACHE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.yaml").write_text(SIGNATURE, encoding="utf-8")
    return tmp_path / "mine"


def invoke(*arguments: str, text: str | None = None) -> tuple[int, str]:
    """The exit status and the output."""
    result = CliRunner().invoke(app, arguments, input=text)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_list_by_class(folder: Path) -> None:
    """Only what belongs to it."""
    status, output = invoke("list", "--patterns", str(folder), "--class", "host.killed")

    assert status == 0
    assert "host.killed.sample" in output
    assert all(line.startswith("host.killed") for line in output.splitlines())


def test_list_as_json(folder: Path) -> None:
    """One object per line."""
    _, output = invoke("list", "--patterns", str(folder), "--class", "host.killed.sample", "--json")

    assert json.loads(output)["title"] == {"en": "Killed for a sample", "zh": "为样本而死"}


def test_show(folder: Path) -> None:
    """A page in the language asked for."""
    status, output = invoke("show", "host.killed.sample", "--patterns", str(folder), "--lang", "zh")

    assert (status, output.partition("\n")[0]) == (0, "# 为样本而死")


def test_settings_are_heeded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders and language may come from the environment."""
    monkeypatch.setenv("LOGSLEUTH_PATTERNS", str(folder))
    monkeypatch.setenv("LOGSLEUTH_LANG", "zh")

    assert invoke("show", "host.killed.sample")[1].startswith("# 为样本而死")


def test_show_of_nothing(folder: Path) -> None:
    """The nearest id is offered."""
    with pytest.raises(UsageError, match=r"did you mean 'host.killed.sample'"):
        invoke("show", "host.killed.sampel", "--patterns", str(folder))


def test_samples_are_tried(folder: Path) -> None:
    """A status that a script can use."""
    assert invoke("test", "host.killed.sample", "--patterns", str(folder)) == (0, "all samples hold\n")
    (folder / "a.yaml").write_text(SIGNATURE.replace("text: nothing", "text: killed for a sample"), encoding="utf-8")

    status, output = invoke("test", "host.killed.sample", "--patterns", str(folder))

    assert status == 2
    assert output.startswith(f"{folder}/a.yaml:8: host.killed.sample: pattern 1 matches line 1 of this miss")


def test_lint_tells_problems(folder: Path) -> None:
    """With file and line."""
    (folder / "a.yaml").write_text(SIGNATURE.replace("en: It was killed., ", ""), encoding="utf-8")

    status, output = invoke("lint", "--patterns", str(folder))

    assert status == 2
    assert f"{folder}/a.yaml:7: 'en' is missing [missing]\n" in output


def test_a_broken_catalog_is_one_error(folder: Path) -> None:
    """The main command prints it."""
    (folder / "a.yaml").write_text("x: [", encoding="utf-8")

    with pytest.raises(CatalogError, match=r"a\.yaml:2: not readable as YAML"):
        invoke("list", "--patterns", str(folder))


def test_verify(folder: Path, tmp_path: Path) -> None:
    """An upstream is read, its signatures judged, its other errors listed."""
    (tmp_path / "host-1.0").mkdir()
    (tmp_path / "host-1.0" / "a.py").write_text('raise OSError("a thing of its own")', encoding="utf-8")
    arguments = ("verify", "--source", str(tmp_path / "host-1.0"), "--patterns", str(folder))

    status, output = invoke(*arguments)
    found = json.loads(invoke(*arguments, "--json", "--release", "2", "--below", str(tmp_path / "host-1.0"))[1])

    assert status == 0
    assert output.startswith("host-1.0: 1 messages in 1 files\n")
    assert output.endswith("not covered:\n  a.py:1 OSError: a thing of its own\n")
    assert (found["component"], found["version"]) == ("host", "2")


def test_verify_of_nothing(folder: Path) -> None:
    """One upstream at a time."""
    with pytest.raises(UsageError, match="name one upstream"):
        invoke("verify")


def test_new(folder: Path, tmp_path: Path) -> None:
    """A draft to standard output or to a new file, and a word about what matches already."""
    status, output = invoke("new", "killed for a sample of 3", "--id", "host.killed.three", "--patterns", str(folder))
    to_file = ("new", "-", "--id", "host.killed.three", "--patterns", str(folder), "-o", str(tmp_path / "b.yaml"))

    assert status == 0
    assert "host.killed.sample (" in output
    assert "id: host.killed.three\n" in output
    assert invoke(*to_file, text="lost for another sample of 3")[0] == 0
    assert (tmp_path / "b.yaml").read_text(encoding="utf-8").startswith("id: host.killed.three\n")
    with pytest.raises(UsageError, match="exists already"):
        invoke(*to_file, text="lost for another sample of 3")
    with pytest.raises(UsageError, match="cannot be written"):
        invoke(*to_file[:-1], str(tmp_path / "none" / "b.yaml"), text="lost for another sample of 3")


def test_docs(folder: Path, tmp_path: Path) -> None:
    """Written once, then up to date until something changes."""
    arguments = ("docs", "--output", str(tmp_path / "docs"), "--patterns", str(folder))

    assert invoke(*arguments, "--check")[0] == 2
    assert invoke(*arguments)[0] == 0
    assert (tmp_path / "docs" / "host" / "host.killed.sample.md").is_file()
    assert invoke(*arguments, "--check")[0] == 0
