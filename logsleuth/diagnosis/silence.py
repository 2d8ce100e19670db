"""What stopped without a word: a start-up whose last step is long past while the log goes on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from logsleuth.diagnosis.timeline import seconds
from logsleuth.lazy import lazy
from logsleuth.model import NOBODY, Event, EventKind, EventLine, Finding, Template

STARTUP: Final = "hang.startup"
# weights of hundreds of gigabytes and compilation take minutes; vLLM itself waits ten for its engine core
LONG_S: Final = 600.0
STEP_CHARS: Final = 100
MANY_PROBES: Final = 3
MANY_WAITS: Final = 30  # a launcher repeats itself every few seconds: several minutes
LAST_LINES: Final = 3  # of the source: it never came to an end
WAITING: Final = lazy(r"\b[Ww]aiting (?:for|until|on)\b|\bnot ready\b|\bretrying\b")


def endless_wait(templates: Iterable[Template], last_lines: Mapping[str, int]) -> Finding | None:
    """The finding for a log that ends in one line of waiting, again and again; `last_lines` by source."""
    waits = [
        item
        for item in templates
        if item.count >= MANY_WAITS
        and WAITING.search(item.template)
        and last_lines.get(item.last.source, 0) - item.last.line <= LAST_LINES
    ]
    if not waits:
        return None
    longest = max(waits, key=lambda item: (item.count, -item.id))
    line = EventLine(number=longest.last.line, raw=longest.example, message=longest.example)
    event = Event(kind=EventKind.LINE, source=longest.last.source, source_index=0, origin=NOBODY, lines=(line,))
    facts = (("step", longest.template[:STEP_CHARS]), ("waits", str(longest.count)))
    return Finding(signature_id=STARTUP, event=event, first=0, last=0, facts=facts, last_line=longest.last.line)


def stalled_startup(step: Event, last_ts: str | None, *, failed_probes: int = 0) -> Finding | None:
    """The finding for a server that printed `step` as its last step and, at `last_ts`, was still not ready.

    `failed_probes` are the start-up probes that an orchestrator reports as failed since.
    """
    began, ended = seconds(step.ts), seconds(last_ts)
    silence = ended - began if began is not None and ended is not None else 0.0
    if silence < LONG_S and failed_probes < MANY_PROBES:
        return None
    facts = [("step", " ".join(step.lines[0].message.split())[:STEP_CHARS])]
    facts += [("silence", f"{silence / 60:.0f} min")] if silence >= LONG_S else []
    return Finding(
        signature_id=STARTUP, event=step, first=0, last=0, facts=tuple(facts), last_line=step.lines[0].number
    )
