"""The public names."""

from __future__ import annotations

import subprocess
import sys

import pytest

import logsleuth


@pytest.mark.parametrize("name", logsleuth.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """And says what it is."""
    assert getattr(logsleuth, name).__doc__


def test_other_names_are_not() -> None:
    """The error names the module."""
    with pytest.raises(AttributeError, match="module 'logsleuth' has no attribute 'frobnicate'"):
        logsleuth.frobnicate  # noqa: B018  the look-up is the test


def test_the_package_is_light() -> None:
    """Importing it imports none of its parts."""
    code = "import logsleuth, sys; print(sorted(name for name in sys.modules if name.startswith('logsleuth')))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "['logsleuth', 'logsleuth.version']\n"
