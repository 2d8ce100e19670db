"""Pages of what is kept beside incidents: templates, the search, sources and their lines."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from logsleuth.server.api.asked import SearchFilter
from logsleuth.server.api.kept import key_of, named_source, named_template
from logsleuth.server.api.moments import MINUTE_NS, moment_ns
from logsleuth.server.names import DEFAULT_TENANT
from logsleuth.server.pages.charts import Lane, Span, spark
from logsleuth.server.pages.rendering import Screen, screen
from logsleuth.server.store.cursor import read_cursor, write_cursor
from logsleuth.server.store.lines import LATEST, last_lines, lines_by_number
from logsleuth.server.store.search import Found, search
from logsleuth.server.store.sources import find_source, list_sources, list_tenants, source_of
from logsleuth.server.store.templates import (
    Template,
    find_template,
    new_templates,
    template_series,
    top_templates,
)

SPARK_MINUTES: Final = 120
DAY_MINUTES: Final = 1440
NEW_SINCE: Final = "1h"
AROUND: Final = 40
LAST: Final = 60
SOURCES: Final = 200
HITS: Final = 100
FIELD_CHARS: Final = 500
CHUNKS: Final = 5_000

router = APIRouter()
Shown = Annotated[Screen, Depends(screen)]


@router.get("/ui/templates")
def templates(
    shown: Shown, view: str = "top", since: str = NEW_SINCE, contains: str = "", cursor: str = ""
) -> Response:
    """Kinds of lines: the most frequent, or new ones."""
    since_ns = moment_ns(since, shown.now_ns) or 0
    with shown.web.database.reading() as connection:
        tenant = _tenant(connection, shown)
        if view == "new":
            found = new_templates(connection, tenant, since_ns=since_ns, cursor=cursor or None)
        else:
            found = top_templates(connection, tenant, contains=contains or None, cursor=cursor or None)
        lanes = {item.key: _spark(connection, item, shown.now_ns) for item in found.items}
    fields = {"view": view, "since": since, "contains": contains}
    return shown.page("templates.html", {"found": found, "lanes": lanes, "fields": fields, "cursor": cursor})


@router.get("/ui/templates/{key}")
def template(shown: Shown, key: str) -> Response:
    """One kind of lines."""
    with shown.web.database.reading() as connection:
        item = named_template(find_template(connection, _tenant(connection, shown), key_of(key)), key)
        lane = _spark(connection, item, shown.now_ns, minutes=DAY_MINUTES)
        source = find_source(connection, item.tenant, item.source)
        around = () if source is None else lines_by_number(connection, source.id, max(item.line - 3, 1), item.line + 3)
    values = {"item": item, "lane": lane, "span": _span(shown.now_ns, DAY_MINUTES), "source": source, "around": around}
    return shown.page("template.html", values)


@router.get("/ui/search")
def search_page(shown: Shown, cursor: str = "") -> Response:
    """The form, and what was found."""
    asked = shown.request.query_params
    fields = {name: asked.get(name, "")[:FIELD_CHARS] for name in ("q", "source", "since", "until", "pattern")}
    found = _found(shown, fields, cursor) if fields["q"] else None
    return shown.page("search.html", {"fields": fields, "found": found, "cursor": cursor})


@router.get("/ui/sources")
def sources(shown: Shown, cursor: str = "") -> Response:
    """The sources, in the order of their first lines."""
    after = int(read_cursor(cursor, (int,))[0]) if cursor else 0
    with shown.web.database.reading() as connection:
        found = list_sources(connection, tenant=shown.tenant, after=after, limit=SOURCES)
        lanes = {item.id: _source_lane(connection, item.id, shown.now_ns, SPARK_MINUTES) for item in found}
    more = write_cursor((found[-1].id,)) if len(found) == SOURCES else None
    return shown.page("sources.html", {"found": found, "lanes": lanes, "more": more, "cursor": cursor})


@router.get("/ui/sources/{source_id}")
def source(shown: Shown, source_id: int, line: int = 0) -> Response:
    """One source: its rate, and its last lines or those around one."""
    with shown.web.database.reading() as connection:
        item = named_source(source_of(connection, min(max(source_id, 0), LATEST)), str(source_id))
        line = min(max(line, 0), LATEST - AROUND)
        found = (
            lines_by_number(connection, item.id, max(line - AROUND, 1), line + AROUND)
            if line
            else last_lines(connection, item.id, limit=LAST)
        )
        lane = _source_lane(connection, item.id, shown.now_ns, DAY_MINUTES)
    values = {"item": item, "line": line, "lines": found, "lane": lane, "around": AROUND}
    return shown.page("source.html", {**values, "span": _span(shown.now_ns, DAY_MINUTES)})


def _found(shown: Screen, fields: dict[str, str], cursor: str) -> Found:
    asked = SearchFilter(
        q=fields["q"],
        since=fields["since"] or None,
        until=fields["until"] or None,
        source=fields["source"].strip() or None,
        tenant=shown.tenant,
        pattern=bool(fields["pattern"]),
    )
    with shown.web.database.reading() as connection:
        return search(connection, asked.query(shown.now_ns), clock=time.monotonic, cursor=cursor or None, limit=HITS)


def _tenant(connection: sqlite3.Connection, shown: Screen) -> str:
    """The tenant that was chosen, else the usual one, else the only one that there is."""
    names = [item.name for item in list_tenants(connection)]
    usual = DEFAULT_TENANT if DEFAULT_TENANT in names or not names else names[0]
    return shown.tenant or usual


def _span(now_ns: int, minutes: int) -> Span:
    until = now_ns // MINUTE_NS + 1
    return Span(since_ns=(until - minutes) * MINUTE_NS, until_ns=until * MINUTE_NS)


def _spark(connection: sqlite3.Connection, item: Template, now_ns: int, *, minutes: int = SPARK_MINUTES) -> Lane:
    span = _span(now_ns, minutes)
    series = template_series(
        connection,
        item.tenant,
        item.key,
        since_minute=span.since_ns // MINUTE_NS,
        until_minute=span.until_ns // MINUTE_NS,
    )
    return _drawn(((minute * MINUTE_NS, lines) for minute, lines in series), span)


def _source_lane(connection: sqlite3.Connection, source_id: int, now_ns: int, minutes: int) -> Lane:
    """The lines of a source over time, each chunk's at its middle: chunks of what is recent are small."""
    span = _span(now_ns, minutes)
    rows = connection.execute(
        "SELECT (first_ns + last_ns) / 2, line_count FROM chunks WHERE source_id = ? AND last_ns >= ? AND first_ns < ? "
        "ORDER BY id DESC LIMIT ?",
        (source_id, span.since_ns, span.until_ns, CHUNKS),
    )
    return _drawn(rows, span)


def _drawn(series: Iterable[tuple[int, int]], span: Span) -> Lane:
    is_large = span.until_ns - span.since_ns > SPARK_MINUTES * MINUTE_NS
    return spark(series, span, bins=96 if is_large else 40, height=56 if is_large else 20)
