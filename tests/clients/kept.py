"""What the service has kept of a tenant: its lines in their order, and its incidents."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logsleuth.server.store.lines import LATEST, lines_by_number

EARLIEST: Final = 0
TEXTS: Final = ("message", "MESSAGE", "log")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Lines by source, and (class, status) of each incident."""

    lines: dict[str, tuple[str, ...]]
    incidents: tuple[tuple[str, str], ...]

    @property
    def count(self) -> int:
        """How many lines there are in all."""
        return sum(map(len, self.lines.values()))


def kept(database: Path, tenant: str) -> Kept:
    """What is committed now."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        sources = connection.execute(
            "SELECT id, name FROM sources WHERE tenant = ? ORDER BY name", (tenant,)
        ).fetchall()
        incidents = connection.execute("SELECT class, status FROM incidents WHERE tenant = ?", (tenant,)).fetchall()
        lines = {name: _texts(connection, number) for number, name in sources}
    finally:
        connection.close()
    return Kept(lines=lines, incidents=tuple(incidents))


def _texts(connection: sqlite3.Connection, source: int) -> tuple[str, ...]:
    return tuple(_said(line.text.decode()) for line in lines_by_number(connection, source, EARLIEST, LATEST))


def _said(line: str) -> str:
    """The text of a record that is kept as JSON, because it said more than its line, or came as JSON in a line."""
    if not line.startswith("{"):
        return line
    record = json.loads(line)
    return str(next(record[name] for name in TEXTS if name in record))
