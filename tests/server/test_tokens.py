"""Tokens are kept as digests, found again, and revoked at once."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from logsleuth.errors import UsageError
from logsleuth.server.tokens import Right, Token, TokenBook, add_token, digest, find, fresh, load_tokens, revoke_token


def token(name: str, text: str, *rights: Right) -> Token:
    """A token as the file keeps it."""
    return Token(name=name, digest=digest(text), rights=rights or (Right.INGEST,), created="2026-01-01")


def test_a_file_of_tokens(tmp_path: Path) -> None:
    """What was added is found by its text, and only the digest is on disk."""
    path, text = tmp_path / "data" / "tokens.json", fresh()
    add_token(path, token("alloy", text))

    assert find(load_tokens(path), text) == token("alloy", text)
    assert find(load_tokens(path), text + "x") is None
    assert text not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_fresh_tokens_differ() -> None:
    """Nobody gets another's."""
    assert len({fresh() for _ in range(100)}) == 100


def test_names_are_taken_once(tmp_path: Path) -> None:
    """A name stands for one token; what is not there cannot be revoked."""
    path = tmp_path / "tokens.json"
    add_token(path, token("a", "x" * 32))

    with pytest.raises(UsageError, match="there is a token 'a' already"):
        add_token(path, token("a", "y" * 32))
    with pytest.raises(UsageError, match=r"no token 'b' \(there are: a\)"):
        revoke_token(path, "b")


def test_a_book_reads_again(tmp_path: Path) -> None:
    """What is added or revoked holds from the next request on, and a damaged file lets nobody in."""
    path = tmp_path / "tokens.json"
    book = TokenBook(path)

    assert book() == ()
    add_token(path, token("a", "x" * 32))
    assert [each.name for each in book()] == ["a"]
    revoke_token(path, "a")
    assert book() == ()
    add_token(path, token("b", "x" * 32))
    assert len(book()) == 1
    path.write_text("[")
    assert book() == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[", "no file of tokens"),
        ('{"schema": "logsleuth.tokens/9"}', "'logsleuth.tokens/9' is no file"),
        ("1", "no file"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: str, said: str) -> None:
    """The message names the file."""
    path = tmp_path / "tokens.json"
    path.write_text(content)

    with pytest.raises(UsageError, match=f"tokens.json: .*{said}"):
        load_tokens(path)
