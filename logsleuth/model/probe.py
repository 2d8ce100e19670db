"""What probes say: what this machine did, and what that means for a diagnosis."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts


class Outcome(StrEnum):
    """What a probe comes to, as the report's JSON has it."""

    CONFIRMED = "confirmed"  # the failure was reproduced here
    REFUTED = "refuted"  # this machine passes what the diagnosis says it fails
    INCONCLUSIVE = "inconclusive"
    SKIPPED = "skipped"  # not run: what it needs is not here


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """What one probe found.

    `facts` are its figures, with units in their names. `provoked` is the class of the error that it met, as the catalog
    reads it, or an empty text. A reason and what to install or do stand in `detail`.
    """

    name: str
    outcome: Outcome
    detail: Words
    facts: Facts = ()
    provoked: str = ""
    output: str = ""  # what the child printed, its end
    seconds: float = 0.0
