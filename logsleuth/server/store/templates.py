"""Kinds of lines: which there are most of, which are new, and how often each came, minute by minute."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final

from logsleuth.server.store.cursor import read_cursor, write_cursor

MOST: Final = 500
COLUMNS: Final = "tenant, key, template, level, count, first_ns, last_ns, source, line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A kind of lines; `source` and `line` are the place of the first one."""

    tenant: str
    key: bytes
    template: str
    level: str | None
    count: int
    first_ns: int
    last_ns: int
    source: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplatePage:
    """A part of a list; `cursor` asks for the next part, None at the end."""

    items: tuple[Template, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """How many lines of a level there were in the minute that begins so many minutes after 1970; "" is no level."""

    minute: int
    level: str
    lines: int


def top_templates(
    connection: sqlite3.Connection,
    tenant: str,
    *,
    level: str | None = None,
    contains: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> TemplatePage:
    """The templates with the most lines; raises CursorError for what is no cursor."""
    return _page(connection, "count", ((tenant,), level, contains), limit, cursor)


def new_templates(
    connection: sqlite3.Connection, tenant: str, *, since_ns: int, limit: int = 50, cursor: str | None = None
) -> TemplatePage:
    """The templates that came for the first time at `since_ns` or later, the newest first."""
    return _page(connection, "first_ns", ((tenant, since_ns), None, None), limit, cursor)


def find_template(connection: sqlite3.Connection, tenant: str, key: bytes) -> Template | None:
    """The template of this key, or None."""
    row = connection.execute(
        f"SELECT {COLUMNS} FROM templates WHERE tenant = ? AND key = ?",  # noqa: S608  fixed texts
        (tenant, key),
    ).fetchone()
    return None if row is None else _template(row)


def template_series(
    connection: sqlite3.Connection, tenant: str, key: bytes, *, since_minute: int, until_minute: int
) -> tuple[tuple[int, int], ...]:
    """(minute, lines) of one template, for the minutes in which it came."""
    rows = connection.execute(
        "SELECT minute, lines FROM template_rates WHERE tenant = ? AND key = ? AND minute >= ? AND minute < ? "
        "ORDER BY minute",
        (tenant, key, since_minute, until_minute),
    )
    return tuple((minute, lines) for minute, lines in rows)


def rates(
    connection: sqlite3.Connection, *, since_minute: int, until_minute: int, tenant: str | None = None
) -> tuple[Rate, ...]:
    """The lines of each level in each minute."""
    rows = connection.execute(
        "SELECT minute, level, sum(lines) FROM rates WHERE minute >= ? AND minute < ? AND (? IS NULL OR tenant = ?) "
        "GROUP BY minute, level ORDER BY minute, level",
        (since_minute, until_minute, tenant, tenant),
    )
    return tuple(Rate(minute=minute, level=level, lines=lines) for minute, level, lines in rows)


def _page(
    connection: sqlite3.Connection,
    order: str,
    wanted: tuple[tuple[str | int, ...], str | None, str | None],
    limit: int,
    cursor: str | None,
) -> TemplatePage:
    (tenant, *since), level, contains = wanted
    conditions, values = ["tenant = ?"], [tenant]
    for condition, value in (
        ("first_ns >= ?", since[0] if since else None),
        ("level = ?", level),
        ("instr(lower(template), lower(?)) > 0", contains),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    if cursor is not None:
        figure, key = read_cursor(cursor, (int, str))
        conditions.append(f"({order}, hex(key)) < (?, ?)")
        values += [figure, key]
    limit = max(1, min(limit, MOST))
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM templates WHERE {' AND '.join(conditions)} "  # noqa: S608  fixed texts
        f"ORDER BY {order} DESC, hex(key) DESC LIMIT ?",
        (*values, limit + 1),
    ).fetchall()
    items = tuple(_template(row) for row in rows[:limit])
    if len(rows) <= limit:
        return TemplatePage(items=items, cursor=None)
    figure = items[-1].count if order == "count" else items[-1].first_ns
    return TemplatePage(items=items, cursor=write_cursor((figure, items[-1].key.hex().upper())))


def _template(row: tuple[str, bytes, str, str | None, int, int, int, str, int]) -> Template:
    tenant, key, template, level, count, first_ns, last_ns, source, line = row
    return Template(
        tenant=tenant,
        key=key,
        template=template,
        level=level,
        count=count,
        first_ns=first_ns,
        last_ns=last_ns,
        source=source,
        line=line,
    )
