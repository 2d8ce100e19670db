"""What the tests of the pages share: a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.pages.chromium import Browser, browser, program


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A real browser, where one is installed."""
    path = program()
    if path is None:
        pytest.skip("no Chromium is installed (apt-get install chromium)")
    with browser(path, tmp_path_factory.mktemp("profile")) as found:
        yield found
