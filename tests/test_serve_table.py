"""The table `[serve]` of the user's file."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from logsleuth.config import load_settings, state_folder
from logsleuth.errors import ConfigError
from logsleuth.limits import DEFAULT_SERVER_LIMITS
from logsleuth.serve_table import ServeTable, read_serve

FOLDER = Path("/etc/logsleuth")


def test_every_setting_is_read() -> None:
    """Paths are meant from where the file lies."""
    text = """
    host = "0.0.0.0"
    port = 80
    data = "data"
    redact = false
    retention_days = 2.5
    webhooks = ["https://a.example"]
    [limits]
    spool_bytes = 1000
    seen_seconds = 0.5
    decompressed_bytes = 77
    """
    body = replace(DEFAULT_SERVER_LIMITS.body, decompressed_bytes=77)

    assert read_serve(tomllib.loads(text), "x.toml", folder=FOLDER) == ServeTable(
        host="0.0.0.0",
        port=80,
        data=FOLDER / "data",
        redact=False,
        retention_days=2.5,
        webhooks=("https://a.example",),
        limits=replace(DEFAULT_SERVER_LIMITS, spool_bytes=1000, seen_seconds=0.5, body=body),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("serve = 5", "'serve' must be a table"),
        ("[serve]\nhots = 5", "unknown setting 'serve.hots', known are cert, "),
        ("[serve]\nhost = 5", "'serve.host' must be a text in quotes"),
        ("[serve]\nport = 8.5", "'serve.port' must be a whole number"),
        ("[serve]\nport = true", "'serve.port' must be a whole number"),
        ("[serve]\nretention_days = -1", "'serve.retention_days' must be a number, not less than 0"),
        ("[serve]\nretention_days = nan", "'serve.retention_days' must be a number, not less than 0"),
        ("[serve]\nredact = 1", "'serve.redact' must be true or false"),
        ('[serve]\nwebhooks = "x"', "'serve.webhooks' must be a list of texts"),
        ("[serve]\nlimits = 1", "'serve.limits' must be a table"),
        ("[serve.limits]\nspool = 1", "unknown limit 'spool', known are "),
        ("[serve.limits]\nbody = 1", "unknown limit 'body', known are "),
        ("[serve.limits]\nspool_bytes = 1.5", "'serve.limits.spool_bytes' must be a whole number"),
    ],
)
def test_mistakes_are_told_with_their_file(tmp_path: Path, text: str, message: str) -> None:
    """And with what would be right."""
    folder = tmp_path / "logsleuth"
    folder.mkdir()
    (folder / "config.toml").write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as raised:
        load_settings({"XDG_CONFIG_HOME": str(tmp_path)}, folder=tmp_path)

    assert message in str(raised.value)
    assert str(folder / "config.toml") in str(raised.value)


def test_a_folder_that_someone_else_filled_says_nothing_of_the_service(tmp_path: Path) -> None:
    """It could name who may come, or where data goes."""
    (tmp_path / "logsleuth.toml").write_text("[serve]\nport = 80\n", encoding="utf-8")

    with pytest.raises(ConfigError, match="unknown setting 'serve'"):
        load_settings({}, folder=tmp_path)


def test_the_state_lies_in_the_home() -> None:
    """Where the desktop's rules say, if they are set."""
    assert state_folder({"HOME": "/h"}) == Path("/h/.local/state/logsleuth")
    assert state_folder({"HOME": "/h", "XDG_STATE_HOME": "/s"}) == Path("/s/logsleuth")
    assert state_folder({}) is None
