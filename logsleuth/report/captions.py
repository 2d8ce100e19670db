"""Short texts about a diagnosis that every form of the report shares: its title, its times, its processes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.model import Diagnosis, Place, Role, Words
from logsleuth.report import phrases
from logsleuth.wording import escaped

UNKNOWN: Final = "unknown"
FRACTION: Final = lazy(r"(?<=:\d\d)[.,]\d+")
STANDARD_INPUT: Final = "<stdin>"
UNSURE: Final = 0.33  # below this, a first cause is only a report about another one


def title(item: Diagnosis) -> Words:
    """The diagnosis in a few words; a failure that no signature explains is named by its exception."""
    if item.id != UNKNOWN:
        return item.title
    exception = dict(item.facts).get("exception", "")
    if not exception:
        return item.title
    return Words(en=f"{phrases.UNKNOWN.en}: {exception}", zh=f"{phrases.UNKNOWN.zh}：{exception}")


def is_symptom(item: Diagnosis) -> bool:
    """Whether it stands as a first cause only because its own cause is not in the input."""
    return item.role is Role.ROOT and item.confidence < UNSURE


def moment(ts: str) -> str:
    """A time as people read it: no fractions of a second, a space before the hour."""
    return FRACTION.sub("", ts).replace("T", " ", 1)


def period(item: Diagnosis, language: str) -> str:
    """When it was seen; empty where no line tells."""
    first, last = (moment(ts) if ts else "" for ts in (item.first_seen, item.last_seen))
    if not first or not last or first == last:
        return first or last
    return f"{first} {phrases.UNTIL.in_language(language)} {_later(first, last)}"


def _later(first: str, last: str) -> str:
    """`last` without the date that it shares with `first`."""
    day, _, hour = last.partition(" ")
    return hour if hour and first.startswith(f"{day} ") else last


def who(places: Sequence[Place], *, most: int = 4) -> str:
    """The processes, each once: `Worker_TP2 (rank 2), Worker_TP0 (rank 0), +2`."""
    named = {(place.node, place.process) for place in places if place.rank is not None}
    told = [place for place in places if place.rank is not None or (place.node, place.process) not in named]
    names = list(dict.fromkeys(name for name in map(_name, told) if name))
    return ", ".join(names[:most] + ([f"+{len(names) - most}"] if len(names) > most else []))


def _name(place: Place) -> str:
    name = "@".join(part for part in (place.process, place.node) if part)
    if place.rank is None:
        return name
    return f"{name} (rank {place.rank})" if name else f"rank {place.rank}"


def place(source: str, line: int, *, most: int | None = None) -> str:
    """`file:line`; of a name longer than `most` only its end, which tells more than its beginning."""
    name = STANDARD_INPUT if source == "-" else source
    if most is not None and len(name) > most:
        name = "…" + name[1 - most :]
    return escaped(f"{name}:{line}")
