"""`logsleuth token`: a token is shown once, listed without itself, and refused once it is revoked."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from logsleuth.cli.app import application
from logsleuth.errors import UsageError
from logsleuth.server.tokens import Right, find, load_tokens


def run(*arguments: str) -> str:
    """What the command prints; its errors are raised."""
    result = CliRunner().invoke(application(), ["token", *arguments], catch_exceptions=False, standalone_mode=False)
    if isinstance(result.exception, UsageError):
        raise result.exception
    return result.stdout


def test_new_list_revoke(tmp_path: Path) -> None:
    """What is printed opens, as long as it is listed."""
    data = ("--data", str(tmp_path))
    text = run("new", "alloy", *data).strip()
    run("new", "alice", "--right", "manage", "--right", "ingest", *data)
    tokens = load_tokens(tmp_path / "tokens.json")
    found = find(tokens, text)

    assert found is not None
    assert (found.name, found.rights) == ("alloy", (Right.INGEST,))
    assert [line.split()[1:] for line in run("list", *data).splitlines()] == [
        ["ingest", "alloy"],
        ["manage,ingest", "alice"],
    ]
    assert text not in run("list", *data)
    run("revoke", "alloy", *data)
    assert find(load_tokens(tmp_path / "tokens.json"), text) is None


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    """`--tokens` names it, as for `serve`."""
    run("new", "a", "--tokens", str(tmp_path / "t.json"))

    assert [token.name for token in load_tokens(tmp_path / "t.json")] == ["a"]


@pytest.mark.parametrize(
    ("arguments", "said"), [(("revoke", "x"), "there is no token 'x'"), (("new", "a"), "there is a token 'a'")]
)
def test_mistakes_are_said(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    """In one line."""
    run("new", "a", "--data", str(tmp_path))

    with pytest.raises(UsageError, match=said):
        run(*arguments, "--data", str(tmp_path))
