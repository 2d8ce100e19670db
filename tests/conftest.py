"""What every test of the whole program needs: settings that are not those of the person who runs the tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# the same examples every time: a red build must mean that the change broke something
settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")

SETTINGS = (
    *(f"LOGSLEUTH_{name}" for name in ("PATTERNS", "LANG", "CACHE")),
    *(f"XDG_{name}_HOME" for name in ("CONFIG", "CACHE")),
    *("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where the log shippers lie that `tests/clients/install` has fetched."""
    parser.addoption("--clients", type=Path, default=Path(".clients"), help="folder of the real log shippers")


@pytest.fixture(scope="session")
def clients_folder(pytestconfig: pytest.Config) -> Path:
    """The folder of the real log shippers; it may not be there."""
    folder: Path = pytestconfig.getoption("--clients")
    return folder.absolute()


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> str:
    """One cache for all tests, so that the catalog is compiled once."""
    return str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch, cache: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No settings of the person who runs the tests, and no terminal."""
    home = tmp_path_factory.mktemp("home")
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("LOGSLEUTH_CACHE", cache)
    monkeypatch.setenv("TERM", "xterm")
