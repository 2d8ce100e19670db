"""Routes that analyse: kept lines, or what is uploaded."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from logsleuth.server.api.analyzing import Job
from logsleuth.server.api.asked import Form, Name, OneTenant, Period, Speech
from logsleuth.server.api.uploads import received
from logsleuth.server.api.web import Parts, Web, may_analyze, may_read
from logsleuth.server.names import DEFAULT_TENANT
from logsleuth.wording import Language

MEDIA: Final = {
    Form.JSON: "application/json",
    Form.TEXT: "text/plain; charset=utf-8",
    Form.MARKDOWN: "text/markdown; charset=utf-8",
}
ACCEPTED: Final = (("text/markdown", Form.MARKDOWN), ("text/plain", Form.TEXT))
UPLOAD: Final = {
    "requestBody": {
        "content": {
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "array", "items": {"type": "string", "format": "binary"}}},
                }
            },
        }
    }
}

router = APIRouter(prefix="/v1", tags=["reports"])


def form_of(
    request: Request,
    form: Annotated[Form | None, Query(alias="format", description="else as the header Accept says; JSON")] = None,
) -> Form:
    """The form that is asked for."""
    accept = request.headers.get("accept", "")
    return form or next((each for media, each in ACCEPTED if media in accept), Form.JSON)


Shape = Annotated[Form, Depends(form_of)]


@router.get("/report", summary="The report on kept lines", dependencies=[Depends(may_read)])
async def report(
    web: Parts,
    period: Annotated[Period, Depends()],
    form: Shape,
    source: Name = None,
    tenant: OneTenant = DEFAULT_TENANT,
    lang: Speech = Language.EN,
) -> Response:
    """The same analysis as the command's."""
    since_ns, until_ns = period.ns(web.clock_ns())
    job = Job(form=form, language=lang, tenant=tenant, source=source or None, since_ns=since_ns, until_ns=until_ns)
    return Response(await report_of(web, job), media_type=MEDIA[form])


@router.post(
    "/analyze",
    summary="Analyse what is uploaded, and keep nothing of it",
    dependencies=[Depends(may_analyze)],
    openapi_extra=UPLOAD,
)
async def analyze(web: Parts, request: Request, form: Shape, lang: Speech = Language.EN) -> Response:
    """The report on one log, or on the files of a form."""
    said, _ = await analyzed(web, request, Job(form=form, language=lang))
    return Response(said, media_type=MEDIA[form])


async def report_of(web: Web, job: Job) -> bytes:
    """The report on kept lines; raises ProblemError."""
    with web.analyses.place():
        return await web.analyses.run(msgspec.structs.replace(job, database=str(web.database.path)))


async def analyzed(web: Web, request: Request, job: Job) -> tuple[bytes, dict[str, str]]:
    """The report on what is uploaded, and the small fields of the form; raises ProblemError."""
    bench = web.analyses.bench
    with web.analyses.place():
        async with received(request, bench.uploads, bench.limits) as found:
            return await web.analyses.run(msgspec.structs.replace(job, files=tuple(found.files))), found.fields
