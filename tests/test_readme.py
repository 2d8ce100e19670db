"""What the README shows can be run."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

import logsleuth
from logsleuth.config import load_settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The code blocks in one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("code", blocks("python"))
def test_python(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a log of the name that the example uses."""
    shutil.copy(ROOT / "fixtures" / "oom-four-ranks" / "input.log", tmp_path / "vllm.log")
    monkeypatch.chdir(tmp_path)

    exec(code, {})  # noqa: S102  our own README

    assert capsys.readouterr().out.startswith("root cuda.oom.device")


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("signature", blocks("yaml"))
def test_the_signature_of_one_s_own(signature: str, tmp_path: Path) -> None:
    """It loads, hits, and quotes what the log says."""
    (tmp_path / "scratch.yaml").write_text(signature, encoding="utf-8")

    report = logsleuth.analyze(b"ERROR scratch: quota exceeded on /scratch/$(reboot)\n", patterns=[tmp_path])

    assert report.diagnoses[0].id == "host.disk-full.scratch"
    assert report.diagnoses[0].remedies[0].command == "du -xh '/scratch/$(reboot)' | sort -h | tail"


@pytest.mark.parametrize("text", blocks("toml"))
def test_the_configuration(text: str, tmp_path: Path) -> None:
    """It is accepted."""
    (tmp_path / "logsleuth.toml").write_text(text, encoding="utf-8")

    assert load_settings({}, folder=tmp_path).language == tomllib.loads(text)["language"]
