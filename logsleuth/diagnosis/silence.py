"""What stopped without a word: a start-up whose last step is long past while the log goes on."""

from __future__ import annotations

from typing import Final

from logsleuth.diagnosis.timeline import seconds
from logsleuth.model import Event, Finding

STARTUP: Final = "hang.startup"
# weights of hundreds of gigabytes and compilation take minutes; vLLM itself waits ten for its engine core
LONG_S: Final = 600.0
STEP_CHARS: Final = 100


def stalled_startup(step: Event, last_ts: str | None) -> Finding | None:
    """The finding for a server that printed `step` as its last step and, at `last_ts`, was still not ready."""
    began, ended = seconds(step.ts), seconds(last_ts)
    if began is None or ended is None or ended - began < LONG_S:
        return None
    facts = (
        ("step", " ".join(step.lines[0].message.split())[:STEP_CHARS]),
        ("silence", f"{(ended - began) / 60:.0f} min"),
    )
    return Finding(signature_id=STARTUP, event=step, first=0, last=0, facts=facts, last_line=step.lines[0].number)
