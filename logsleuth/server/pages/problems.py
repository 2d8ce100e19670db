"""What goes wrong on a page -> a page that says so; elsewhere -> problem+json."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from logsleuth.server.api import problems
from logsleuth.server.pages.rendering import screen_of

PLACE = "/ui"


async def handle(request: Request, error: Exception) -> Response:
    """Answer an exception in the form that its reader understands; for FastAPI."""
    if not request.url.path.startswith(PLACE):
        return await problems.handle(request, error)
    problem = problems.problem_of(error)
    told = problems.detail_of(problem)
    response = screen_of(request).page("problem.html", {"told": told, "status": problem.status}, problem.status)
    response.headers.update(problems.headers_of(problem))
    return response
