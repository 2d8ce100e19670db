r"""What syslog-ng's http() says in headers -> the source of its lines, and their level.

Sample (syslog-ng 3.38, one message per request; the content type is curl's own and means nothing):
    POST /ingest HTTP/1.1
    X-Syslog-Host: gpu07
    X-Syslog-Program: vllm
    X-Syslog-Facility: user
    X-Syslog-Level: err
    Content-Type: application/x-www-form-urlencoded

    CUDA error: out of memory
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from logsleuth.server.wire.canonical import Said

# What a program's plain output gets by default is no level, so `info` and `notice` say nothing.
_LEVELS: Final = {
    "emerg": "CRITICAL",
    "alert": "CRITICAL",
    "crit": "CRITICAL",
    "err": "ERROR",
    "error": "ERROR",
    "warning": "WARNING",
    "warn": "WARNING",
}


def said_by(headers: Mapping[str, str]) -> Said | None:
    """What the headers say of a single line beside its source, or None."""
    level = _LEVELS.get(headers.get("x-syslog-level", "").lower(), "")
    if not level:
        return None
    pid = headers.get("x-syslog-pid", "")
    process = headers.get("x-syslog-program", "")[:64]
    return Said(level=level, process=process, pid=pid if pid.isdecimal() and len(pid) <= 10 else "")
