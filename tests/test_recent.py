"""What a watcher keeps in mind."""

from __future__ import annotations

from dataclasses import replace

from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.model import NOBODY, Event, EventKind, EventLine, Facts, Finding, Text
from logsleuth.recent import FIRST, POINTS, SPARE, UNKNOWN, Memory, Recent, compacted, failure

STATS = (
    "INFO 11-20 06:00:00 [loggers.py:123] Engine 000: Avg prompt throughput: 1.0 tokens/s, Avg generation throughput: "
    "{}.0 tokens/s, Running: 1 reqs, Waiting: 0 reqs, GPU KV cache usage: 2.0%, Prefix cache hit rate: 0.0%"
)


def finding(name: str, line: int, facts: Facts = ()) -> Finding:
    """A finding on one line."""
    event = Event(kind=EventKind.LINE, source="a", source_index=0, origin=NOBODY, lines=(EventLine(line, "x", "x"),))
    return Finding(signature_id=name, event=event, first=0, last=0, facts=facts)


def test_what_is_over_is_forgotten_and_can_come_again() -> None:
    """One failure and no other; unknown ones are told apart by their fingerprints."""
    recent = Recent(limits=DEFAULT_LIMITS)
    for item in (finding("a", 1), finding("a", 2), finding("b", 3), finding("u", 4, (("fingerprint", "f"),))):
        recent.add(item)
    recent.dismiss([("a", ""), ("u", "g")])
    recent.add(finding("a", 9))

    assert [(failure(item), item.count, item.last_line) for item in recent.findings()] == [
        (("b", ""), 1, 3),
        (("u", "f"), 1, 4),
        (("a", ""), 1, 9),
    ]
    assert recent.changes == 5


def test_a_flood_of_unknown_failures_is_thinned_out() -> None:
    """The first ones stay, for the cause is among them, and the latest; what a signature knows stays."""
    recent = Recent(limits=DEFAULT_LIMITS)
    recent.add(finding("known", 1))
    for number in range(1000):
        recent.add(finding("unknown", number + 2, (("fingerprint", str(number)),)))

    kept = [failure(item)[1] for item in recent.findings()]

    assert kept[: FIRST + 1] == ["", *map(str, range(FIRST))]
    assert kept[-1] == "999"
    assert UNKNOWN - FIRST < len(kept) - FIRST < UNKNOWN + SPARE


def test_the_latest_figures_are_kept() -> None:
    """All of them, and not a sample; each with its line."""
    recent = Recent(limits=DEFAULT_LIMITS)
    lines = [line for number in range(POINTS + 5) for line in ("other", STATS.format(number))]
    data = "".join(f"{line}\n" for line in lines).encode()
    recent.take(Text(source="a", first_line=1, data=data, shapes=data, line_count=len(lines)), 0)

    points = recent.points()

    assert [point.value("generation_tps") for point in points] == [float(number) for number in range(5, POINTS + 5)]
    assert [point.line for point in points][:2] == [12, 14]
    assert points[0].raw == STATS.format(5)


def test_what_was_not_seen_for_longest_gives_way() -> None:
    """By number and by size: a watcher that has seen much goes on to see what is new."""
    recent = Recent(limits=replace(DEFAULT_LIMITS, tallies=8))
    for line in range(1, 101):
        recent.add(finding(f"s{line}", line))
        recent.add(finding("always", 1000 + line))
    large = Recent(limits=replace(DEFAULT_LIMITS, tally_chars=2000))
    for line in range(1, 101):
        event = replace(finding("x", line).event, lines=(EventLine(line, "x", "x" * 300),))
        large.add(replace(finding(f"s{line}", line), event=event))

    names = {item.signature_id for item in recent.findings()}
    assert {"always", "s100", "s99"} <= names
    assert len(names) <= 8
    assert 1 <= large.weight <= 8
    assert {item.signature_id for item in large.findings()} >= {"s100"}


def test_a_memory_without_the_sources_that_nothing_is_known_of() -> None:
    """What points to a source still points to it."""
    found = replace(finding("a", 1), event=replace(finding("a", 1).event, source="s3", source_index=3))
    step = replace(found.event, source="s1", source_index=1)
    memory = Memory(
        sources=("s0", "s1", "s2", "s3", "s4"),
        findings=(found,),
        configured=found.event,
        steps=(step,),
        progress=((0, 7), (4, 9)),
        began=((3, 1),),
        passed=((2, 1),),
        tails=((1, b"tail"),),
    )

    kept = compacted(memory, {"s4", "unheard of"})

    assert kept.sources == ("s1", "s3", "s4")
    assert [item.event.source_index for item in kept.findings] == [1]
    assert kept.configured is not None
    assert (kept.configured.source_index, [event.source_index for event in kept.steps]) == (1, [0])
    assert (kept.progress, kept.began, kept.passed, kept.tails) == (((2, 9),), ((1, 1),), (), ((0, b"tail"),))
    assert compacted(kept, kept.sources) == kept
