"""Settings from the environment and configuration files."""

from __future__ import annotations

from pathlib import Path

import pytest

from logsleuth.config import (
    Settings,
    is_color_wanted,
    is_terminal_able,
    load_settings,
    probe_secrets,
    probe_variables,
)
from logsleuth.errors import ConfigError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a configuration of the user."""
    folder = tmp_path / "home" / ".config" / "logsleuth"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('language = "zh"\ncache = "/c"\npatterns = ["mine"]\n', encoding="utf-8")
    return tmp_path / "home"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a configuration of its own."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "logsleuth.toml").write_text('patterns = ["ours", "/abs"]\n', encoding="utf-8")
    return folder


def test_nothing_is_set(tmp_path: Path) -> None:
    """Not even a home."""
    assert load_settings({}, folder=tmp_path) == Settings(patterns=(), language="en", cache=None)


def test_the_cache_lies_in_the_home(tmp_path: Path) -> None:
    """Where the desktop's rules say, if they are set."""
    assert load_settings({"HOME": "/h"}, folder=tmp_path).cache == Path("/h/.cache/logsleuth")
    assert load_settings({"HOME": "/h", "XDG_CACHE_HOME": "/x"}, folder=tmp_path).cache == Path("/x/logsleuth")
    assert load_settings({"HOME": "/h", "LOGSLEUTH_CACHE": ""}, folder=tmp_path).cache is None


def test_the_user_s_file(home: Path, tmp_path: Path) -> None:
    """Folders in it are meant from where it lies."""
    mine = home / ".config" / "logsleuth" / "mine"

    assert load_settings({"HOME": str(home)}, folder=tmp_path) == Settings(
        patterns=(mine,), language="zh", cache=Path("/c")
    )
    assert load_settings({"XDG_CONFIG_HOME": str(home / ".config")}, folder=tmp_path).patterns == (mine,)


def test_precedence(home: Path, project: Path) -> None:
    """Variables before the project before the user."""
    variables = {"HOME": str(home), "LOGSLEUTH_LANG": "en", "LOGSLEUTH_PATTERNS": "a:b", "LOGSLEUTH_CACHE": "/v"}

    assert load_settings({"HOME": str(home)}, folder=project) == Settings(
        patterns=(project / "ours", Path("/abs")), language="zh", cache=Path("/c")
    )
    assert load_settings(variables, folder=project) == Settings(
        patterns=(Path("a"), Path("b")), language="en", cache=Path("/v")
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("language = ", "logsleuth.toml: not valid TOML: "),
        ('language = "fr"', "logsleuth.toml: language 'fr' is not known, choose one of en, zh"),
        ("language = 7", "logsleuth.toml: 'language' must be a text in quotes"),
        ('patterns = "x"', "logsleuth.toml: 'patterns' must be a list of folders"),
        ("patterns = [1]", "logsleuth.toml: 'patterns' must be a list of folders"),
        ('colour = "red"', "logsleuth.toml: unknown setting 'colour', known here are patterns, language"),
        ('cache = "/tmp"', "logsleuth.toml: unknown setting 'cache', known here are patterns, language"),
    ],
)
def test_a_bad_file(tmp_path: Path, text: str, said: str) -> None:
    """It is named, with what is wrong; a folder of somebody else may not name the cache."""
    (tmp_path / "logsleuth.toml").write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as raised:
        load_settings({}, folder=tmp_path)

    assert str(raised.value).startswith(f"{tmp_path}/{said}")


def test_a_bad_variable(tmp_path: Path) -> None:
    """It is named; an empty one is none."""
    with pytest.raises(ConfigError, match=r"^LOGSLEUTH_LANG: language 'fr' is not known"):
        load_settings({"LOGSLEUTH_LANG": "fr"}, folder=tmp_path)

    assert load_settings({"LOGSLEUTH_LANG": "", "LOGSLEUTH_PATTERNS": ""}, folder=tmp_path) == Settings()


def test_files_that_are_none(tmp_path: Path) -> None:
    """What is no file is said, what is no folder holds no file."""
    (tmp_path / "logsleuth.toml").mkdir()
    (tmp_path / "file").touch()

    assert load_settings({"HOME": str(tmp_path / "file")}, folder=tmp_path / "file").language == "en"
    with pytest.raises(ConfigError, match=r"logsleuth.toml: cannot be read: Is a directory"):
        load_settings({}, folder=tmp_path)


def test_a_home_that_nobody_has(tmp_path: Path) -> None:
    """The path is taken as it stands."""
    assert load_settings({"LOGSLEUTH_CACHE": "~nobody-of-this-name/x"}, folder=tmp_path).cache == Path(
        "~nobody-of-this-name/x"
    )


@pytest.mark.parametrize(
    ("variables", "at_terminal", "elsewhere"),
    [
        ({}, True, False),
        ({"NO_COLOR": ""}, True, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"TERM": "dumb"}, False, False),
        ({"CLICOLOR": "0"}, False, False),
        ({"CLICOLOR_FORCE": "1"}, True, True),
        ({"CLICOLOR_FORCE": "0"}, True, False),
        ({"CLICOLOR_FORCE": "1", "TERM": "dumb"}, True, True),
        ({"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False, False),
    ],
)
def test_colours(variables: dict[str, str], at_terminal: object, elsewhere: object) -> None:
    """NO_COLOR beats CLICOLOR_FORCE beats the terminal."""
    assert is_color_wanted(variables, is_terminal=True) is at_terminal
    assert is_color_wanted(variables, is_terminal=False) is elsewhere


def test_terminals_that_cannot() -> None:
    """A dumb one gets no control sequences."""
    assert is_terminal_able({"TERM": "xterm"})
    assert is_terminal_able({})
    assert not is_terminal_able({"TERM": "dumb"})


def test_variables_of_a_probe() -> None:
    """What changes how software behaves, without what is secret; a probe that names a secret gets that one."""
    environment = {
        "PATH": "/bin",
        "NCCL_DEBUG": "INFO",
        "CUDA_VISIBLE_DEVICES": "0",
        "VLLM_API_KEY": "x",
        "HF_TOKEN": "x",
        "HF_HOME": "/hub",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_REGION": "y",
        "MY_PASSWORD": "x",
        "EDITOR": "vi",
    }

    assert set(probe_variables(environment)) == {"PATH", "NCCL_DEBUG", "CUDA_VISIBLE_DEVICES", "HF_HOME"}
    assert set(probe_secrets(("AWS_*", "HF_TOKEN"), environment)) == {"AWS_ACCESS_KEY_ID", "AWS_REGION", "HF_TOKEN"}
    assert probe_secrets((), environment) == {}
