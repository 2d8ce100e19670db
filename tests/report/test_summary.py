"""The foot of a report."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logsleuth.model import ClockOffset, Notice, NoticeKind, Report, Stats, Verdict, Where
from logsleuth.report.summary import among, counts, notices, versions

Reports = Callable[..., Report]


def test_sizes_of_one_are_not_told(report: Reports) -> None:
    """Versions first, then sizes by their usual names."""
    environment = (
        ("data_parallel_size", "1"),
        ("dtype", "x"),
        ("model", "m"),
        ("tensor_parallel_size", "2"),
        ("vllm", "0.9"),
    )

    assert versions(report(environment=environment)) == "vllm 0.9 · model m · TP 2"


def test_what_is_zero_is_not_counted(report: Reports) -> None:
    """In both languages."""
    quiet = report(stats=Stats(sources=2, lines=1))

    assert counts(report(), "en") == "1,234 lines, 1 source, 1 error line, 2 warnings"
    assert counts(report(), "zh") == "1,234 行，1 个来源，1 条错误，2 条警告"
    assert counts(quiet, "en") == "1 line, 2 sources"


def test_error_lines_of_a_healthy_log_are_owned_up_to(report: Reports) -> None:
    """An incident needs no such word."""
    assert "no known failure among them" in among(report(verdict=Verdict.HEALTHY), "en")
    assert among(report(verdict=Verdict.HEALTHY, stats=Stats(lines=1)), "en") == ""
    assert among(report(), "en") == ""


def test_notices_of_one_kind_do_not_flood(report: Reports) -> None:
    """A few are told, the others counted."""
    cut = [Notice(kind=NoticeKind.LINE_CUT, where=Where(source="a", line=n), detail="cut") for n in range(1, 6)]
    gone = Notice(kind=NoticeKind.SOURCE_UNREADABLE, where=Where(source="b"), detail="cannot be read")

    assert list(notices(report(notices=(*cut, gone)), "en")) == [
        "About the reading: a:1: cut",
        "About the reading: a:2: cut",
        "About the reading: a:3: cut",
        "About the reading: + 2 more (line-cut)",
        "About the reading: b: cannot be read",
    ]


@pytest.mark.parametrize(
    ("ahead_s", "zone", "english", "chinese"),
    [
        (28800.0, True, "8 h ahead of that of {a} (another time zone; 3", "{a} 快 8 h（时区不同；3"),
        (-19800.0, True, "5 h 30 min behind that of {a} (another time zone; 3", "{a} 慢 5 h 30 min（时区不同；3"),
        (97.44, False, "1 min 37.4 s ahead of that of {a} (3", "{a} 快 1 min 37.4 s（3"),
        (-3601.0, False, "1 h 1 s behind that of {a} (3", "{a} 慢 1 h 1 s（3"),
    ],
)
def test_clocks_that_were_set_right(report: Reports, ahead_s: float, *, zone: bool, english: str, chinese: str) -> None:
    """By how much, and how that is known; names are never filled in."""
    clock = ClockOffset(source="b", reference="{a}", ahead_s=ahead_s, spread_s=0.5, shared=3, is_zone=zone)
    made = report(clocks=(clock,))

    known = f"b: its clock runs {english} shared events agree within 0.5 s)"
    assert list(notices(made, "en")) == [f"About the reading: {known}; the order of what happened allows for it"]
    assert list(notices(made, "zh")) == [
        f"读取说明：b：其时钟比 {chinese} 个共同事件，相差不超过 0.5 s）；先后顺序已据此校正"
    ]


def test_many_clocks_do_not_flood(report: Reports) -> None:
    """The others are counted."""
    clock = ClockOffset(source="b", reference="a", ahead_s=60.0, spread_s=0.5, shared=3, is_zone=False)

    assert list(notices(report(clocks=(clock,) * 5), "en"))[3:] == ["About the reading: + 2 more (clock)"]
