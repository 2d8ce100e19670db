"""What the C library and the interpreter print is known."""

from __future__ import annotations

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
