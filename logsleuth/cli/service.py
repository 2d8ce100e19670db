"""The edge of the service: what the command line and the user's file say, put together, and what is told to people."""

from __future__ import annotations

import logging
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from logsleuth.config import Settings, load_settings, state_folder
from logsleuth.errors import UsageError
from logsleuth.serve_table import ServeTable
from logsleuth.server.serving import fittings_of, serve
from logsleuth.server.settings import DEFAULT_PORT, Hook, Retention, ServeSettings, WorkerSettings

GIGABYTE: Final = 1_000_000_000
DAY_SECONDS: Final = 86_400.0
STREAM: Final = "logsleuth: %(message)s"


def run(wish: ServeTable, *, language: str | None, patterns: tuple[Path, ...]) -> None:
    """Serve until somebody ends it."""
    logging.basicConfig(stream=sys.stderr, format=STREAM, level=logging.WARNING)
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
        certificate=table.cert,
        key=table.key,
        client_authority=table.client_ca,
        is_redacting=table.redact is not False,
    )


def _merged(wish: ServeTable, file: ServeTable) -> ServeTable:
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


def _hooks(table: ServeTable) -> tuple[Hook, ...]:
    form = table.webhook_format or "json"
    return tuple(Hook(url=url, form=form, secret=table.webhook_secret) for url in table.webhooks)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
