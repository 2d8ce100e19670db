"""Routes of the catalog."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from logsleuth.model import Signature, Status
from logsleuth.report.document import Json
from logsleuth.server.api import documents
from logsleuth.server.api.asked import Speech
from logsleuth.server.api.problems import ProblemError
from logsleuth.server.api.web import Parts, Web, may_read
from logsleuth.wording import Language

router = APIRouter(prefix="/v1", tags=["signatures"], dependencies=[Depends(may_read)])


@router.get("/signatures", summary="The signatures of the catalog")
def signatures(web: Parts, prefix: Annotated[str, Query(max_length=200)] = "", lang: Speech = Language.EN) -> Response:
    """All of them, or those whose ids begin so."""
    items: list[Json] = [documents.signature(item, lang) for item in shown(web) if item.id.startswith(prefix)]
    return documents.json_response({"items": items})


@router.get("/signatures/{name}", summary="One signature")
def signature(web: Parts, name: str, lang: Speech = Language.EN) -> Response:
    """What it means, why it happens, what to do."""
    return documents.json_response(documents.signature_detail(named(web, name), lang))


def shown(web: Web) -> tuple[Signature, ...]:
    """The signatures that people are shown."""
    return tuple(item for item in web.signatures().signatures if item.status is not Status.RETIRED)


def named(web: Web, name: str) -> Signature:
    """The signature of this id; raises ProblemError."""
    found = web.signatures().by_id.get(name)
    if found is None:
        raise ProblemError(404, f"there is no signature '{name}': /v1/signatures lists them")
    return found
