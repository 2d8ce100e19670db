"""Puts the API and the pages together: one FastAPI application."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from logsleuth.errors import LogsleuthError
from logsleuth.server.api import health, incidents, kept, knowledge, reports
from logsleuth.server.api.analyses import Analyses, Bench
from logsleuth.server.api.database import Database
from logsleuth.server.api.uploads import clear
from logsleuth.server.api.web import Guard, Signatures, Web
from logsleuth.server.metrics import Vitals
from logsleuth.server.pages import problems, routes
from logsleuth.server.pages.headers import Headers
from logsleuth.server.settings import WorkerSettings
from logsleuth.server.sse import Announcer
from logsleuth.version import __version__

ROUTERS: Final = (
    health.open_router,
    health.router,
    incidents.router,
    kept.router,
    reports.router,
    knowledge.router,
)
UNTOLD: Final = Vitals()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sights:
    """What the pages are told of the service that they belong to."""

    guard: Guard
    readiness: Callable[[], str | None]  # why it is not ready, or None where it is
    vitals: Vitals = UNTOLD
    clock_ns: Callable[[], int] = time.time_ns


def plain_pages(sights: Sights) -> FastAPI:
    """Health and readiness, for a service that analyses nothing."""
    app = FastAPI(title="logsleuth", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.readiness = sights.readiness
    app.include_router(health.open_router)
    return app


def create_pages(settings: WorkerSettings, sights: Sights) -> FastAPI:
    """The API and the pages over the database of `settings`; raises StoreError where that cannot be used."""
    database = Database(settings.database)
    web = Web(
        database=database,
        guard=sights.guard,
        readiness=sights.readiness,
        vitals=sights.vitals,
        analyses=Analyses(Bench(folder=settings.folder, patterns=settings.patterns, cache=settings.cache)),
        announcer=Announcer(database),
        signatures=Signatures(settings.patterns, settings.cache),
        clock_ns=sights.clock_ns,
        language=settings.language,
    )
    app = FastAPI(
        title="logsleuth", version=__version__, docs_url=None, redoc_url=None, openapi_url=None, lifespan=_life
    )
    app.state.web, app.state.readiness = web, sights.readiness
    for router in ROUTERS:
        app.include_router(router)
    for router in routes.ROUTERS:
        app.include_router(router, include_in_schema=False)
    for kind in (LogsleuthError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, problems.handle)
    app.add_middleware(Headers)
    return app


@asynccontextmanager
async def _life(app: FastAPI) -> AsyncIterator[None]:
    web: Web = app.state.web
    clear(web.analyses.bench.uploads)
    try:
        yield
    finally:
        await web.announcer.stop()
        web.database.close()
