"""Findings are counted by failure and stream; the first and the latest of each are kept."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Event, EventKind, EventLine, Facts, Finding, Origin
from logsleuth.tally import Tally

Told = tuple[str, int, int, int, str | None]


def finding(
    id_: str, line: int, *, source: int = 0, origin: Origin | None = None, facts: Facts = (), count: int = 1
) -> Finding:
    """A finding on one line, at the time of its number."""
    event = Event(
        kind=EventKind.LINE,
        source=f"log{source}",
        source_index=source,
        origin=origin or Origin(),
        lines=(EventLine(number=line, raw="x", message="x"),),
        ts=f"01-01T00:00:{line:02d}",
    )
    return Finding(signature_id=id_, event=event, first=0, last=0, facts=facts, count=count)


def told(tally: Tally) -> list[Told]:
    """Id, line, count, last line and last time of each finding kept."""
    return [
        (item.signature_id, item.event.lines[item.first].number, item.count, item.last_line, item.last_ts)
        for item in tally.findings()
    ]


def tallied(*findings: Finding, limits: Limits = DEFAULT_LIMITS) -> Tally:
    """The tally of these findings."""
    tally = Tally(limits=limits)
    for item in findings:
        tally.add(item)
    return tally


def test_one_finding_is_first_and_latest() -> None:
    """Its count is its own."""
    assert told(tallied(finding("a", 3, count=7))) == [("a", 3, 7, 3, "01-01T00:00:03")]


def test_of_many_the_first_and_the_latest_are_kept() -> None:
    """Their counts add up to all, in whatever order they come."""
    found = [finding("a", line, count=line) for line in range(1, 6)]
    random.Random(1).shuffle(found)

    assert told(tallied(*found)) == [("a", 1, 14, 5, "01-01T00:00:05"), ("a", 5, 1, 5, "01-01T00:00:05")]


@pytest.mark.parametrize(
    "other",
    [
        finding("b", 2),
        finding("a", 2, source=1),
        finding("a", 2, origin=Origin(rank=1)),
        finding("a", 2, facts=(("fingerprint", "x"),)),
        finding("a", 2, facts=(("rank", "3"),)),
    ],
    ids=["signature", "source", "stream", "fingerprint", "rank in the text"],
)
def test_what_makes_another_failure(other: Finding) -> None:
    """Each is kept beside the first one."""
    assert len(told(tallied(finding("a", 1), other))) == 2
    assert sum(count for _, _, count, _, _ in told(tallied(finding("a", 1), other, other))) == 3


def test_a_rank_in_the_text_gives_way_to_that_of_the_prefix() -> None:
    """The process speaks of others: it is still one stream."""
    found = [finding("a", line, origin=Origin(rank=0), facts=(("rank", str(line)),)) for line in (1, 2, 3)]

    assert told(tallied(*found)) == [("a", 1, 2, 3, "01-01T00:00:03"), ("a", 3, 1, 3, "01-01T00:00:03")]


def test_beyond_the_limit_findings_are_counted_as_dropped() -> None:
    """Those that are known go on to be counted."""
    tally = tallied(finding("a", 1), finding("b", 2), finding("c", 3), finding("a", 4), limits=Limits(tallies=2))

    assert tally.dropped == 1
    assert [(id_, line) for id_, line, *_ in told(tally)] == [("a", 1), ("a", 4), ("b", 2)]


def test_unknown_failures_are_bounded_by_their_fingerprints() -> None:
    """One that is known goes on to be counted in other streams, as do failures that have a name."""
    tally = tallied(
        *(finding("unknown", line, facts=(("fingerprint", digest),)) for line, digest in enumerate("abc", 1)),
        finding("unknown", 4, source=1, facts=(("fingerprint", "a"),)),
        finding("a", 5),
        limits=Limits(unknown_failures=2),
    )

    assert tally.dropped == 1
    assert [line for _, line, *_ in told(tally)] == [1, 2, 4, 5]


def test_facts_that_only_a_repetition_tells_are_kept() -> None:
    """What the first one says stands."""
    found = [finding("a", line, facts=facts) for line, facts in enumerate(((("x", "1"),), (("x", "2"), ("y", "3"))), 1)]

    first, latest = tallied(*found).findings()

    assert (first.facts, latest.facts) == ((("x", "1"), ("y", "3")), (("x", "2"), ("y", "3")))


def test_forgotten_failures_make_room() -> None:
    """A watcher dismisses what is over, day after day."""
    tally = tallied(finding("unknown", 1, facts=(("fingerprint", "a"),)), limits=Limits(unknown_failures=1))

    tally.drop(lambda _: True)
    tally.add(finding("unknown", 2, facts=(("fingerprint", "b"),)))

    assert (tally.dropped, [line for _, line, *_ in told(tally)]) == (0, [2])


def test_findings_can_be_forgotten() -> None:
    """As if they had not been made: what comes later is new."""
    tally = tallied(finding("a", 1), finding("b", 2))

    tally.drop(lambda item: item.signature_id == "a")
    tally.add(replace(finding("a", 9), count=2))

    assert told(tally) == [("b", 2, 1, 2, "01-01T00:00:02"), ("a", 9, 2, 9, "01-01T00:00:09")]


def test_of_a_full_tally_what_was_touched_last_stays() -> None:
    """Three quarters of it, in their order."""
    limits = replace(DEFAULT_LIMITS, tallies=4)
    tally = tallied(*(finding(name, line) for line, name in enumerate("abcd", 1)), finding("a", 9), limits=limits)
    fullness = [tally.is_full]
    tally.shed()
    fullness.append(tally.is_full)

    assert fullness == [True, False]
    assert [name for name, *_ in told(tally)] == ["a", "a", "c", "d"]
