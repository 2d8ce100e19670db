"""Routes of incidents: lists, one, what people decide, and the stream of events."""

from __future__ import annotations

import sqlite3
from typing import Annotated, Final, Protocol

from fastapi import APIRouter, Body, Depends, Header, Query
from starlette.responses import Response, StreamingResponse

from logsleuth.report.document import Json
from logsleuth.server.api import documents
from logsleuth.server.api.asked import IncidentFilter, Paging, Speech, Tenant
from logsleuth.server.api.problems import ProblemError
from logsleuth.server.api.web import Decider, Parts, Web, may_read
from logsleuth.server.security import Grant
from logsleuth.server.store import decisions
from logsleuth.server.store.incidents import IncidentDetail, find_incident, list_incidents
from logsleuth.wording import Language

EVENTS: Final = "text/event-stream"
EVENT_HEADERS: Final = {"cache-control": "no-store", "x-accel-buffering": "no"}

router = APIRouter(prefix="/v1", tags=["incidents"], dependencies=[Depends(may_read)])

NoteText = Annotated[str, Body(embed=True, min_length=1, max_length=decisions.NOTE_CHARS)]


@router.get("/incidents", summary="Incidents, the last opened first")
def incidents(
    web: Parts,
    wanted: Annotated[IncidentFilter, Depends()],
    paging: Annotated[Paging, Depends()],
    lang: Speech = Language.EN,
) -> Response:
    """A part of the list."""
    with web.database.reading() as connection:
        found = list_incidents(
            connection, wanted.wanted(web.clock_ns()), limit=paging.limit, cursor=paging.cursor or None
        )
    return documents.json_response(
        documents.page((documents.incident(item, lang) for item in found.items), found.cursor)
    )


@router.get("/incidents/{incident}", summary="One incident with its diagnosis, notes and history")
def incident(web: Parts, incident: str, lang: Speech = Language.EN) -> Response:
    """One incident."""
    return documents.json_response(documents.incident_detail(found_incident(web, incident), lang))


@router.post("/incidents/{incident}/acknowledge", summary="Somebody is at it")
def acknowledge(web: Parts, incident: str, grant: Decider) -> Response:
    """Acknowledge an incident."""
    return _decided(web, incident, grant, decisions.acknowledge)


@router.post("/incidents/{incident}/resolve", summary="It is over")
def resolve(web: Parts, incident: str, grant: Decider) -> Response:
    """Resolve an incident."""
    return _decided(web, incident, grant, decisions.resolve)


@router.post("/incidents/{incident}/reopen", summary="It is not over after all")
def reopen(web: Parts, incident: str, grant: Decider) -> Response:
    """Reopen an incident."""
    return _decided(web, incident, grant, decisions.reopen)


@router.post("/incidents/{incident}/notes", status_code=201, summary="Write a note")
def note(web: Parts, incident: str, grant: Decider, text: NoteText) -> Response:
    """Keep a note."""
    key = add_note(web, incident, grant.name, text)
    return documents.json_response({"id": key, "incident": incident}, 201)


@router.get("/events", summary="What happens to incidents, as server-sent events")
async def events(
    web: Parts,
    tenant: Tenant = None,
    last_event_id: Annotated[str | None, Header(max_length=20)] = None,
    after: Annotated[int | None, Query(ge=0, description="the same as the header Last-Event-ID")] = None,
) -> StreamingResponse:
    """The stream of events."""
    if web.announcer.is_full:
        raise ProblemError(503, "too many clients follow the events: ask again later, or ask /v1/incidents")
    known = int(last_event_id) if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else after
    web.announcer.enter()
    return StreamingResponse(web.announcer.events(known, tenant), media_type=EVENTS, headers=EVENT_HEADERS)


def found_incident(web: Web, incident: str) -> IncidentDetail:
    """The incident of an id; raises ProblemError where there is none."""
    with web.database.reading() as connection:
        found = find_incident(connection, incident)
    if found is None:
        raise ProblemError(404, f"there is no incident '{incident}': /v1/incidents lists them")
    return found


def add_note(web: Web, incident: str, author: str, text: str) -> int:
    """Keep a note, and give its id; raises ProblemError."""
    found_incident(web, incident)
    if not text.strip():
        raise ProblemError(400, "the note is empty: write something in 'text'")
    with web.database.writing() as connection:
        key = decisions.add_note(connection, incident, author=author, text=text, now_ns=web.clock_ns())
    if key is None:
        raise ProblemError(409, f"an incident has at most {decisions.NOTES} notes")
    return key


class _Decision(Protocol):
    def __call__(self, connection: sqlite3.Connection, incident: str, /, *, by: str, now_ns: int) -> bool: ...


def _decided(web: Web, incident: str, grant: Grant, decide: _Decision) -> Response:
    """Write down what somebody decided; raises ProblemError where there is no such incident."""
    found_incident(web, incident)
    with web.database.writing() as connection:
        is_changed = decide(connection, incident, by=grant.name, now_ns=web.clock_ns())
    now = documents.incident(found_incident(web, incident).incident, "en")
    answer: dict[str, Json] = {"changed": is_changed, "incident": now}
    return documents.json_response(answer)
