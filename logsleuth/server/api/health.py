"""Routes for those who run the service: whether it lives, whether it takes logs, its figures, its description."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from logsleuth.server import metrics as figures
from logsleuth.server.api.documents import MEDIA
from logsleuth.server.api.web import Parts, may_read

PLAIN = "text/plain; charset=utf-8"

open_router = APIRouter(tags=["service"])
router = APIRouter(tags=["service"], dependencies=[Depends(may_read)])


@open_router.get("/health", summary="Whether the process answers")
def health() -> Response:
    """It does."""
    return Response("ok\n", media_type=PLAIN)


@open_router.get("/ready", summary="Whether it takes logs; else why not, with status 503")
def ready(request: Request) -> Response:
    """Nothing is told that is not for everybody."""
    problem: str | None = request.app.state.readiness()
    return Response(f"{problem or 'ready'}\n", 503 if problem else 200, media_type=PLAIN)


@router.get("/metrics", summary="Figures for Prometheus")
def metrics(web: Parts) -> Response:
    """The figures."""
    own = {"ready": float(web.readiness() is None), "event_clients": float(web.announcer.clients)}
    with web.database.reading() as connection:
        return Response(figures.render(connection, web.vitals, own), headers={"content-type": figures.MEDIA})


@router.get("/openapi.json", include_in_schema=False)
def description(request: Request) -> Response:
    """What can be asked, for programs."""
    return Response(orjson.dumps(request.app.openapi()), media_type=MEDIA)
