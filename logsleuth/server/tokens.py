"""The file of tokens: who may read, ship or decide. Only digests are kept, so that a copy of the file opens nothing."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec

from logsleuth.errors import UsageError

TOKENS: Final = "tokens.json"
PREFIX: Final = "lst_"
SHORTEST: Final = 20  # characters of a token of one's own: digests of shorter ones could be guessed
SCHEMA: Final = "logsleuth.tokens/1"


class Right(StrEnum):
    """What a token is good for."""

    INGEST = "ingest"
    READ = "read"
    MANAGE = "manage"  # acknowledge, resolve, write notes; may read too


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token as it is kept; `created` is an ISO date."""

    name: str
    digest: str
    rights: tuple[Right, ...]
    created: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFile:
    """All tokens."""

    schema: str = SCHEMA
    tokens: tuple[Token, ...] = ()


def fresh() -> str:
    """A new token, 256 bits of chance."""
    return PREFIX + secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is kept of a token: no salt is needed for what nobody can guess."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def find(tokens: tuple[Token, ...], text: str) -> Token | None:
    """The token that `text` is, in a time that tells nothing of where they differ."""
    sought, found = digest(text), None
    for token in tokens:
        if hmac.compare_digest(token.digest, sought):
            found = token
    return found


def load_tokens(path: Path) -> tuple[Token, ...]:
    """The tokens of a file, none where there is none; raises UsageError for a file that cannot be used."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise UsageError(f"{path}: the tokens cannot be read: {error.strerror}") from None
    try:
        found = msgspec.json.decode(data, type=TokenFile)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise UsageError(f"{path}: no file of tokens: {error}") from None
    if found.schema != SCHEMA:
        raise UsageError(f"{path}: '{found.schema}' is no file of tokens that this version reads ({SCHEMA})")
    return found.tokens


class TokenBook:
    """The tokens of a file as it stands now: it is read again when it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._tokens: tuple[Token, ...] = ()

    def __call__(self) -> tuple[Token, ...]:
        """The tokens; none where the file cannot be read, so that nobody gets in by damaging it."""
        seen = _state(self._path)
        if seen != self._seen:
            try:
                self._tokens = load_tokens(self._path)
            except UsageError:
                self._tokens = ()
            self._seen = seen
        return self._tokens


def add_token(path: Path, token: Token) -> None:
    """Put one more into the file; raises UsageError for a name that is taken."""
    tokens = load_tokens(path)
    if any(each.name == token.name for each in tokens):
        raise UsageError(f"there is a token '{token.name}' already: revoke it first, or choose another name")
    _save(path, (*tokens, token))


def revoke_token(path: Path, name: str) -> None:
    """Take one out of the file; raises UsageError where there is none of this name."""
    tokens = load_tokens(path)
    kept = tuple(each for each in tokens if each.name != name)
    if len(kept) == len(tokens):
        known = ", ".join(each.name for each in tokens) or "none"
        raise UsageError(f"there is no token '{name}' (there are: {known})")
    _save(path, kept)


def _state(path: Path) -> tuple[int, int] | None:
    """What changes with every replacement of the file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_ino, found.st_mtime_ns)


def _save(path: Path, tokens: tuple[Token, ...]) -> None:
    new = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(TokenFile(tokens=tokens)), indent=2) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        raise UsageError(f"{path}: the tokens cannot be written: {error.strerror}") from None
