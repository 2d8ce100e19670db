"""All pages."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Depends
from starlette.responses import FileResponse, RedirectResponse, Response

from logsleuth.server.api.problems import ProblemError
from logsleuth.server.api.web import may_read
from logsleuth.server.pages import incidents, kept, knowledge, reports
from logsleuth.server.pages.rendering import STATIC

MEDIA: Final = {
    "style.css": "text/css; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
FOREVER: Final = {"cache-control": "public, max-age=31536000, immutable"}  # the path changes with the content

router = APIRouter()


@router.get("/", dependencies=[Depends(may_read)])
@router.get("/ui", dependencies=[Depends(may_read)])
def home() -> Response:
    """The way to the first page."""
    return RedirectResponse("/ui/", 307)


@router.get("/ui/static/{name}")
def static(name: str) -> Response:
    """A style, a script or a picture: the same in every installation, so that anybody may have it."""
    if name not in MEDIA:
        raise ProblemError(404, "there is no such file")
    return FileResponse(STATIC / name, media_type=MEDIA[name], headers=FOREVER)


@router.get("/favicon.ico")
def icon() -> Response:
    """Browsers ask for it wherever they are."""
    return FileResponse(STATIC / "icon.svg", media_type=MEDIA["icon.svg"], headers=FOREVER)


ROUTERS: Final = (router, incidents.router, kept.router, knowledge.router, reports.router)
