"""What stopped without a word: a start-up whose last step is long past while the log goes on."""

from __future__ import annotations

from typing import Final

from logsleuth.diagnosis.timeline import seconds
from logsleuth.model import Event, Finding

STARTUP: Final = "hang.startup"
# weights of hundreds of gigabytes and compilation take minutes; vLLM itself waits ten for its engine core
LONG_S: Final = 600.0
STEP_CHARS: Final = 100
MANY_PROBES: Final = 3


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
