"""What goes wrong with a request -> one line of problem+json that says what to do."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from logsleuth.errors import LogsleuthError
from logsleuth.server.api.database import OverloadedError
from logsleuth.server.store.cursor import CursorError
from logsleuth.server.store.search import QueryError
from logsleuth.wording import printable

MEDIA: Final = "application/problem+json"
REALM: Final = 'Basic realm="logsleuth", charset="UTF-8"'  # browsers ask for it: any user, the token as password
RETRY_SECONDS: Final = "5"
DETAIL_CHARS: Final = 500


class ProblemError(LogsleuthError):
    """A request that cannot be answered as asked."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


def problem_of(error: Exception) -> ProblemError:
    """The problem that an exception is."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, CursorError | QueryError):
        return ProblemError(400, str(error))
    if isinstance(error, OverloadedError):
        return ProblemError(503, str(error))
    if isinstance(error, RequestValidationError):
        return ProblemError(400, _invalid(error))
    if isinstance(error, HTTPException):
        return ProblemError(error.status_code, _of_status(error.status_code, str(error.detail)))
    return ProblemError(500, "the service has met an error of its own; its log tells which")


def answer(problem: ProblemError) -> Response:
    """The problem as a response."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": detail_of(problem),
    }
    return Response(orjson.dumps(body) + b"\n", problem.status, headers_of(problem), MEDIA)


def detail_of(problem: ProblemError) -> str:
    """What is told, short and in one line."""
    return printable(" ".join(str(problem)[:DETAIL_CHARS].split()))


def headers_of(problem: ProblemError) -> dict[str, str]:
    """The headers that belong to a status."""
    if problem.status == HTTPStatus.UNAUTHORIZED:
        return {"www-authenticate": REALM}
    return {"retry-after": RETRY_SECONDS} if problem.status == HTTPStatus.SERVICE_UNAVAILABLE else {}


async def handle(request: Request, error: Exception) -> Response:
    """Answer an exception; for FastAPI."""
    del request
    return answer(problem_of(error))


def _invalid(error: RequestValidationError) -> str:
    """The first thing that is wrong with the fields of a request."""
    first = error.errors()[0]
    name = ".".join(str(part) for part in first.get("loc", ())[1:]) or "the body"
    return f"'{name}' cannot be used: {first.get('msg', 'it is not valid')}; /openapi.json lists what can be asked"


def _of_status(status: int, detail: str) -> str:
    if status == HTTPStatus.NOT_FOUND:
        return "there is nothing at this path; /openapi.json lists what there is"
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return "this path takes other methods; /openapi.json lists them"
    return detail
