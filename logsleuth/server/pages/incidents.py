"""The first page, the list of incidents, one incident, and the forms on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import RedirectResponse, Response

from logsleuth.model import Severity
from logsleuth.server.api.asked import IncidentFilter, Status
from logsleuth.server.api.incidents import add_note, found_incident
from logsleuth.server.api.web import Decider, Parts, Web
from logsleuth.server.pages.excerpts import excerpts
from logsleuth.server.pages.overview import USUAL, overview
from logsleuth.server.pages.rendering import Screen, screen
from logsleuth.server.pages.texts import reason
from logsleuth.server.store import decisions
from logsleuth.server.store.incidents import HistoryEvent, Incident, IncidentDetail, list_incidents, neighbours

NEAR_NS: Final = 600 * 1_000_000_000
NEIGHBOURS: Final = 12
FIELD_CHARS: Final = 300
DECISIONS: Final = {
    "acknowledge": decisions.acknowledge,
    "resolve": decisions.resolve,
    "reopen": decisions.reopen,
}

router = APIRouter()
Shown = Annotated[Screen, Depends(screen)]


@router.get("/ui/")
def first_page(shown: Shown, window: str = USUAL) -> Response:
    """What is broken."""
    return shown.page("overview.html", {"seen": overview(shown.web, shown.tenant, window, shown.now_ns)})


@router.get("/ui/incidents")
def list_page(shown: Shown, cursor: str = "") -> Response:
    """The incidents that the fields ask for."""
    fields = _fields(shown.request)
    wanted = _filter(fields).wanted(shown.now_ns)
    with shown.web.database.reading() as connection:
        found = list_incidents(connection, wanted, cursor=cursor or None)
    return shown.page("incidents.html", {"found": found, "fields": fields, "cursor": cursor})


@router.get("/ui/incidents/{incident}")
def incident_page(shown: Shown, incident: str) -> Response:
    """One incident."""
    detail = found_incident(shown.web, incident)
    with shown.web.database.reading() as connection:
        return shown.page("incident.html", _values(connection, detail, shown.language))


@router.post("/ui/incidents/{incident}/notes")
def note(web: Parts, incident: str, grant: Decider, text: Annotated[str, Form()] = "") -> Response:
    """Keep a note."""
    add_note(web, incident, grant.name, text)
    return _back(incident)


@router.post("/ui/incidents/{incident}/acknowledge")
def acknowledge(web: Parts, incident: str, grant: Decider) -> Response:
    """Acknowledge an incident."""
    return _decide(web, incident, "acknowledge", grant.name)


@router.post("/ui/incidents/{incident}/resolve")
def resolve(web: Parts, incident: str, grant: Decider) -> Response:
    """Resolve an incident."""
    return _decide(web, incident, "resolve", grant.name)


@router.post("/ui/incidents/{incident}/reopen")
def reopen(web: Parts, incident: str, grant: Decider) -> Response:
    """Reopen an incident."""
    return _decide(web, incident, "reopen", grant.name)


def _decide(web: Web, incident: str, decision: str, name: str) -> Response:
    found_incident(web, incident)
    with web.database.writing() as connection:
        DECISIONS[decision](connection, incident, by=name, now_ns=web.clock_ns())
    return _back(incident)


def _back(incident: str) -> Response:
    """The page again, asked for anew, so that a reload does not send the form twice."""
    return RedirectResponse(f"/ui/incidents/{quote(incident, safe='')}", 303)


def _values(connection: sqlite3.Connection, detail: IncidentDetail, language: str) -> Mapping[str, object]:
    item = detail.incident
    diagnosis: dict[str, Any] = orjson.loads(detail.document_zh if language == "zh" else detail.document_en)
    history = [(event, orjson.loads(event.body)) for event in detail.history]
    near = neighbours(connection, item, within_ns=NEAR_NS, limit=NEIGHBOURS)
    return {
        "detail": detail,
        "item": item,
        "diagnosis": diagnosis,
        "excerpts": excerpts(connection, item.tenant, diagnosis),
        "neighbours": near,
        "related": _related(near),
        "history": history,
        "why": _why(detail, history, language),
    }


def _why(detail: IncidentDetail, history: list[tuple[HistoryEvent, dict[str, Any]]], language: str) -> str:
    """Why it is over, where nobody said so."""
    reasons = [str(body.get("reason", "")) for event, body in history if event.kind == "resolved"]
    return reason(reasons[-1], language) if reasons and not detail.incident.resolved_by else ""


def _related(near: tuple[Incident, ...]) -> Mapping[str, str]:
    """The incidents nearby by their class, for the chain of causes."""
    return {item.signature: item.id for item in reversed(near)}


def _fields(request: Request) -> dict[str, str]:
    """The fields that say something; forms send empty ones too."""
    names = ("since", "until", "source", "class", "node", "status", "severity", "acknowledged", "tenant")
    return {name: request.query_params.get(name, "").strip()[:FIELD_CHARS] for name in names}


def _filter(fields: Mapping[str, str]) -> IncidentFilter:
    """The same as the API takes; what no list holds is not heeded."""
    return IncidentFilter(
        since=fields["since"] or None,
        until=fields["until"] or None,
        source=fields["source"] or None,
        signature=fields["class"] or None,
        node=fields["node"] or None,
        status=Status(fields["status"]) if fields["status"] in set(Status) else None,
        severity=Severity(fields["severity"]) if fields["severity"] in set(Severity) else None,
        acknowledged={"true": True, "false": False}.get(fields["acknowledged"]),
        tenant=fields["tenant"] or None,
    )
