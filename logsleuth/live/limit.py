"""Limits how often alerts are sent, so that a flood is one alert. Pure: the time comes in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from logsleuth.errors import UsageError

FORM: Final = re.compile(r"([0-9]{1,6})/([0-9]{1,6}(?:\.[0-9]{1,3})?)?([smh])")
SECONDS: Final = {"s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most so many in a period."""

    most: int = 10
    period_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What was sent lately, and what was held back since the last that was sent."""

    sent: tuple[float, ...] = ()
    held_back: int = 0


def read_rate(text: str) -> Rate:
    """`10/m`, `1/30s`, `100/h`; raises UsageError."""
    match = FORM.fullmatch(text)
    if match is None or not int(match[1]) or float(match[2] or 1) <= 0:
        raise UsageError(f"'{text}' is no rate: write 10/m, 1/30s or 100/h")
    return Rate(most=int(match[1]), period_s=float(match[2] or 1) * SECONDS[match[3]])


def spend(budget: Budget, rate: Rate, now: float) -> tuple[Budget, int | None]:
    """The budget after one more alert, and how many were held back before it; None where it must wait itself."""
    sent = tuple(time for time in budget.sent if now - time < rate.period_s)
    if len(sent) >= rate.most:
        return Budget(sent=sent, held_back=budget.held_back + 1), None
    return Budget(sent=(*sent, now)), budget.held_back
