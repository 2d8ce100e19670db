"""The command `logsleuth doctor`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from logsleuth.cli.app import application
from logsleuth.cli.choices import CheckArea
from logsleuth.doctor.check import Area
from logsleuth.errors import UsageError

pytestmark = pytest.mark.usefixtures("clean")
LOG = (
    "INFO 06-10 21:32:17 [core.py:58] Initializing a V1 LLM engine (v{vllm}) with config: model='m', max_seq_len=8192\n"
)


def log(folder: Path, vllm: str) -> str:
    """A log of this version, in which nothing fails."""
    path = folder / "vllm.log"
    path.write_text(LOG.format(vllm=vllm), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(("vllm", "status"), [("0.11.0", 0), ("0.5.3", 1)])
def test_status_says_whether_something_is_wrong(tmp_path: Path, vllm: str, status: int) -> None:
    """0 where nothing is, 1 where something is."""
    done = CliRunner().invoke(application(), ["doctor", log(tmp_path, vllm), "--area", "software", "--format", "json"])

    assert done.exit_code == status, done.output
    items = {item["id"]: item["status"] for item in json.loads(done.output)["items"]}
    assert items["vllm-version"] == ("fail" if status else "ok")


def test_issue_is_written_to_a_file(tmp_path: Path) -> None:
    """As Markdown, in the language that was asked for."""
    issue = tmp_path / "issue.md"

    done = CliRunner().invoke(
        application(),
        ["doctor", log(tmp_path, "0.11.0"), "--area", "model", "-f", "markdown", "--lang", "zh", "-o", str(issue)],
    )

    assert done.exit_code == 0, done.output
    assert "您的当前环境" in issue.read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [["--config", "none.yaml"], ["none.log"]])
def test_what_cannot_be_read_is_wrong_use(arguments: list[str]) -> None:
    """The caller's mistake is raised; `main` makes exit status 2 of it."""
    done = CliRunner().invoke(application(), ["doctor", *arguments])

    assert isinstance(done.exception, UsageError)


def test_areas_are_those_of_the_checklists() -> None:
    """The command names them without loading them."""
    assert [str(area) for area in CheckArea] == [str(area) for area in Area]
