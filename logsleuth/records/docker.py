"""`docker logs --timestamps`, `kubectl logs --timestamps` and GitHub's runners: a time with nanoseconds in front.

Samples:
    2024-08-12T08:49:20.000000137Z INFO 08-12 08:49:20 llm_engine.py:174] Initializing an LLM engine
    2025-03-16T12:11:21.6051349Z INFO:     172.29.0.6:58114 - "POST /v1/chat/completions HTTP/1.0" 200 OK

Seven digits or more: producers print three or six, and their stamps belong to their own prefixes.
"""

from __future__ import annotations

from typing import Final

from logsleuth.lazy import lazy
from logsleuth.records.prefix import Format, Prefix

_HEAD: Final = lazy(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7,9}(?:Z|[+-]\d\d:\d\d))(?: |$)")


def parse(line: str) -> Prefix | None:
    """The time that the daemon read the line."""
    match = _HEAD.match(line)
    return Prefix(end=match.end(), ts=match[1]) if match else None


FORMAT: Final = Format(
    name="docker", starts="12", parse=parse, is_stamp=True, sign=r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}"
)
