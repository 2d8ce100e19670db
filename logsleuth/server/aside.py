"""Sets aside what the analysis cannot get over, so that it goes on behind it. Out: a file for whoever looks into it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from logsleuth.server.reader import Reader
from logsleuth.server.segments import Position
from logsleuth.server.settings import WorkerSettings
from logsleuth.server.store.schema import open_database, transaction
from logsleuth.server.store.sources import progress
from logsleuth.server.trials import Piece

FOLDER: Final = "aside"
BATCHES: Final = "batches_set_aside"
TENANTS: Final = "tenants_set_aside"
LAST: Final = Position(1 << 62, 0)


def set_aside(settings: WorkerSettings, piece: Piece) -> Position:
    """Take a piece out of the way, once however often this is called; where the analysis goes on."""
    with closing(open_database(settings.database)) as connection:
        at = Position(*progress(connection))
        if at != piece.at:
            return at
        if piece.tenant is None:
            return _batch(connection, settings, at)
        _tenant(connection, settings, piece)
        return at


def _batch(connection: sqlite3.Connection, settings: WorkerSettings, at: Position) -> Position:
    found = next(Reader(settings.spool, settings.limits).read(at, LAST, 1), None)
    if found is None:
        return at
    after, payload = found
    _keep(settings.folder, f"{at.segment:016d}-{at.offset}.batch", payload)
    with transaction(connection):
        connection.execute("UPDATE progress SET segment = ?, offset = ?", (after.segment, after.offset))
        connection.execute(
            "INSERT OR IGNORE INTO progress (id, segment, offset) VALUES (0, ?, ?)", (after.segment, after.offset)
        )
        _count(connection, BATCHES)
    return after


def _tenant(connection: sqlite3.Connection, settings: WorkerSettings, piece: Piece) -> None:
    """What a tenant's analysis has in mind; its lines and incidents stay."""
    row = connection.execute("SELECT memory, held FROM tenants WHERE name = ?", (piece.tenant,)).fetchone()
    name = f"{piece.at.segment:016d}-{piece.at.offset}-{piece.tenant}"
    for suffix, data in zip(("memory", "held"), row or (None, None), strict=True):
        if data is not None:
            _keep(settings.folder, f"{name}.{suffix}", data)
    with transaction(connection):
        connection.execute("UPDATE tenants SET memory = NULL, held = NULL WHERE name = ?", (piece.tenant,))
        _count(connection, TENANTS)


def _count(connection: sqlite3.Connection, name: str) -> None:
    connection.execute(
        "INSERT INTO counters (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1", (name,)
    )


def _keep(folder: Path, name: str, data: bytes) -> None:
    """Write a file that is safe on disk."""
    place = folder / FOLDER
    place.mkdir(mode=0o700, exist_ok=True)
    file = os.open(place / name.replace("/", "_"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(file)
