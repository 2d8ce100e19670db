"""Incidents over time: a pure step from what was known and what is diagnosed now to what has to be told.

An incident opens with a first cause, keeps its identity when a better cause is found, and ends when it is over.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from logsleuth.model import Diagnosis, Role
from logsleuth.recent import Failure

ALARMS: Final = frozenset({Role.ROOT, Role.PERF})
UNSURE: Final = 0.33  # below it stand wrappers alone: reports about a failure whose cause was not seen yet
MANY: Final = 10  # a failure that came so many times as often as told is told again
SURER: Final = 0.2


class Kind(StrEnum):
    """What an event tells."""

    OPENED = "opened"
    UPDATED = "updated"
    RESOLVED = "resolved"


class Reason(StrEnum):
    """Why it is told."""

    NEW = "new"
    CAUSE = "cause"  # a better cause was found
    SPREAD = "spread"  # more processes, ranks or consequences
    REPEATED = "repeated"
    CHANGED = "changed"
    RECOVERED = "recovered"  # the same operation succeeded
    SERVICE = "service"  # normal service went on
    SUPERSEDED = "superseded"  # what followed showed that it was none
    EXPLAINED = "explained"  # it belongs to another incident
    SILENT = "silent"  # nothing more of it came for a long time


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long what is waited for."""

    cause_s: float = 5.0  # for the cause of a failure that only reports another one
    update_s: float = 1.0  # between two events of one incident
    resolve_s: float = 30.0  # of normal service, before an incident is over
    silent_s: float = math.inf  # without a sight of it, before an incident is over whatever else goes on


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One failure and all that it led to; `told` is the diagnosis as it was told last."""

    id: str
    key: Failure
    told: Diagnosis
    revision: int = 1
    told_at: float = 0.0
    count: int = 0  # sightings at the last look
    calm_since: float | None = None
    gone_since: float | None = None
    seen_at: float | None = None  # when the number of sightings was another last


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidents:
    """What is open, and the failures that wait for their cause, with the time since when."""

    open: tuple[Incident, ...] = ()
    waiting: tuple[tuple[Failure, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What has to be told about one incident; `previous` is the id of the cause that was told before."""

    kind: Kind
    reason: Reason
    incident: str
    revision: int
    diagnosis: Diagnosis
    previous: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one look comes to; `due` is when to look again though nothing changes; `over` need not be kept in mind."""

    incidents: Incidents
    changes: tuple[Change, ...] = ()
    over: frozenset[Failure] = frozenset()
    due: float | None = None


def key_of(diagnosis: Diagnosis) -> Failure:
    """Which failure a diagnosis is about."""
    return diagnosis.id, dict(diagnosis.facts).get("fingerprint", "")


def step(
    before: Incidents,
    diagnoses: tuple[Diagnosis, ...],
    now: float,
    *,
    served: frozenset[Failure] = frozenset(),
    timing: Timing | None = None,
) -> Step:
    """The incidents at `now`; `served` are the failures after whose last sight normal service went on."""
    return _Look(before, diagnoses, now, served, timing or Timing()).result()


class _Look:
    """One look at the diagnoses of a moment."""

    def __init__(
        self,
        before: Incidents,
        diagnoses: tuple[Diagnosis, ...],
        now: float,
        served: frozenset[Failure],
        timing: Timing,
    ) -> None:
        self._before = before
        self._found = {key_of(item): item for item in diagnoses}
        self._now = now
        self._served = served
        self._timing = timing
        self._kept: dict[Failure, Incident] = {}
        self._changes: list[Change] = []
        self._over: set[Failure] = set()
        self._due: list[float] = []

    def result(self) -> Step:
        """All that has to be told."""
        for incident in self._before.open:
            self._follow(incident)
        waiting = tuple(self._begin())
        return Step(
            incidents=Incidents(open=tuple(self._kept.values()), waiting=waiting),
            changes=tuple(self._changes),
            over=frozenset(self._over),
            due=min(self._due, default=None),
        )

    def _follow(self, incident: Incident) -> None:
        """What became of an open incident."""
        found = self._found.get(incident.key)
        if found is None:
            self._vanished(incident)
        elif found.role is Role.CONSEQUENCE:
            self._explained(incident, self._root(found))
        elif found.role not in ALARMS:
            self._end(incident, found, Reason.RECOVERED)
        else:
            self._go_on(incident, found)

    def _vanished(self, incident: Incident) -> None:
        """A diagnosis that is no longer made: the next lines gave it another name, or the figures are well again."""
        taken = {other.key for other in self._before.open} | self._kept.keys()
        heirs = (item for item in self._alarms() if key_of(item) not in taken and _is_same_place(item, incident.told))
        if (heir := next(heirs, None)) is not None:
            self._take_over(incident, heir)
            return
        since = self._now if incident.gone_since is None else incident.gone_since
        if self._now - since >= self._timing.resolve_s:
            is_perf = incident.told.role is Role.PERF
            self._end(incident, incident.told, Reason.SERVICE if is_perf else Reason.SUPERSEDED)
            return
        self._keep(replace(incident, gone_since=since), since + self._timing.resolve_s)

    def _explained(self, incident: Incident, root: Diagnosis | None) -> None:
        """Its cause has become known: the incident is that of the cause, unless that has one already."""
        if root is None:
            self._keep(incident)
        elif any(other.key == key_of(root) for other in (*self._kept.values(), *self._before.open)):
            self._end(incident, root, Reason.EXPLAINED, is_over=False)
        else:
            self._take_over(incident, root)

    def _take_over(self, incident: Incident, cause: Diagnosis) -> None:
        self._tell(replace(incident, key=key_of(cause), gone_since=None, calm_since=None), cause, Reason.CAUSE)

    def _go_on(self, incident: Incident, found: Diagnosis) -> None:
        is_same = found.count == incident.count and incident.seen_at is not None
        incident = replace(
            incident,
            gone_since=None,
            calm_since=self._calm_since(incident, found),
            count=found.count,
            seen_at=incident.seen_at if is_same else self._now,
        )
        calm_s = self._now - incident.calm_since if incident.calm_since is not None else 0.0
        if incident.calm_since is not None and calm_s >= self._timing.resolve_s:
            self._end(incident, found, Reason.SERVICE)
            return
        if self._now - (incident.seen_at or self._now) >= self._timing.silent_s:
            self._end(incident, found, Reason.SILENT)
            return
        reason = _news(incident.told, found)
        due = incident.told_at + self._timing.update_s
        if reason is not None and self._now >= due:
            self._tell(incident, found, reason)
            return
        self._keep(incident, due if reason is not None else None)

    def _calm_since(self, incident: Incident, found: Diagnosis) -> float | None:
        """Since when there is normal service and nothing new of this failure."""
        if incident.key not in self._served or found.count != incident.count:
            return None
        return self._now if incident.calm_since is None else incident.calm_since

    def _begin(self) -> Iterator[tuple[Failure, float]]:
        """Open incidents for causes that have none; what only reports another failure waits for a while."""
        since = dict(self._before.waiting)
        for item in self._alarms():
            key = key_of(item)
            if key in self._kept or key in self._over:
                continue
            start = since.get(key, self._now)
            is_symptom = item.role is Role.ROOT and item.confidence < UNSURE
            if is_symptom and self._now - start < self._timing.cause_s:
                self._due.append(start + self._timing.cause_s)
                yield key, start
            else:
                incident = Incident(id=_name(key, item), key=key, told=item, revision=0)
                self._tell(incident, item, Reason.NEW)

    def _tell(self, incident: Incident, diagnosis: Diagnosis, reason: Reason) -> None:
        previous = incident.told.id if incident.told.id != diagnosis.id else None
        told = replace(
            incident, told=diagnosis, revision=incident.revision + 1, told_at=self._now, count=diagnosis.count
        )
        kind = Kind.OPENED if reason is Reason.NEW else Kind.UPDATED
        self._change(kind, reason, told, diagnosis, previous)
        self._keep(told)

    def _end(self, incident: Incident, diagnosis: Diagnosis, reason: Reason, *, is_over: bool = True) -> None:
        self._change(Kind.RESOLVED, reason, replace(incident, revision=incident.revision + 1), diagnosis, None)
        if is_over:
            self._over.add(incident.key)
            self._over.update(key for key, item in self._found.items() if self._leads_to(incident.key, item))

    def _change(
        self, kind: Kind, reason: Reason, incident: Incident, diagnosis: Diagnosis, previous: str | None
    ) -> None:
        self._changes.append(
            Change(
                kind=kind,
                reason=reason,
                incident=incident.id,
                revision=incident.revision,
                diagnosis=diagnosis,
                previous=previous,
            )
        )

    def _keep(self, incident: Incident, due: float | None = None) -> None:
        self._kept[incident.key] = incident
        calm = [incident.calm_since + self._timing.resolve_s] if incident.calm_since is not None else []
        silent = [incident.seen_at + self._timing.silent_s] if incident.seen_at is not None else []
        self._due += [*calm, *(at for at in silent if at < math.inf), *([due] if due is not None else [])]

    def _alarms(self) -> Iterator[Diagnosis]:
        return (item for item in self._found.values() if item.role in ALARMS)

    def _leads_to(self, key: Failure, item: Diagnosis) -> bool:
        root = self._root(item) if item.role is Role.CONSEQUENCE else None
        return root is not None and key_of(root) == key

    def _root(self, item: Diagnosis) -> Diagnosis | None:
        """The first cause of a consequence; None where the chain ends in nothing that is alarming."""
        by_id: Mapping[str, Diagnosis] = {found.id: found for found in reversed(self._found.values())}
        for _ in self._found:
            if item.role is not Role.CONSEQUENCE:
                return item if item.role in ALARMS else None
            cause = by_id.get(item.explained_by or "")
            if cause is None:
                return None
            item = cause
        return None


def _news(told: Diagnosis, found: Diagnosis) -> Reason | None:
    """What is worth telling again."""
    if (told.role, told.severity) != (found.role, found.severity) or abs(told.confidence - found.confidence) > SURER:
        return Reason.CHANGED
    if set(found.places) - set(told.places) or set(found.explains) - set(told.explains):
        return Reason.SPREAD
    return Reason.REPEATED if found.count >= MANY * told.count else None


def _is_same_place(one: Diagnosis, other: Diagnosis) -> bool:
    """Whether both rest on the same lines."""
    first, second = one.evidence[0], other.evidence[0]
    is_apart = first.end_line < second.line or second.end_line < first.line
    return first.source == second.source and not is_apart


def _name(key: Failure, item: Diagnosis) -> str:
    """A name that is the same whenever the same lines are read."""
    first = item.evidence[0]
    text = "\0".join((*key, first.source, str(first.line)))
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=6).hexdigest()
