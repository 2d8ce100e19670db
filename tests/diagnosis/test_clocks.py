"""How far clocks differ: what shared events prove, and what they do not."""

from __future__ import annotations

import random

import pytest

from logsleuth.diagnosis import clocks
from logsleuth.diagnosis.clocks import clock_offsets
from logsleuth.model import ClockOffset, Sight

HOUR = 3600.0


def stamp(second: float) -> str:
    """A time of some day in June."""
    hours, rest = divmod(second + 12 * HOUR, HOUR)
    day, hour = divmod(int(hours), 24)
    return f"06-{10 + day:02}T{hour:02}:{int(rest // 60):02}:{rest % 60:06.3f}"


def meeting(key: str, **seconds: float) -> list[Sight]:
    """An event that each source saw at its own time."""
    return [Sight(key, source, stamp(second), is_meeting=True) for source, second in seconds.items()]


def passing(key: str, **seconds: float) -> list[Sight]:
    """An event that went from one source to the other."""
    return [Sight(key, source, stamp(second)) for source, second in seconds.items()]


def offset(ahead_s: float, spread_s: float, shared: int, *, zone: bool = False, source: str = "b") -> ClockOffset:
    """The clock of a source against that of `a`."""
    return ClockOffset(source=source, reference="a", ahead_s=ahead_s, spread_s=spread_s, shared=shared, is_zone=zone)


@pytest.mark.parametrize(
    ("sights", "expected"),
    [
        ([], []),
        (meeting("x", a=0, b=97), []),  # one is chance
        (meeting("x", a=0, b=97) + meeting("y", a=9, b=106.5), [offset(97.25, 0.25, 2)]),
        (meeting("x", a=0, b=97) + meeting("y", a=9, b=9), []),  # they contradict one another
        (meeting("x", a=0, b=3) + meeting("y", a=9, b=12), []),  # clocks usually differ so much
        (passing("x", a=0, b=97) + passing("y", a=9, b=106), []),  # may have waited in a queue
        (
            meeting("x", a=0, b=97) + meeting("y", a=9, b=106) + meeting("z", a=20, b=400),
            [offset(97, 0, 2)],  # an odd one out
        ),
        (meeting("x", a=0, b=8 * HOUR) + meeting("y", a=9, b=8 * HOUR + 10), [offset(8 * HOUR, 1, 2, zone=True)]),
        (passing("x", a=0, b=5.5 * HOUR + 40) + passing("y", a=9, b=5.5 * HOUR + 9), [offset(5.5 * HOUR, 40, 2, zone=True)]),
        (passing("x", a=0, b=5.5 * HOUR + 70) + passing("y", a=9, b=5.5 * HOUR + 79), []),
        (passing("x", a=0, b=30 * HOUR) + passing("y", a=9, b=30 * HOUR + 9), []),  # no zone is so far away
        (
            meeting("x", a=0, b=2 * HOUR + 30) + meeting("y", a=9, b=2 * HOUR + 39),
            [offset(2 * HOUR + 30, 0, 2)],  # another zone, and wrong within it
        ),
    ],
)  # fmt: skip
def test_two_clocks(sights: list[Sight], expected: list[ClockOffset]) -> None:
    """Agreeing events prove a difference; anything else stays unknown."""
    assert list(clock_offsets(sights)) == expected


def test_another_run_does_not_count() -> None:
    """What is printed at each start is no proof alone, and none at all where it was printed twice."""
    starts = [
        Sight(key, source, stamp(second), is_meeting=True, is_unique=False)
        for key in ("world 16", "world 8")
        for source, second in (("a", 0.0), ("b", 900.0))
    ]
    again = [Sight("world 16", "a", stamp(900), is_meeting=True, is_unique=False)]

    assert clock_offsets(starts) == ()
    assert clock_offsets(starts + meeting("communicator", a=1, b=901)) == (offset(900, 0, 3),)
    assert clock_offsets(starts[:2] + again + meeting("communicator", a=1, b=901)) == ()


def test_the_kernel_meets_processes_only() -> None:
    """Two hosts have processes of the same number."""
    sides = (("dmesg", "kernel", 8 * HOUR), ("log", "process", 2.0), ("other", "process", 4 * HOUR))
    sights = [
        Sight(f"pid {pid}", source, stamp(pid + at), side=side) for pid in (7, 8) for source, side, at in sides[:2]
    ]
    others = [
        Sight(f"pid {pid}", source, stamp(pid + at), side=side) for pid in (7, 8) for source, side, at in sides[1:]
    ]

    assert clock_offsets(sights) == (
        ClockOffset(source="dmesg", reference="log", ahead_s=8 * HOUR, spread_s=2.0, shared=2, is_zone=True),
    )
    assert clock_offsets(others) == ()


def test_most_clocks_are_the_reference() -> None:
    """And others are compared over those in between; the order of the sights says nothing."""
    sights = [
        *(meeting("x", a=0, b=60, c=60, d=60) + meeting("y", a=5, b=65, c=65, d=65)),
        *(meeting("z", d=70, e=470) + meeting("w", d=71, e=471)),
    ]
    wanted = (
        ClockOffset(source="a", reference="b", ahead_s=-60.0, spread_s=0.0, shared=2, is_zone=False),
        ClockOffset(source="e", reference="b", ahead_s=400.0, spread_s=0.0, shared=2, is_zone=False),
    )
    random.Random(1).shuffle(sights)

    assert clock_offsets(sights) == wanted
    assert clock_offsets(sights[::-1]) == wanted


def test_the_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond so many pairs, keys and sources nothing is compared."""
    many = meeting("x", a=0, b=97) + meeting("y", a=9, b=106)
    monkeypatch.setattr(clocks, "PAIRS", 0)
    assert clock_offsets(many) == ()
    monkeypatch.undo()
    monkeypatch.setattr(clocks, "KEYS", 1)
    assert clock_offsets(many) == ()
    monkeypatch.undo()
    monkeypatch.setattr(clocks, "SOURCES", 1)
    assert clock_offsets(many) == ()


def test_what_is_no_time_is_passed_over() -> None:
    """Records give times as they were printed."""
    broken = [Sight(key, source, "02-30T00:00:00", is_meeting=True) for key in "xy" for source in "ab"]

    assert clock_offsets(broken) == ()
