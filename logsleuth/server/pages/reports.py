"""Pages that analyse: what is uploaded, or the kept lines of a source."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from logsleuth.server.api.analyzing import Job
from logsleuth.server.api.asked import Period
from logsleuth.server.api.reports import analyzed, report_of
from logsleuth.server.api.web import Parts, may_analyze
from logsleuth.server.names import DEFAULT_TENANT
from logsleuth.server.pages.excerpts import told
from logsleuth.server.pages.rendering import Screen, screen

router = APIRouter()
Shown = Annotated[Screen, Depends(screen)]


@router.get("/ui/analyze")
def form(shown: Shown) -> Response:
    """The form of an upload."""
    return shown.page("analyze.html", {})


@router.post("/ui/analyze", dependencies=[Depends(may_analyze)])
async def upload(web: Parts, request: Request, shown: Shown) -> Response:
    """The report on what was uploaded."""
    said, _ = await analyzed(web, request, Job(language=shown.language))
    return _page(shown, said, {"name": None, "fields": {}})


@router.get("/ui/report")
async def report(web: Parts, shown: Shown, source: str = "", since: str = "", until: str = "") -> Response:
    """The report on the kept lines of a source."""
    since_ns, until_ns = Period(since=since or None, until=until or None).ns(shown.now_ns)
    job = Job(
        language=shown.language,
        tenant=shown.tenant or DEFAULT_TENANT,
        source=source or None,
        since_ns=since_ns,
        until_ns=until_ns,
    )
    fields = {"source": source, "since": since, "until": until, "lang": shown.language}
    return _page(shown, await report_of(web, job), {"name": source, "fields": fields})


def _page(shown: Screen, said: bytes, values: dict[str, object]) -> Response:
    document = orjson.loads(said)
    proofs = [told(item) for item in document["diagnoses"]]
    return shown.page("report.html", {**values, "report": document, "proofs": proofs})
