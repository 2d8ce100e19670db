"""Writes what was counted of templates and levels; of too many templates, the ones long gone are put together."""

from __future__ import annotations

import sqlite3
from typing import Final

from logsleuth.server.kinds import OTHER, OTHER_KEY, Counted

SPARE: Final = 20  # a twentieth goes at once
MINUTE_NS: Final = 60_000_000_000

TEMPLATES: Final = """
INSERT INTO templates (tenant, key, template, level, count, first_ns, last_ns, source, line)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant, key) DO UPDATE SET count = count + excluded.count,
    first_ns = min(first_ns, excluded.first_ns), last_ns = max(last_ns, excluded.last_ns)
"""
MINUTES: Final = """
INSERT INTO template_rates (tenant, key, minute, lines) VALUES (?, ?, ?, ?)
ON CONFLICT (tenant, key, minute) DO UPDATE SET lines = lines + excluded.lines
"""
LEVELS: Final = """
INSERT INTO rates (tenant, minute, level, lines) VALUES (?, ?, ?, ?)
ON CONFLICT (tenant, minute, level) DO UPDATE SET lines = lines + excluded.lines
"""


def write_counted(connection: sqlite3.Connection, tenant: str, counted: Counted, *, most: int) -> None:
    """Add what was counted of one tenant."""
    rows = [
        (
            tenant,
            key,
            count.kind.template,
            count.kind.level.value if count.kind.level else None,
            count.lines,
            count.first_ns,
            count.last_ns,
            count.source,
            count.line,
        )
        for key, count in sorted(counted.templates.items())
    ]
    connection.executemany(TEMPLATES, rows)
    connection.executemany(MINUTES, [(tenant, *place, lines) for place, lines in sorted(counted.minutes.items())])
    connection.executemany(LEVELS, [(tenant, *place, lines) for place, lines in sorted(counted.levels.items())])
    if rows:
        _bound(connection, tenant, most)


def _bound(connection: sqlite3.Connection, tenant: str, most: int) -> None:
    count = connection.execute("SELECT count(*) FROM templates WHERE tenant = ?", (tenant,)).fetchone()[0]
    if count <= most:
        return
    oldest = connection.execute(
        "SELECT key, count, first_ns, last_ns FROM templates WHERE tenant = ? AND key <> ? "
        "ORDER BY last_ns, key LIMIT ?",
        (tenant, OTHER_KEY, count - most + most // SPARE),
    ).fetchall()
    keys = [(tenant, key) for key, *_ in oldest]
    connection.executemany("DELETE FROM templates WHERE tenant = ? AND key = ?", keys)
    connection.executemany("DELETE FROM template_rates WHERE tenant = ? AND key = ?", keys)
    lines, first_ns, last_ns = sum(row[1] for row in oldest), min(row[2] for row in oldest), oldest[-1][3]
    connection.execute(TEMPLATES, (tenant, OTHER_KEY, OTHER, None, lines, first_ns, last_ns, "", 0))
