"""Pages of the catalog."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from logsleuth.model import SampleKind
from logsleuth.server.api.knowledge import named
from logsleuth.server.api.knowledge import shown as listed
from logsleuth.server.pages.rendering import Screen, screen
from logsleuth.server.store.incidents import Wanted, list_incidents

router = APIRouter()
Shown = Annotated[Screen, Depends(screen)]


@router.get("/ui/signatures")
def signatures(shown: Shown, q: str = "") -> Response:
    """All signatures by family, or those that hold a text."""
    words = q.lower().split()
    found = [
        item
        for item in listed(shown.web)
        if all(word in f"{item.id} {item.title.en} {item.title.zh}".lower() for word in words)
    ]
    families = [(name, tuple(items)) for name, items in groupby(found, lambda item: item.id.split(".")[0])]
    return shown.page("signatures.html", {"families": families, "q": q, "count": len(found)})


@router.get("/ui/signatures/{name}")
def signature(shown: Shown, name: str) -> Response:
    """One signature, and where it was found lately."""
    item = named(shown.web, name)
    with shown.web.database.reading() as connection:
        seen = list_incidents(connection, Wanted(tenant=shown.tenant, signature=item.id), limit=10).items
    samples = {kind: [one for one in item.samples if one.kind is kind] for kind in SampleKind}
    values = {"item": item, "seen": seen, "hits": samples[SampleKind.HIT], "misses": samples[SampleKind.MISS]}
    return shown.page("signature.html", values)
