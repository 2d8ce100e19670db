"""The edge of the service: what the command line and the user's file say, put together, and what is told to people."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from logsleuth.config import Settings, load_settings, state_folder
from logsleuth.errors import UsageError
from logsleuth.serve_table import ServeTable
from logsleuth.server.complaints import flatten
from logsleuth.server.serving import fittings_of, serve
from logsleuth.server.settings import DEFAULT_PORT, Address, Hook, Retention, ServeSettings, WorkerSettings
from logsleuth.server.tokens import TOKENS, Right, Token, add_token, digest, fresh, load_tokens, revoke_token
from logsleuth.wording import escaped

GIGABYTE: Final = 1_000_000_000
LAST_PORT: Final = 65_535
DAY_SECONDS: Final = 86_400.0
STREAM: Final = "logsleuth: %(message)s"
PRIVATE: Final = 0o077  # what is kept may hold anything that was logged: nobody else reads it, whoever made the folder


def run(wish: ServeTable, *, language: str | None, patterns: tuple[Path, ...]) -> None:
    """Serve until somebody ends it."""
    os.umask(PRIVATE)
    told = logging.StreamHandler(sys.stderr)
    told.addFilter(flatten)
    logging.basicConfig(handlers=[told], format=STREAM, level=logging.WARNING)
    settings = settings_of(wish, load_settings(), language=language, patterns=patterns)
    folder = settings.worker.folder
    serve(settings, fittings_of(settings), lambda address: _say(f"logsleuth serves {address}, data in {folder}"))


def settings_of(
    wish: ServeTable, found: Settings, *, language: str | None, patterns: tuple[Path, ...]
) -> ServeSettings:
    """The settings of a service; what the command line says goes before the file. Raises UsageError."""
    table = _merged(wish, found.serve)
    if (table.cert is None) != (table.key is None):
        raise UsageError("a certificate and its key, both or none: --cert and --key")
    if table.client_ca is not None and table.cert is None:
        raise UsageError("--client-ca needs --cert and --key: without TLS nobody shows a certificate")
    return ServeSettings(
        worker=WorkerSettings(
            folder=_folder(table),
            retention=_retention(table),
            language=language or found.language,
            hooks=_hooks(table),
            patterns=(*found.patterns, *patterns),
            cache=found.cache,
            limits=table.limits,
        ),
        host=table.host or "127.0.0.1",
        port=DEFAULT_PORT if table.port is None else table.port,
        tokens=table.tokens,
        hosts=table.hosts,
        certificate=table.cert,
        key=table.key,
        client_authority=table.client_ca,
        is_redacting=table.redact is not False,
        syslog_tcp=_listening(table.syslog_tcp),
        syslog_udp=_listening(table.syslog_udp),
        is_syslog_open=table.syslog_open is True,
    )


def new_token(name: str, rights: tuple[str, ...], *, data: Path | None, tokens: Path | None) -> str:
    """A new token of this name, put into the file; raises UsageError."""
    text = fresh()
    created = datetime.fromtimestamp(time.time_ns() / 1e9, UTC).date().isoformat()
    token = Token(name=name, digest=digest(text), rights=tuple(map(Right, rights)), created=created)
    add_token(_token_file(data, tokens), token)
    return text


def known_tokens(*, data: Path | None, tokens: Path | None) -> Iterator[str]:
    """A line for each token."""
    for token in load_tokens(_token_file(data, tokens)):
        yield f"{token.created}  {','.join(token.rights):<13} {escaped(token.name)}"


def revoke_named(name: str, *, data: Path | None, tokens: Path | None) -> None:
    """Take the token of this name out of the file; raises UsageError."""
    revoke_token(_token_file(data, tokens), name)


def _token_file(data: Path | None, tokens: Path | None) -> Path:
    """Where `serve` with the same options looks for tokens."""
    table = _merged(ServeTable(data=data, tokens=tokens), load_settings().serve)
    return table.tokens or _folder(table) / TOKENS


def _merged(wish: ServeTable, found: ServeTable | None) -> ServeTable:
    file = found or ServeTable()
    values: dict[str, Any] = {}
    for field in fields(ServeTable):
        said = getattr(wish, field.name)
        values[field.name] = getattr(file, field.name) if said in {None, ()} or field.name == "limits" else said
    return ServeTable(**values)


def _folder(table: ServeTable) -> Path:
    base = state_folder()
    if table.data is None and base is None:
        raise UsageError("no folder for the data: name one with --data")
    folder = table.data or (base or Path()) / "serve"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made: {error.strerror}") from None
    return folder.absolute()


def _retention(table: ServeTable) -> Retention:
    usual = Retention()
    return Retention(
        bytes=usual.bytes if table.retention_gb is None else int(table.retention_gb * GIGABYTE),
        seconds=usual.seconds if table.retention_days is None else table.retention_days * DAY_SECONDS,
    )


def _listening(text: str | None) -> Address | None:
    """The address that is meant by `HOST:PORT`; raises UsageError."""
    if text is None:
        return None
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or int(port) > LAST_PORT:
        raise UsageError(f"'{text}' is no address: HOST:PORT is meant, such as 127.0.0.1:5514")
    return Address(host=host.removeprefix("[").removesuffix("]"), port=int(port))


def _hooks(table: ServeTable) -> tuple[Hook, ...]:
    form = table.webhook_format or "json"
    return tuple(Hook(url=url, form=form, secret=table.webhook_secret) for url in table.webhooks)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
