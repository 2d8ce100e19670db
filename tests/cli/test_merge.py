"""`logsleuth merge`: shards give the report of one analysis."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from logsleuth.cli.app import application
from logsleuth.errors import StateError, UsageError

FIXTURES = Path(__file__).parents[2] / "fixtures"
LOGS = [str(FIXTURES / "cases" / "nccl-005-qp-unreachable-on-node1"), str(FIXTURES / "oom-four-ranks" / "input.log")]

pytestmark = pytest.mark.usefixtures("clean")


def run(*arguments: str) -> Result:
    """The command with these arguments."""
    return CliRunner().invoke(application(), list(arguments))


def shards(folder: Path, total: int) -> list[str]:
    """The states of all shards."""
    paths = [str(folder / f"{number}.lss") for number in range(1, total + 1)]
    for number, path in enumerate(paths, 1):
        assert run("analyze", *LOGS, "--shard", f"{number}/{total}", "--state", path).exit_code == 0
    return paths


@pytest.mark.parametrize("form", ["json", "text", "markdown"])
def test_the_report_of_all_shards_is_that_of_one_analysis(form: str, tmp_path: Path) -> None:
    """Byte for byte, with the same exit status."""
    whole = run("analyze", *LOGS, "-f", form)
    merged = run("merge", *reversed(shards(tmp_path, 3)), "-f", form)

    assert merged.stdout_bytes == whole.stdout_bytes
    assert merged.exit_code == whole.exit_code == 1


def test_a_state_of_states(tmp_path: Path) -> None:
    """Can be merged like any other, and is what one analysis would have kept."""
    paths = shards(tmp_path, 2)

    assert run("merge", *paths, "--state", str(tmp_path / "all.lss")).exit_code == 0
    assert run("analyze", *LOGS, "--state", str(tmp_path / "one.lss")).exit_code == 0
    assert (tmp_path / "all.lss").read_bytes() == (tmp_path / "one.lss").read_bytes()


def test_a_missing_shard(tmp_path: Path) -> None:
    """Is an input that could not be read."""
    found = run("merge", shards(tmp_path, 3)[0], "-f", "json")

    assert found.exit_code == 2
    assert "merge the states of the missing shards too: 2/3, 3/3" in found.stderr


def test_a_shard_without_a_state(tmp_path: Path) -> None:
    """Would be lost."""
    assert isinstance(run("analyze", *LOGS, "--shard", "1/2").exception, UsageError)


def test_no_state(tmp_path: Path) -> None:
    """Is refused."""
    assert isinstance(run("merge", LOGS[1]).exception, StateError)


def test_reasons_need_text(tmp_path: Path) -> None:
    """As with `analyze`."""
    found = run("merge", *shards(tmp_path, 1), "--why", "0")

    assert found.exit_code == 1
    assert isinstance(run("merge", "x.lss", "--why", "0", "-f", "json").exception, UsageError)


@pytest.mark.parametrize(
    "asked", [("-f", "json"), ("-o", "report"), ("--why", "0"), ("--timing",), ("--probe",)], ids=lambda asked: asked[0]
)
def test_a_state_is_no_report(asked: tuple[str, ...], tmp_path: Path) -> None:
    """What is asked of a report is refused, not left out."""
    state = str(tmp_path / "1.lss")

    assert isinstance(run("analyze", *LOGS, "--state", state, *asked).exception, UsageError)
    assert list(tmp_path.iterdir()) == []


def test_a_merged_state_is_no_report(tmp_path: Path) -> None:
    """As with `analyze`."""
    (path,) = shards(tmp_path, 1)

    assert isinstance(run("merge", path, "--state", str(tmp_path / "2.lss"), "-f", "json").exception, UsageError)


def test_standard_input_has_no_shares(tmp_path: Path) -> None:
    """The other machines have another one."""
    found = run("analyze", "-", "--shard", "1/2", "--state", str(tmp_path / "1.lss"))

    assert isinstance(found.exception, UsageError)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("more", "status"), [((), 2), ((LOGS[1],), 0)], ids=["nothing", "something"])
def test_what_a_state_lacks_is_said(more: tuple[str, ...], status: int, tmp_path: Path) -> None:
    """When it is made, and not only when it is merged."""
    found = run("analyze", str(tmp_path / "none.log"), *more, "--state", str(tmp_path / "1.lss"))

    assert "none.log: cannot be read: No such file or directory" in found.stderr
    assert found.exit_code == status
    assert run("merge", str(tmp_path / "1.lss")).exit_code == 2
