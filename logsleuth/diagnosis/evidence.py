"""The lines that prove a diagnosis, made safe to print."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from logsleuth.limits import Limits
from logsleuth.model import Event, Evidence, Finding, Place
from logsleuth.wording import escaped

OTHER_PLACES: Final = 4


def evidence(findings: Iterable[Finding], *, limits: Limits) -> tuple[Evidence, ...]:
    """The decisive lines of each finding, the first finding's raising frame, then those of a few other places."""
    found: dict[tuple[str, int, str], Evidence] = {}
    for number, finding in enumerate(findings):
        if number > OTHER_PLACES:
            break
        for item in _of(finding, limits, has_frame=number == 0):
            found.setdefault((item.source, item.line, item.text), item)
    return tuple(found.values())


def _of(finding: Finding, limits: Limits, *, has_frame: bool) -> Iterable[Evidence]:
    event = finding.event
    yield _lines(event, finding.first, min(finding.last, finding.first + limits.evidence_lines - 1), limits)
    if not has_frame:
        return
    if event.raised and not finding.first <= (root := event.raised[0].at) <= finding.last and root < len(event.lines):
        yield _lines(event, root, root, limits)  # what the chain began with
    if finding.raised is not None and finding.raised < len(event.raised):
        at = event.raised[finding.raised].at
        frame = _last_frame(event, min(at, len(event.lines) - 1))
        if frame is not None:
            yield _lines(event, frame, min(frame + 1, len(event.lines) - 1), limits)


def _last_frame(event: Event, before: int) -> int | None:
    for index in range(before, max(before - 12, -1), -1):
        if event.lines[index].message.lstrip(" |").startswith('File "'):
            return index
    return None


def _lines(event: Event, first: int, last: int, limits: Limits) -> Evidence:
    lines = event.lines[first : last + 1]
    text = "\n".join(escaped(line.raw.rstrip("\r\n"))[: limits.evidence_chars] for line in lines)
    return Evidence(source=event.source, line=lines[0].number, end_line=lines[-1].number, text=text)


def places(findings: Iterable[Finding]) -> tuple[Place, ...]:
    """Where the findings were seen, each process once."""
    seen: dict[Place, None] = {}
    for finding in findings:
        origin = finding.event.origin
        place = Place(
            source=finding.event.source,
            process=origin.process,
            pid=origin.pid,
            rank=origin.rank,
            node=origin.node,
        )
        seen.setdefault(place)
    return tuple(seen)
