"""The analyses of all tenants, and the time that goes by for them. In: batches. Out: what a commit holds.

The time is that of the batches' arrival, which the spool keeps: what is read again after a crash happens at the same
moments, and comes to the same. Only while nothing is left to read does the time of the clock on the wall go on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from logsleuth.plan import Plan
from logsleuth.server.analyst import SECOND_NS, STREAMS, Analyst, Opening
from logsleuth.server.entry import Batch
from logsleuth.server.store.found import public_id
from logsleuth.server.store.writing import TenantPart

WINDOW_NS: Final = SECOND_NS // 4  # of arrivals, which are read together
WINDOW_BYTES: Final = 4 * 1024 * 1024
LATEST_NS: Final = 5 * SECOND_NS  # after which what is open is taken as complete
UNQUIET_BYTES: Final = 32 * 1024 * 1024  # and so many bytes after
SETBACK_NS: Final = 60 * SECOND_NS  # a clock that goes back further was set anew
LOADED: Final = 32  # tenants in memory
ALL_STREAMS: Final = 2 * STREAMS
KNOWN: Final = 1_000  # tenants; entries of more come together in one
OTHER: Final = "other"


class Records(Protocol):
    """What is known of earlier runs."""

    def opening(self, tenant: str, source: str) -> Opening:
        """What is known of a source when it is read on."""
        ...

    def tenant(self, name: str) -> tuple[bytes | None, bytes | None]:
        """The memory of a tenant's analysis, and the entries held back."""
        ...

    def tenants(self) -> tuple[str, ...]:
        """The names of all tenants."""
        ...

    def waiting(self) -> tuple[str, ...]:
        """The tenants that the time goes by for."""
        ...

    def clock(self) -> bytes | None:
        """The state of the clock."""
        ...


