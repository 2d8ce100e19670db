"""Times made comparable: what they tell of the order of findings, and what they do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from logsleuth.diagnosis.timeline import episodes, is_before, moment, order, placed, seconds
from logsleuth.model import Finding

MakeFinding = Callable[..., Finding]
DAY = 86400.0


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        (None, None),
        ("", None),
        ("yesterday", None),
        ("06-10 21:32:17", None),
        ("2025-06-10T21:32", None),
        ("02-30T00:00:00", None),
        ("13-01T00:00:00", None),
        ("01-01T00:00:00", 0.0),
        ("01-02T00:00:01.5", DAY + 1.5),
        ("2025-01-02T00:00:00.000000250", DAY + 2.5e-7),
        ("1999-01-02T00:00:00Z", DAY),
        ("2025-01-02T08:00:00+08:00", DAY),
        ("2025-01-01T18:30:00-0530", DAY),
        ("2025-02-29T00:00:00", 59 * DAY),
    ],
)
def test_seconds_count_from_the_new_year(stamp: str | None, expected: float | None) -> None:
    """At the printed zone's offset, whatever the year; what is no time gives none."""
    assert seconds(stamp) == expected


def test_a_finding_without_a_time_has_that_of_the_line_before(make_finding: MakeFinding) -> None:
    """Its own time counts more."""
    timed = make_finding("a", 1, ts="01-02T00:00:00")
    near = replace(timed, event=replace(timed.event, ts=None, near_ts="01-03T00:00:00"))
    both = replace(timed, event=replace(timed.event, near_ts="01-03T00:00:00"))

    assert [moment(finding) for finding in (timed, near, both, make_finding("a", 1))] == [DAY, 2 * DAY, DAY, None]


@pytest.mark.parametrize(
    ("sources", "stamps", "expected"),
    [
        ((0, 0), ("01-02T00:00:00", "01-01T00:00:00"), True),  # lines of one source count, not their clock
        ((0, 0), (None, None), True),
        ((0, 1), ("01-01T00:00:00", "01-01T00:00:06"), True),
        ((0, 1), ("01-01T00:00:06", "01-01T00:00:00"), False),
        ((0, 1), ("01-01T00:00:00", "01-01T00:00:05"), None),  # clocks may be so far apart
        ((0, 1), (None, "01-01T00:00:00"), None),
        ((0, 1), ("01-01T00:00:00", None), None),
    ],
)
def test_what_came_before(
    make_finding: MakeFinding, sources: tuple[int, int], stamps: tuple[str | None, str | None], *, expected: bool | None
) -> None:
    """By line within a source, by time between sources, and unknown where neither tells."""
    one, other = (
        make_finding("a", line, source=source, ts=stamp)
        for line, source, stamp in zip((1, 2), sources, stamps, strict=True)
    )

    assert is_before(one, other) is expected


def test_the_order_is_by_time_then_source_then_line(make_finding: MakeFinding) -> None:
    """What has no time comes last."""
    late = make_finding("a", 1, ts="01-02T00:00:00")
    early = make_finding("b", 9, source=1, ts="01-01T00:00:00")
    timeless = make_finding("c", 1)
    second = make_finding("d", 2, source=1)

    assert sorted([second, timeless, late, early], key=order) == [early, late, timeless, second]
    assert order(early) == (0.0, False, 0.0, "log1", 9, 0)
    assert order(timeless) == (float("inf"), False, float("inf"), "log0", 1, 0)


def test_within_a_second_what_is_passed_on_comes_later(make_finding: MakeFinding) -> None:
    """Clocks that print whole seconds do not tell, but a copy follows its original."""
    copy = replace(make_finding("a", 1, ts="01-01T00:00:09"), is_relayed=True)
    original = make_finding("a", 7, source=1, ts="01-01T00:00:09.900")
    later = make_finding("a", 1, source=2, ts="01-01T00:00:10")

    assert sorted([copy, later, original], key=order) == [original, copy, later]


def at(second: float) -> str:
    """A time of the first day."""
    return f"01-01T{int(second // 3600):02}:{int(second // 60 % 60):02}:{second % 60:06.3f}"


@pytest.mark.parametrize(
    ("seconds_printed", "expected"),
    [
        ([], []),
        ([5.0], [5.0]),
        ([1.0, 2.0, 2.0, 3.0], [1.0, 2.0, 2.0, 3.0]),
        ([25.0, 10.0, 10.0, 15.0], [10.0, 10.0, 10.0, 15.0]),  # one clock runs ahead of the other
        ([10.0, 11.0, 2.0, 12.0], [10.0, 10.0, 10.0, 12.0]),
        ([7300.0, 100.0, 101.0], [7300.0, 100.0, 101.0]),  # another log begins
        ([None, 4.0, None, 2.0, None], [2.0, 2.0, 2.0, 2.0, 2.0]),
        ([None, None], [None, None]),
    ],
)
def test_times_never_run_against_the_lines(
    make_finding: MakeFinding, seconds_printed: list[float | None], expected: list[float | None]
) -> None:
    """Whichever time is the odd one gives way; whatever the order that they come in."""
    findings = [
        make_finding("a", line, ts=None if second is None else at(second))
        for line, second in enumerate(seconds_printed, 1)
    ]

    assert [finding.at for finding in placed(findings, {})] == expected
    assert [finding.at for finding in placed(findings[::-1], {})] == expected[::-1]


def test_a_clock_that_runs_ahead_is_set_back(make_finding: MakeFinding) -> None:
    """Before it is compared with another one."""
    one, other = make_finding("a", 1, ts=at(28_900)), make_finding("b", 1, source=1, ts=at(120))

    assert is_before(one, other) is False
    assert is_before(*placed((one, other), {"log0": 28_800.0})) is True


def test_a_finding_without_a_time_of_its_own_is_not_compared(make_finding: MakeFinding) -> None:
    """Its place in the order is that of the line before; its moment stays unknown."""
    first, timeless = placed((make_finding("a", 1, ts=at(5)), make_finding("b", 2)), {})

    assert (order(timeless)[2], moment(timeless)) == (5.0, None)
    assert sorted([timeless, first], key=order) == [first, timeless]


@pytest.mark.parametrize(
    ("stamps", "expected"),
    [
        ([], []),
        ([None, None], [0, 0]),
        (["01-01T00:00:00", "01-01T01:00:00"], [0, 0]),
        (["01-01T00:00:00", "01-01T01:00:01"], [0, 1]),
        (["01-01T05:00:00", "01-01T00:00:00"], [1, 0]),
        (["01-01T00:00:00", "01-01T00:40:00", "01-01T01:20:00", "01-01T03:00:00"], [0, 0, 0, 1]),
        ([None, "01-01T00:00:00", None, "01-01T09:00:00", None], [0, 0, 0, 1, 1]),
    ],
)
def test_an_hour_of_quiet_ends_an_episode(
    make_finding: MakeFinding, stamps: list[str | None], expected: list[int]
) -> None:
    """What has no time belongs to what its source said before."""
    findings = [make_finding("a", line, ts=stamp) for line, stamp in enumerate(stamps, 1)]

    numbers = episodes(findings)

    assert [numbers[id(finding)] for finding in findings] == expected


def test_a_source_without_times_has_one_episode(make_finding: MakeFinding) -> None:
    """The episodes of other sources are not its own."""
    findings = [
        make_finding("a", 1, ts="01-01T00:00:00"),
        make_finding("b", 2, ts="01-01T09:00:00"),
        make_finding("c", 3, source=1),
    ]

    numbers = episodes(findings)

    assert [numbers[id(finding)] for finding in findings] == [0, 1, 0]
