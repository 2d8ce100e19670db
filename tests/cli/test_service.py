"""What the command line and the user's file say of the service, put together."""

from __future__ import annotations

from pathlib import Path

import pytest

from logsleuth.cli.service import settings_of
from logsleuth.config import Settings
from logsleuth.errors import UsageError
from logsleuth.limits import ServerLimits
from logsleuth.serve_table import ServeTable
from logsleuth.server.settings import DEFAULT_PORT, Hook, Retention


def test_a_folder_is_enough(tmp_path: Path) -> None:
    """Everything else has a value."""
    settings = settings_of(ServeTable(data=tmp_path), Settings(), language=None, patterns=())

    assert (settings.host, settings.port, settings.is_redacting) == ("127.0.0.1", DEFAULT_PORT, True)
    assert settings.worker.folder == tmp_path
    assert settings.worker.retention == Retention()


def test_the_folder_of_the_state_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For its owner alone."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    folder = settings_of(ServeTable(), Settings(), language=None, patterns=()).worker.folder

    assert folder == tmp_path / "logsleuth" / "serve"
    assert folder.stat().st_mode & 0o077 == 0


def test_the_command_line_goes_before_the_file(tmp_path: Path) -> None:
    """What it leaves out is as the file says; signatures of both count."""
    file = ServeTable(host="::1", port=1, redact=False, retention_gb=1.5, limits=ServerLimits(connections=5))
    wish = ServeTable(data=tmp_path, port=0, retention_days=1, webhooks=("https://x.example",), webhook_format="slack")
    found = Settings(serve=file, patterns=(Path("a"),), language="zh")

    settings = settings_of(wish, found, language=None, patterns=(Path("b"),))

    assert (settings.host, settings.port, settings.is_redacting) == ("::1", 0, False)
    assert settings.limits.connections == 5
    assert settings.worker.retention == Retention(bytes=1_500_000_000, seconds=86_400.0)
    assert settings.worker.hooks == (Hook(url="https://x.example", form="slack"),)
    assert (settings.worker.patterns, settings.worker.language) == ((Path("a"), Path("b")), "zh")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (ServeTable(cert=Path("c")), "--cert and --key"),
        (ServeTable(key=Path("k")), "--cert and --key"),
        (ServeTable(client_ca=Path("a")), "--client-ca needs --cert"),
        (ServeTable(data=Path("/dev/null/x")), "cannot be made"),
    ],
)
def test_what_does_not_fit_together_is_told(table: ServeTable, message: str) -> None:
    """Before anything is opened."""
    with pytest.raises(UsageError, match=message):
        settings_of(table, Settings(), language=None, patterns=())