class Clock(msgspec.Struct):
    """Time that never goes back: it goes on with the times it is told, whatever is done to the clock on the wall."""

    now_ns: int = 0
    told_ns: int = 0
    quiet_ns: int = 0  # when nothing was open last
    unquiet_bytes: int = 0  # read since

    def tell(self, time_ns: int) -> int:
        """Go on to `time_ns`, unless that is past; what time it is then."""
        if not self.told_ns:
            self.now_ns = self.told_ns = time_ns
        elif time_ns > self.told_ns or time_ns < self.told_ns - SETBACK_NS:
            self.now_ns += max(time_ns - self.told_ns, 0)
            self.told_ns = time_ns
        return self.now_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How the analyses are made."""

    plan: Plan
    language: str = "en"


class Analysts:
    """Every tenant's analysis; those not heard of for long are put aside after a commit."""

    def __init__(self, wishes: Wishes, records: Records) -> None:
        self._wishes = wishes
        self._records = records
        saved = records.clock()
        self._clock = msgspec.json.decode(saved, type=Clock) if saved else Clock()
        self._known = set(records.tenants())
        self._loaded: dict[str, Analyst] = {}  # the one heard of last stands last
        self._touched: set[str] = set()
        self._window_bytes = 0
        self._window_ns: int | None = None
        for name in records.waiting()[:LOADED]:
            self._analyst(name)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing is open that following entries may belong to, and no entries wait to be read."""
        return self._window_ns is None and all(analyst.is_quiet for analyst in self._loaded.values())

    @property
    def is_touched(self) -> bool:
        """Whether something has come that no commit holds."""
        return bool(self._touched)

    @property
    def has_news(self) -> bool:
        """Whether something happened to an incident that no commit holds."""
        return any(analyst.has_news for analyst in self._loaded.values())

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits for the time to go by."""
        return self._window_ns is None and all(analyst.is_idle for analyst in self._loaded.values())

    @property
    def window_ns(self) -> int | None:
        """When the first of the batches arrived that are still to be read, None where there are none."""
        return self._window_ns

    def is_due(self, arrived_ns: int) -> bool:
        """Whether what was taken is to be read before a batch that arrived at `arrived_ns`."""
        if self._window_ns is None:
            return False
        return self._window_bytes >= WINDOW_BYTES or arrived_ns - self._window_ns >= WINDOW_NS

    def take(self, batch: Batch) -> None:
        """Take a batch; it is read with those around it."""
        if self._window_ns is None:
            self._window_ns = batch.arrived_ns
        self._window_bytes += sum(len(entry.text) + 64 for entry in batch.entries)
        now_ns = self._clock.tell(batch.arrived_ns)
        name = batch.tenant if batch.tenant in self._known or len(self._known) < KNOWN else OTHER
        self._analyst(name).hold(batch.entries, arrived_ns=batch.arrived_ns, now_ns=now_ns)
        self._touched.add(name)

    def advance(self, time_ns: int | None = None) -> None:
        """Read what was taken, and look what it means, at the last arrival or at `time_ns`."""
        now_ns = self._clock.now_ns if time_ns is None else self._clock.tell(time_ns)
        self._clock.unquiet_bytes += self._window_bytes
        self._window_ns, self._window_bytes = None, 0
        for name, analyst in self._loaded.items():
            analyst.advance(now_ns, hour_ns=self._clock.told_ns)
            if analyst.has_results:
                self._touched.add(name)
        is_late = now_ns - self._clock.quiet_ns >= LATEST_NS or self._clock.unquiet_bytes >= UNQUIET_BYTES
        if not self.is_quiet and is_late:
            self.settle()
        if self.is_quiet:
            self._clock.quiet_ns, self._clock.unquiet_bytes = now_ns, 0

    @property
    def loaded(self) -> tuple[str, ...]:
        """The tenants in memory."""
        return tuple(self._loaded)

    def conclude(self, tenant: str | None = None) -> None:
        """Read all that is held back as if nothing followed, of one tenant or of those just taken from."""
        self._window_ns, self._window_bytes = None, 0
        for name in [tenant] if tenant is not None else sorted(self._touched):
            self._loaded[name].conclude(self._clock.now_ns, hour_ns=self._clock.told_ns)
            self._touched.add(name)

    def settle(self) -> None:
        """Take all that is open as complete."""
        for analyst in self._loaded.values():
            analyst.settle()

    def dismiss(self, tenant: str, incident: str) -> None:
        """Take an incident as over, because somebody says so."""
        analyst = self._analyst(tenant)
        for known in analyst.incidents:
            if public_id(tenant, known) == incident:
                analyst.dismiss(known)
                self._touched.add(tenant)

    def harvest(self) -> tuple[bytes, dict[str, TenantPart]]:
        """The state of the clock, and every tenant's share of a commit; call it when all are quiet."""
        parts = {}
        for name in sorted(self._touched):
            analyst = self._loaded[name]
            parts[name] = TenantPart(harvest=analyst.harvest(), memory=analyst.saved(), held=analyst.held())
        self._touched.clear()
        return msgspec.json.encode(self._clock), parts

    def put_aside(self) -> None:
        """Let go of what there is no room for, after a commit: it is read again when it is heard of."""
        for analyst in self._loaded.values():
            if analyst.streams > STREAMS:
                analyst.renew()
        streams = sum(analyst.streams for analyst in self._loaded.values())
        for name in sorted(list(self._loaded)[:-1], key=lambda name: not self._loaded[name].is_idle):
            if len(self._loaded) <= LOADED and streams <= ALL_STREAMS:
                return
            streams -= self._loaded[name].streams
            del self._loaded[name]

    def _analyst(self, name: str) -> Analyst:
        analyst = self._loaded.pop(name, None)
        if analyst is None:
            memory, held = self._records.tenant(name)
            analyst = Analyst(
                self._wishes.plan,
                opening=_opening(self._records, name),
                language=self._wishes.language,
                saved=memory,
                held=held,
            )
            self._known.add(name)
        self._loaded[name] = analyst
        return analyst


def _opening(records: Records, tenant: str) -> Callable[[str], Opening]:
    return lambda source: records.opening(tenant, source)
