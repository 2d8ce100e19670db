"""Logs of ranks that wait, as torch prints them, and the findings that they give."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest

from logsleuth.model import Event, EventKind, EventLine, Finding, Level, Origin

PREFIX = re.compile(r"(?:\[rank(\d+)\]:)?\[[EF][^\]]*\] ")
IDS = (
    ("Watchdog caught", "nccl.timeout.watchdog"),
    ("dump signal", "nccl.timeout.signalled"),
    ("desync are", "nccl.timeout.desync"),
    ("lagging ranks", "nccl.timeout.desync"),
    ("Heartbeat", "nccl.timeout.heartbeat"),
    ("got stuck", "nccl.timeout.heartbeat"),
    ("watchdog at work", "nccl.timeout.status"),
    ("NCCL work", "nccl.timeout.status"),
    ("first observed failure", "dist.peer-died"),
)
ReadLog = Callable[..., list[Finding]]


@pytest.fixture
def read_log() -> ReadLog:
    """Findings for the lines of a log; a line that begins with a blank goes on with the event above it."""

    def read(*texts: str, source: str = "worker.log", source_index: int = 0) -> list[Finding]:
        events: list[list[tuple[int, str]]] = []
        for number, line in enumerate("\n".join(texts).splitlines(), start=1):
            if line.startswith((" ", "\t")) and events:
                events[-1].append((number, line))
            else:
                events.append([(number, line)])
        return [_finding(lines, source, source_index) for lines in events]

    return read


def _finding(lines: Sequence[tuple[int, str]], source: str, source_index: int) -> Finding:
    match = PREFIX.match(lines[0][1])
    event = Event(
        kind=EventKind.LINE,
        source=source,
        source_index=source_index,
        origin=Origin(rank=int(match[1]) if match and match[1] else None),
        lines=tuple(
            EventLine(number=number, raw=line, message=PREFIX.sub("", line, count=1)) for number, line in lines
        ),
        level=Level.ERROR,
    )
    id_ = next((id_ for text, id_ in IDS if text in event.message), "other.thing")
    return Finding(signature_id=id_, event=event, first=0, last=0, last_line=lines[0][0])
