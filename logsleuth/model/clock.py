"""What tells clocks apart: events that several sources saw, and how far a clock was found to run ahead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Sight(NamedTuple):
    """An event that other sources may have seen too, as one source saw it.

    A meeting is seen by all in the same moment (the end of a barrier); other events pass from one to the next. What is
    unique never happens twice; what is not may have come from another run. Sights with a side meet the other side only.
    """

    key: str
    source: str
    ts: str
    is_meeting: bool = False
    is_unique: bool = True
    side: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockOffset:
    """By how much the clock of `source` runs ahead of that of `reference`, as `shared` events tell.

    `spread_s` is the largest difference of one of them from `ahead_s`. A zone is a difference of whole half hours.
    """

    source: str
    reference: str
    ahead_s: float
    spread_s: float
    shared: int
    is_zone: bool
