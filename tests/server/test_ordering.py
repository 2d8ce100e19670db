"""Entries come in the order of their times, though requests overtake one another."""

from __future__ import annotations

import random

from logsleuth.server.entry import Entry
from logsleuth.server.ordering import HELD_BYTES, HOLD_NS, Ordering

SECOND_NS = 1_000_000_000


def released(ordering: Ordering, now_ns: int) -> dict[str, list[bytes]]:
    """The texts that come out."""
    return {source: [one.text for one in arrivals] for source, arrivals in ordering.release(now_ns)}


def test_what_comes_late_takes_its_place() -> None:
    """Within the time that is waited for it; a time that two share keeps the order of arrival."""
    ordering = Ordering()
    ordering.hold([Entry("a", b"3", 30), Entry("a", b"3b", 30)], arrived_ns=100 * SECOND_NS, now_ns=0)
    ordering.hold([Entry("a", b"1", 10), Entry("a", b"9", 90)], arrived_ns=100 * SECOND_NS, now_ns=HOLD_NS // 2)

    assert released(ordering, HOLD_NS - 1) == {}
    assert released(ordering, HOLD_NS) == {"a": [b"1", b"3", b"3b"]}
    assert released(ordering, 2 * HOLD_NS) == {"a": [b"9"]}
    assert ordering.is_empty


def test_sources_do_not_wait_for_one_another() -> None:
    """Each has its own order."""
    ordering = Ordering()
    ordering.hold([Entry("a", b"1", 10)], arrived_ns=SECOND_NS, now_ns=0)
    ordering.hold([Entry("b", b"1", 5)], arrived_ns=SECOND_NS, now_ns=HOLD_NS)

    assert released(ordering, HOLD_NS) == {"a": [b"1"]}


def test_without_a_time_the_arrival_counts() -> None:
    """And so for a time that is none: before 1970, or days ahead of its arrival."""
    ordering = Ordering()
    entries = [Entry("a", b"x"), Entry("a", b"y", -5), Entry("a", b"z", 3 * 24 * 3600 * SECOND_NS)]
    ordering.hold(entries, arrived_ns=7 * SECOND_NS, now_ns=0)

    ((_, arrivals),) = ordering.release(HOLD_NS)

    assert [(one.text, one.time_ns) for one in arrivals] == [(text, 7 * SECOND_NS) for text in (b"x", b"y", b"z")]


def test_what_waits_can_be_kept_at_any_moment() -> None:
    """Another run gives the same order."""
    chance = random.Random(5)
    entries = [Entry(f"s{chance.randrange(3)}", b"%d" % index, chance.randrange(1, 1000)) for index in range(300)]
    whole, halved = Ordering(), Ordering()
    seen: list[dict[str, list[bytes]]] = []
    kept: list[dict[str, list[bytes]]] = []
    for index, entry in enumerate(entries):
        now_ns = index * HOLD_NS // 10
        for ordering in (whole, halved):
            ordering.hold([entry], arrived_ns=SECOND_NS, now_ns=now_ns)
        if index % 7 == 0:
            seen.append(released(whole, now_ns))
            kept.append(released(halved, now_ns))
            halved = Ordering(halved.kept())

    assert kept == seen
    assert Ordering(None).kept() is None
    assert sum(len(texts) for each in seen for texts in each.values()) > 200


def test_too_much_does_not_wait() -> None:
    """Memory is bounded."""
    ordering = Ordering()
    text = b"x" * 1024 * 1024
    ordering.hold([Entry("a", text, 1)] * (HELD_BYTES // len(text) + 1), arrived_ns=SECOND_NS, now_ns=0)

    assert len(released(ordering, 0)["a"]) == HELD_BYTES // len(text) + 1
