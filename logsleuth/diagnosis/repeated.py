"""Errors that no signature and no traceback explains, but that come again and again: worth a notice."""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from logsleuth.diagnosis.unknown import UNKNOWN
from logsleuth.lazy import lazy
from logsleuth.model import NOBODY, Event, EventKind, EventLine, Finding, Level, Template

GRAVE: Final = frozenset({Level.ERROR, Level.CRITICAL})
PRODUCERS: Final = frozenset({"vllm", "ucm", "lmcache", "nccl", "glog", "ray-log", "sglang", "ucx"})
OFTEN: Final = 5
# what a server says of a client's request, at whatever level
OF_REQUESTS: Final = lazy(r"[Rr]equest|prompt|client|BadRequest|400|404|422|invalid_request|validation", re.ASCII)


def repeated_error(templates: Iterable[Template]) -> Finding | None:
    """The commonest error that a program of the stack kept printing, as an unknown failure without an exception."""
    found = [item for item in templates if _counts(item)]
    if not found:
        return None
    worst = max(found, key=lambda item: (item.count, -item.id))
    line = EventLine(number=worst.first.line, raw=worst.example, message=worst.example)
    facts = (
        ("exception", f"{worst.producer} {worst.level}"),
        ("message", worst.template),
        ("fingerprint", sha256(worst.template.encode()).hexdigest()[:12]),
    )
    event = Event(
        kind=EventKind.LINE, source=worst.first.source, source_index=0, origin=NOBODY, lines=(line,), level=worst.level
    )
    return Finding(
        signature_id=UNKNOWN, event=event, first=0, last=0, facts=facts, count=worst.count, last_line=worst.last.line
    )


def _counts(item: Template) -> bool:
    is_grave = item.level in GRAVE and item.producer in PRODUCERS and item.count >= OFTEN
    return is_grave and not OF_REQUESTS.search(item.template)
