"""The text of a sample in, events out: a simple stand-in for the stages before matching."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from logsleuth.catalog.match import Sight, compiled, confirm
from logsleuth.lazy import lazy
from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import (
    NOBODY,
    Event,
    EventKind,
    EventLine,
    Finding,
    Frame,
    Level,
    Notice,
    Pattern,
    Raised,
    Signature,
)

# `[rank0]: (EngineCore_DP0 pid=12) ERROR 06-10 21:32:17 [core.py:396] text` by vLLM, `ERROR:    text` by uvicorn
PREFIX: Final = lazy(
    r"(?:\[rank\d+\]:[ ]?)?"
    r"(?:\([A-Za-z]\w*[ ,][^()\n]{0,60}?\bpid=\d+[^()\n]{0,40}\)[ ])?"
    r"(?P<head>(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL)"
    r"(?:[ ]\d\d-\d\d[ ]\d\d:\d\d:\d\d(?:\.\d+)?[ ](?:\[[\w./-]+:\d+\]|[\w./-]+:\d+\])[ ]?|:[ ]{4,5}))?"
)
FRAME: Final = lazy(r'\s*File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<function>.+)')
RAISED: Final = lazy(r"(?P<type>[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Timeout|Dead))(?:: (?P<message>.*))?")


def events_of(text: str) -> tuple[Event, ...]:
    """The events of a sample: a line with a record's head of its own begins a new one."""
    return tuple(_event(index, group) for index, group in enumerate(_groups(text)))


def findings(signature: Signature, text: str, *, limits: Limits = DEFAULT_LIMITS) -> tuple[tuple[int, Finding], ...]:
    """What a signature finds in a sample: (index of the pattern, finding), first lines first."""
    return tuple(_findings(signature, events_of(text), limits))


def shows_in(pattern: Pattern, line: str) -> bool:
    """Whether the scanner would see `pattern` in this line."""
    return pattern.literal in line if pattern.literal else _scanned(pattern.scan, line)


def _findings(signature: Signature, events: Iterable[Event], limits: Limits) -> Iterator[tuple[int, Finding]]:
    for event in events:
        for at, line in enumerate(event.lines):
            for index, pattern in enumerate(signature.patterns):
                if shows_in(pattern, line.raw):
                    found = confirm(signature, pattern, Sight(event, at), limits=limits)
                    if found is not None and not isinstance(found, Notice):
                        yield index, found


def _scanned(expression: str, line: str) -> bool:
    sought = compiled(expression)
    return sought is not None and sought.search(line) is not None


def _groups(text: str) -> Iterator[list[tuple[str, str, str]]]:
    group: list[tuple[str, str, str]] = []
    for raw in text.rstrip("\n").split("\n"):
        line = raw.removesuffix("\r")
        head, message = _peeled(line)
        if group and head and head != group[0][1]:
            yield group
            group = []
        group.append((line, head, message))
    yield group


def _peeled(line: str) -> tuple[str, str]:
    prefix = PREFIX.match(line)
    return (prefix["head"] or "", line[prefix.end() :]) if prefix else ("", line)


def _event(index: int, group: list[tuple[str, str, str]]) -> Event:
    raised = tuple(_raised([message for _, _, message in group]))
    head = group[0][1]
    return Event(
        kind=EventKind.TRACEBACK if raised else EventKind.LINE,
        source=f"sample {index}" if index else "sample",
        source_index=index,
        origin=NOBODY,
        lines=tuple(EventLine(number=at, raw=raw, message=text) for at, (raw, _, text) in enumerate(group, start=1)),
        level=_level(head),
        raised=raised,
    )


def _level(head: str) -> Level | None:
    return Level(re.split(r"[ :]", head, maxsplit=1)[0]) if head else None


def _raised(messages: list[str]) -> Iterator[Raised]:
    frames: list[Frame] = []
    for at, message in enumerate(messages):
        if frame := FRAME.match(message):
            frames.append(Frame(file=frame["file"], line=int(frame["line"]), function=frame["function"]))
        elif raised := RAISED.fullmatch(message):
            yield Raised(type=raised["type"], message=raised["message"] or "", frames=tuple(frames), at=at)
            frames = []
