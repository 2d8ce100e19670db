"""What the C library and the interpreter print is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from logsleuth.catalog.verify.platform import platform_templates
from logsleuth.catalog.verify.template import Template


@pytest.fixture(scope="module")
def templates() -> tuple[Template, ...]:
    """Read once."""
    return platform_templates()


@pytest.mark.parametrize("text", ["No space left on device", "unrecognized arguments: {}", "No module named {}"])
def test_well_known_messages(templates: tuple[Template, ...], text: str) -> None:
    """Of errno, of argparse, of the interpreter."""
    assert any(one.text.startswith(text) for one in templates)


def test_an_interpreter_without_its_modules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is not there is left out."""
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    monkeypatch.setattr("sysconfig.get_config_var", lambda _: None)

    assert {one.where.source for one in platform_templates()} == {"errno"}
