"""The application: shippers' requests go to ingest, everything else to the API and the pages."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from logsleuth.server.ingest import Ingest
from logsleuth.server.router import Router
from logsleuth.server.wire.table import HANDSHAKES, ROUTES

BROWSER: Final = b"text/html"
OWN: Final = frozenset({"/health", "/ready"})  # shippers ask too, and are told how it really is


def router() -> Router:
    """The router over the tables of all protocols."""
    return Router(ROUTES, HANDSHAKES)


class Dispatch:
    """One application of two: by path and method, and pages for browsers where both would answer."""

    def __init__(self, ingest: Ingest, pages: ASGIApp) -> None:
        self._ingest, self._pages = ingest, pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] == "http":
            found = self._ingest.find(scope["method"], scope["path"])
            if found is not None and scope["path"] not in OWN and not _is_for_people(scope):
                await self._ingest.serve(found, scope, receive, send)
                return
        await self._show(scope, receive, send)

    async def _show(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on to the pages; an answer that would not end is ended with the service."""
        is_begun = False

        async def noted(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        try:
            await self._pages(scope, receive, noted)
        except asyncio.CancelledError:
            if not self._ingest.is_stopping:
                raise
            if not is_begun:
                await send({"type": "http.response.start", "status": 503, "headers": [(b"retry-after", b"5")]})
            with suppress(RuntimeError):  # of a length that was promised
                await send({"type": "http.response.body", "body": b""})


def _is_for_people(scope: Scope) -> bool:
    """Whether a browser asks for a page where shippers say hello."""
    if scope["method"] != "GET" or scope["path"] != "/":
        return False
    return any(name == b"accept" and BROWSER in value for name, value in scope["headers"])
