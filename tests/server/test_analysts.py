"""All tenants' analyses, and the time that goes by for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from logsleuth.api import prepare
from logsleuth.plan import Plan
from logsleuth.server.analyst import SECOND_NS, Opening
from logsleuth.server.analysts import LATEST_NS, SETBACK_NS, WINDOW_BYTES, WINDOW_NS, Analysts, Clock, Wishes
from logsleuth.server.entry import Batch, Entry

START_NS = 1_780_000_000 * SECOND_NS
OPEN = b"Traceback (most recent call last):"


@dataclass
class Nothing:
    """No earlier run, unless a test says so."""

    memories: dict[str, tuple[bytes | None, bytes | None]] = field(default_factory=dict)
    saved: bytes | None = None

    def opening(self, tenant: str, source: str) -> Opening:
        """A new source."""
        assert tenant
        return Opening(name=source)

    def tenant(self, name: str) -> tuple[bytes | None, bytes | None]:
        """What was kept."""
        return self.memories.get(name, (None, None))

    def tenants(self) -> tuple[str, ...]:
        """All that were kept."""
        return tuple(self.memories)

    def waiting(self) -> tuple[str, ...]:
        """Those with entries held back."""
        return tuple(name for name, (_, held) in self.memories.items() if held)

    def clock(self) -> bytes | None:
        """The clock that was kept."""
        return self.saved


@pytest.fixture(scope="module")
def plan(cache: str) -> Plan:
    """The built-in catalog."""
    return prepare(cache=Path(cache))


def batch(*texts: bytes, at: int = 0, tenant: str = "default", source: str = "a") -> Batch:
    """A request, so many nanoseconds after the start."""
    entries = tuple(Entry(source, text) for text in texts)
    return Batch(tenant=tenant, digest=b"d", arrived_ns=START_NS + at, protocol="test", entries=entries)


def test_the_clock_never_goes_back() -> None:
    """A little late is now; set back by more, it goes on from there."""
    clock = Clock()
    seen = [clock.tell(START_NS + at) for at in (0, 5, 3, 7, -SETBACK_NS * 2, -SETBACK_NS * 2 + 4)]

    assert [time - START_NS for time in seen] == [0, 5, 5, 7, 7, 11]


def test_what_arrives_together_is_read_together(plan: Plan) -> None:
    """Until a moment has gone by, or it is much."""
    analysts = Analysts(Wishes(plan=plan), Nothing())

    assert not analysts.is_due(START_NS)
    analysts.take(batch(b"x"))
    assert (analysts.is_due(START_NS + WINDOW_NS - 1), analysts.is_due(START_NS + WINDOW_NS)) == (False, True)
    assert (analysts.is_quiet, analysts.window_ns) == (False, START_NS)
    analysts.take(batch(b"x" * WINDOW_BYTES, at=1))
    assert analysts.is_due(START_NS + 1)
    analysts.advance()
    assert (analysts.is_quiet, analysts.window_ns, analysts.is_due(START_NS * 2)) == (True, None, False)


def test_what_stays_open_is_complete_after_a_while(plan: Plan) -> None:
    """Of all tenants at once, so that there is a moment to commit."""
    analysts = Analysts(Wishes(plan=plan), Nothing())
    for at in range(0, 4 * SECOND_NS, SECOND_NS):
        analysts.take(batch(OPEN, at=at, tenant="default" if at % (2 * SECOND_NS) else "team"))
        analysts.advance()
    before = analysts.is_quiet
    analysts.advance(START_NS + 3 * SECOND_NS + LATEST_NS)

    assert (before, analysts.is_quiet, analysts.is_idle, analysts.is_touched) == (False, True, True, True)


def test_a_harvest_holds_what_came_and_what_waits(plan: Plan) -> None:
    """For another run to go on from."""
    analysts = Analysts(Wishes(plan=plan), Nothing())
    analysts.take(batch(b"one"))
    analysts.take(batch(b"two", at=2 * SECOND_NS))
    analysts.advance()
    clock, parts = analysts.harvest()
    records = Nothing({name: (part.memory, part.held) for name, part in parts.items()}, clock)
    again = Analysts(Wishes(plan=plan), records)
    again.advance(START_NS + 9 * SECOND_NS)
    _, rest = again.harvest()

    assert [run.data for run in parts["default"].harvest.runs["a"]] == [b"one\n"]
    assert [run.data for run in rest["default"].harvest.runs["a"]] == [b"two\n"]
    assert msgspec.json.decode(clock, type=Clock).told_ns == START_NS + 2 * SECOND_NS
    assert not analysts.is_touched
    assert rest["default"].held is None


def test_tenants_are_put_aside_and_bounded(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of too many at once, those that wait for nothing; of too many in all, the rest come together."""
    monkeypatch.setattr("logsleuth.server.analysts.LOADED", 2)
    monkeypatch.setattr("logsleuth.server.analysts.KNOWN", 4)
    analysts = Analysts(Wishes(plan=plan), Nothing())
    for at, tenant in enumerate(("t1", "t2", "t3", "t4", "t5", "t6", "t1")):
        analysts.take(batch(b"x", at=at, tenant=tenant))
    analysts.advance(START_NS + 5 * SECOND_NS)
    _, parts = analysts.harvest()
    analysts.put_aside()
    analysts.take(batch(b"y", at=6 * SECOND_NS, tenant="t1"))
    analysts.advance(START_NS + 9 * SECOND_NS)
    _, after = analysts.harvest()

    lines = {name: sum(len(run.times) for run in part.harvest.runs["a"]) for name, part in parts.items()}
    assert lines == {"other": 2, "t1": 2, "t2": 1, "t3": 1, "t4": 1}
    assert list(after) == ["t1"]
