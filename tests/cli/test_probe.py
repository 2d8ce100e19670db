"""The command `logsleuth probe`, and `analyze --probe`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from logsleuth.cli.app import application
from logsleuth.errors import UsageError
from logsleuth.probes.table import PROBES

pytestmark = pytest.mark.usefixtures("clean")


def invoke(*arguments: str) -> tuple[int, str]:
    """The exit status and the output."""
    result = CliRunner().invoke(application(), arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of a disk that was full, and is not."""
    file = tmp_path / "service.log"
    file.write_text(f"OSError: [Errno 28] No space left on device: '{tmp_path}/block'\n", encoding="utf-8")
    return file


def test_the_list() -> None:
    """Every probe in a line, or as JSON with its limits."""
    status, text = invoke("probe", "--list", "--lang", "zh")
    _, listed = invoke("probe", "--list", "--json")

    assert (status, len(text.splitlines())) == (0, len(PROBES))
    assert [item["name"] for item in json.loads(listed)["probes"]] == [probe.name for probe in PROBES]


def test_a_dry_run(log: Path) -> None:
    """Figures, limits and the command; nothing is touched."""
    before = sorted(log.parent.iterdir())

    status, text = invoke("probe", "--for", "host.disk-full", "--log", str(log), "--dry-run")
    _, planned = invoke("probe", "disk-space", "nfs-stat", "--dry-run", "--json")

    assert status == 0
    assert f'{{"path": "{log.parent}/block", "needed_bytes": 0}}' in text
    assert "limits: 30 s, 4096 MiB" in text
    assert "child.py host.disk:measure" in text
    assert [item["command"] is None for item in json.loads(planned)["probes"]] == [True, False]
    assert sorted(log.parent.iterdir()) == before


def test_what_is_refuted(log: Path) -> None:
    """Exit status 0, with the facts of the log."""
    status, text = invoke("probe", "--for", "host.disk-full", "--log", str(log))

    assert status == 0
    assert text.startswith("✓ disk-space: refuted: a file was written in")


def test_what_is_confirmed(tmp_path: Path) -> None:
    """Exit status 1, with facts that were given."""
    status, answer = invoke("probe", "disk-space", "--json", "--fact", f"path={tmp_path}", "--fact", "needed=900 TiB")

    result = json.loads(answer)["results"][0]
    assert (status, result["outcome"], result["facts"]["needed"]) == (1, "confirmed", "900 TiB")


def test_a_result_in_chinese(tmp_path: Path) -> None:
    """The language asked for."""
    _, text = invoke("probe", "path-writable", "--fact", f"path={tmp_path}", "--lang", "zh")

    assert "已排除" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name a probe or a diagnosis"),
        (("no-such",), "no probe is called 'no-such'"),
        (("--for", "no.such"), "no probe answers 'no.such'"),
        (("disk-space", "--fact", "path"), "--fact 'path' is not of the form NAME=VALUE"),
        (("disk-space", "--log", "/nowhere.log"), "nowhere.log"),
    ],
)
def test_wrong_use(arguments: tuple[str, ...], said: str) -> None:
    """Says what to do."""
    with pytest.raises(UsageError, match=said):
        invoke("probe", *arguments)


def test_a_report_with_probes(log: Path) -> None:
    """In every form: the result stands beside the cause; the exit status is that of the report."""
    status, text = invoke("analyze", "--probe", "-q", str(log))
    _, answer = invoke("analyze", "--probe", "-q", "-f", "json", str(log))
    _, page = invoke("analyze", "--probe", "-q", "-f", "markdown", "--lang", "zh", str(log))

    probe = json.loads(answer)["diagnoses"][0]["probe"]
    assert status == 1
    assert "On this machine\n" in text
    assert "✓ disk-space: refuted" in text
    assert (probe["name"], probe["outcome"], probe["provoked"]) == ("disk-space", "refuted", None)
    assert "**在本机上**" in page
