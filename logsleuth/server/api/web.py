"""What all routes work with, and who may use them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final, Protocol

from fastapi import Depends, Request

from logsleuth.catalog.load import Catalog, load_catalog
from logsleuth.server.api.analyses import Analyses
from logsleuth.server.api.database import Database
from logsleuth.server.api.problems import ProblemError
from logsleuth.server.metrics import Vitals
from logsleuth.server.requests import headers_of
from logsleuth.server.security import FOREIGN, LOCAL, Grant, is_foreign
from logsleuth.server.sse import Announcer
from logsleuth.server.tokens import Right
from logsleuth.server.wire.protocol import Refusal, Why

HINT: Final = "; send it as 'Authorization: Bearer TOKEN'"


class Guard(Protocol):
    """Says who may do what."""

    def check(self, headers: Mapping[str, str], query: Mapping[str, str], scope: str) -> object | Refusal:
        """A grant, or why there is none."""
        ...


class Signatures:
    """The catalog with its samples, read when it is first asked for."""

    def __init__(self, folders: tuple[Path, ...], cache: Path | None) -> None:
        self._folders, self._cache = folders, cache
        self._lock = threading.Lock()
        self._catalog: Catalog | None = None

    def __call__(self) -> Catalog:
        """The catalog."""
        with self._lock:
            if self._catalog is None:
                self._catalog = load_catalog(self._folders, with_samples=True, cache=self._cache)
            return self._catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """The parts of the service that a route may need."""

    database: Database
    guard: Guard
    readiness: Callable[[], str | None]
    vitals: Vitals
    analyses: Analyses
    announcer: Announcer
    signatures: Signatures
    clock_ns: Callable[[], int]
    language: str = "en"
    version: str = field(default="")


def web_of(request: Request) -> Web:
    """The parts, for a route."""
    found = request.app.state.web
    if not isinstance(found, Web):
        raise TypeError("the application was made without its parts")
    return found


def granted(request: Request, right: Right) -> Grant:
    """Who asks, where they have the right; raises ProblemError."""
    headers = headers_of(request.scope)
    found = web_of(request).guard.check(headers, dict(request.query_params), right.value)
    if isinstance(found, Refusal):
        hint = HINT if found.why is Why.UNAUTHENTICATED else ""
        raise ProblemError(found.why.value, f"{found.reason}{hint}")
    return found if isinstance(found, Grant) else LOCAL


def may_read(request: Request) -> Grant:
    """Whoever may read."""
    return granted(request, Right.READ)


def may_manage(request: Request) -> Grant:
    """Whoever may decide."""
    return granted(request, Right.MANAGE)


def may_analyze(request: Request) -> Grant:
    """Whoever may read, but no page of another site: an analysis costs something."""
    found = granted(request, Right.READ)
    if is_foreign(headers_of(request.scope)):
        raise ProblemError(403, FOREIGN)
    return found


Parts = Annotated[Web, Depends(web_of)]
Reader = Annotated[Grant, Depends(may_read)]
Decider = Annotated[Grant, Depends(may_manage)]
