"""Names that come from outside -> names of tenants and sources, which stand in rows, pages, paths and metrics."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

DEFAULT_TENANT: Final = "default"
UNKNOWN: Final = "unknown"
NAME_CHARS: Final = 256  # as long as a label may be with most log stores
READ_CHARS: Final = 4 * NAME_CHARS  # of what is sent as a name; what is remembered here must not grow with it

_FOREIGN: Final = re.compile(r"[^A-Za-z0-9._-]+")
_DOTS: Final = re.compile(r"\.+")


def part(text: str) -> str:
    """One part of a name: letters, digits, `.`, `_` and `-`; a run of anything else becomes `_`."""
    return _cleaned(text[:READ_CHARS])


@lru_cache(maxsize=4096)
def _cleaned(text: str) -> str:
    kept = _FOREIGN.sub("_", text)[:NAME_CHARS]
    # `.` and `..` mean a folder wherever a name becomes a path
    return "_" * len(kept) if _DOTS.fullmatch(kept) else kept


def source_name(parts: Iterable[str]) -> str:
    """The parts that are no empty ones, joined by `/`; parts that are paths come apart at their slashes."""
    return _joined(tuple(text[:READ_CHARS] for text in parts))


@lru_cache(maxsize=4096)
def _joined(parts: tuple[str, ...]) -> str:
    pieces = (part(piece) for text in parts for piece in text.split("/"))
    name = "/".join(piece for piece in pieces if piece) or UNKNOWN
    return name if len(name) <= NAME_CHARS else name[:NAME_CHARS].rstrip("/.")
