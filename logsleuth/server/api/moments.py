"""Times as people ask for them -> nanoseconds, and back."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from logsleuth.server.api.problems import ProblemError

SECOND_NS: Final = 1_000_000_000
MINUTE_NS: Final = 60 * SECOND_NS
UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
LONGEST: Final = 40  # characters
LATEST_NS: Final = (1 << 62) - 1

_RELATIVE: Final = re.compile(r"(\d{1,6})([smhdw])")


def moment_ns(text: str | None, now_ns: int, name: str = "since") -> int | None:
    """What `text` means: `90s`, `15m`, `1h`, `2d`, `1w` ago, or an ISO time, in UTC where it says no zone.

    Raises ProblemError.
    """
    if text is None or not text.strip():
        return None
    text = text.strip()[:LONGEST]
    relative = _RELATIVE.fullmatch(text)
    if relative is not None:
        return max(now_ns - int(relative[1]) * UNITS[relative[2]] * SECOND_NS, 0)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ProblemError(400, f"'{name}' is no time: '{text}'; say 15m, 1h, 2d or 2026-01-31T23:59:00Z") from None
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    return min(max(int(aware.timestamp() * 1_000_000) * 1000, 0), LATEST_NS)


def iso(time_ns: int | None) -> str | None:
    """An ISO time in UTC to the millisecond."""
    if time_ns is None:
        return None
    return datetime.fromtimestamp(time_ns / SECOND_NS, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
