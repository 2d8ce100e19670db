"""Routes of what is kept beside incidents: sources, lines, the search in them, templates and rates."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from logsleuth.report.document import Json
from logsleuth.server.api import documents
from logsleuth.server.api.asked import Name, OneTenant, Paging, Period, SearchFilter, Since, Tenant
from logsleuth.server.api.moments import MINUTE_NS, iso, moment_ns
from logsleuth.server.api.problems import ProblemError
from logsleuth.server.api.web import Parts, may_read
from logsleuth.server.names import DEFAULT_TENANT
from logsleuth.server.store.cursor import read_cursor, write_cursor
from logsleuth.server.store.lines import lines_by_number
from logsleuth.server.store.search import search
from logsleuth.server.store.sources import Source, find_source, list_sources
from logsleuth.server.store.templates import (
    Template,
    find_template,
    new_templates,
    rates,
    template_series,
    top_templates,
)

CONTEXT_LINES = 1_000

router = APIRouter(prefix="/v1", tags=["lines"], dependencies=[Depends(may_read)])


@router.get("/sources", summary="Sources, in the order of their first lines")
def sources(web: Parts, paging: Annotated[Paging, Depends()], tenant: Tenant = None) -> Response:
    """A part of the list."""
    after = read_cursor(paging.cursor, (int,))[0] if paging.cursor else 0
    with web.database.reading() as connection:
        found = list_sources(connection, tenant=tenant, after=int(after), limit=paging.limit)
    more = write_cursor((found[-1].id,)) if len(found) == paging.limit else None
    return documents.json_response(documents.page(map(documents.source, found), more))


@router.get("/lines", summary="Lines of a source around one of them")
def lines(
    web: Parts,
    source: Annotated[str, Query(max_length=300)],
    line: Annotated[int, Query(ge=1)],
    context: Annotated[int, Query(ge=0, le=CONTEXT_LINES)] = 10,
    tenant: OneTenant = DEFAULT_TENANT,
) -> Response:
    """The lines that are still kept."""
    with web.database.reading() as connection:
        found = named_source(find_source(connection, tenant, source), source)
        kept = lines_by_number(connection, found.id, max(line - context, 1), line + context)
    items: list[Json] = [documents.line(item) for item in kept]
    return documents.json_response({"tenant": tenant, "source": documents.source(found)["name"], "items": items})


@router.get("/search", summary="Search the kept lines, the newest first; bounded in time, 'next' goes on")
def search_lines(
    web: Parts,
    asked: Annotated[SearchFilter, Depends()],
    paging: Annotated[Paging, Depends()],
) -> Response:
    """What was found so far."""
    with web.database.reading() as connection:
        found = search(
            connection,
            asked.query(web.clock_ns()),
            clock=time.monotonic,
            cursor=paging.cursor or None,
            limit=paging.limit,
        )
    answer = documents.page(map(documents.hit, found.hits), found.cursor)
    return documents.json_response({**answer, "searched_bytes": found.searched_bytes})


@router.get("/templates", summary="Kinds of lines: the most frequent, or with new_since those seen first since then")
def templates(
    web: Parts,
    paging: Annotated[Paging, Depends()],
    tenant: OneTenant = DEFAULT_TENANT,
    new_since: Since = None,
    level: Name = None,
    contains: Name = None,
) -> Response:
    """A part of the list."""
    since_ns = moment_ns(new_since, web.clock_ns(), "new_since")
    cursor = paging.cursor or None
    with web.database.reading() as connection:
        if since_ns is not None:
            found = new_templates(connection, tenant, since_ns=since_ns, limit=paging.limit, cursor=cursor)
        else:
            found = top_templates(connection, tenant, level=level, contains=contains, limit=paging.limit, cursor=cursor)
    return documents.json_response(documents.page(map(documents.template, found.items), found.cursor))


@router.get("/templates/{key}/rates", summary="How often a template came, minute by minute")
def template_rates(
    web: Parts, key: str, period: Annotated[Period, Depends()], tenant: OneTenant = DEFAULT_TENANT
) -> Response:
    """The minutes in which it came."""
    since, until = period.minutes(web.clock_ns())
    with web.database.reading() as connection:
        found = named_template(find_template(connection, tenant, key_of(key)), key)
        series = template_series(connection, tenant, found.key, since_minute=since, until_minute=until)
    items: list[Json] = [{"minute": iso(minute * MINUTE_NS), "lines": count} for minute, count in series]
    return documents.json_response({"template": documents.template(found), "items": items})


@router.get("/rates", summary="Lines of each level, minute by minute")
def level_rates(web: Parts, period: Annotated[Period, Depends()], tenant: Tenant = None) -> Response:
    """The minutes in which something came."""
    since, until = period.minutes(web.clock_ns())
    with web.database.reading() as connection:
        found = rates(connection, since_minute=since, until_minute=until, tenant=tenant)
    return documents.json_response({"items": [documents.rate(item) for item in found]})


def key_of(text: str) -> bytes:
    """The key that a path names; raises ProblemError."""
    try:
        return b"" if text == "other" else bytes.fromhex(text)
    except ValueError:
        raise ProblemError(404, f"'{text}' is no key of a template: /v1/templates lists them") from None


def named_template(found: Template | None, key: str) -> Template:
    """The template, where there is one; raises ProblemError."""
    if found is None:
        raise ProblemError(404, f"there is no template '{key}': /v1/templates lists them")
    return found


def named_source(found: Source | None, name: str) -> Source:
    """The source, where there is one; raises ProblemError."""
    if found is None:
        raise ProblemError(404, f"there is no source '{name}': /v1/sources lists them")
    return found
