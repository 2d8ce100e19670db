"""Which protocol a request is for. In: method and path; out: the wire or the fixed answer, and the URL's source."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from logsleuth.server.names import part
from logsleuth.server.wire.protocol import Handshake, Reply, Route, Wire

FALLBACK: Final = "/ingest"  # what is unknown below `/s/{source}/` is taken as this takes it

_SOURCE: Final = re.compile(r"/s/([^/]+)(/.*)?")
_PLACE: Final = re.compile(r"\{\w+(\*?)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where a request goes: to a wire, or to an answer that is always the same."""

    target: Wire | Reply
    path: str
    source: str


class Router:
    """Looks up the tables; what they list first wins."""

    def __init__(self, routes: Iterable[Route], handshakes: Iterable[Handshake]) -> None:
        rows: list[tuple[tuple[str, ...], str, Wire | Reply]] = [
            (row.methods, row.path, row.reply) for row in handshakes
        ]
        rows += [(row.methods, row.path, row.wire) for row in routes]
        self._rows = len(rows)
        self._literal: dict[tuple[str, str], tuple[int, Wire | Reply]] = {}
        self._patterns: list[tuple[int, tuple[str, ...], re.Pattern[str], Wire | Reply]] = []
        for index, (methods, path, target) in enumerate(rows):
            if "{" in path:
                self._patterns.append((index, methods, _compiled(path), target))
                continue
            for method in methods:
                self._literal.setdefault((method, path), (index, target))

    def find(self, method: str, path: str) -> Found | None:
        """Where a request goes, or None where it is no shipper's."""
        source = _SOURCE.fullmatch(path)
        if source is None:
            target = self._target(method, path)
            return None if target is None else Found(target=target, path=path, source="")
        rest = source[2] or "/"
        target = self._target(method, rest)
        if target is None:
            target = self._target(method, FALLBACK)
        return None if target is None else Found(target=target, path=rest, source=part(source[1]))

    def _target(self, method: str, path: str) -> Wire | Reply | None:
        index, target = self._literal.get((method, path), (self._rows, None))
        for position, methods, pattern, other in self._patterns:
            if position > index:
                break
            if method in methods and pattern.fullmatch(path):
                return other
        return target


def _compiled(path: str) -> re.Pattern[str]:
    """The expression of a path with places for segments in it."""
    text, at = "", 0
    for place in _PLACE.finditer(path):
        text += re.escape(path[at : place.start()]) + (".*" if place[1] else "[^/]+")
        at = place.end()
    return re.compile(text + re.escape(path[at:]), re.DOTALL)
