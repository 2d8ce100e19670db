"""The search in lines, newest first."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logsleuth.server.analyst import Run
from logsleuth.server.store.cursor import CursorError
from logsleuth.server.store.search import LATEST, Query, QueryError, search
from tests.server.store.conftest import Desk

SECOND_NS = 1_000_000_000
START_NS = 1_780_000_000 * SECOND_NS
Lines = Callable[..., Run]


class Ticks:
    """A clock that goes on by so much whenever it is looked at."""

    def __init__(self, step_s: float) -> None:
        self._now = 0.0
        self._step = step_s

    def __call__(self) -> float:
        """The time."""
        self._now += self._step
        return self._now


@pytest.fixture
def filled(desk: Desk, lines_of: Lines) -> Desk:
    """Two sources of ten chunks of ten lines each, one second a line; every third line holds `needle`."""
    for part in range(10):
        numbers = range(part * 10 + 1, part * 10 + 11)
        texts = [
            b"%d %s[%d]" % (number, b"needle" if number % 3 == 0 else b"hay", number % 7)
            + b"." * 2000 * (number % 10 == 0)
            for number in numbers
        ]
        desk.write({"a/x": [lines_of(texts, first=numbers[0], at=part * 20)]})
        desk.write({"b": [lines_of(texts, first=numbers[0], at=part * 20 + 10)]})
    return desk


def everything(desk: Desk, query: Query, *, limit: int = 7, step_s: float = 0.0) -> list[tuple[str, int]]:
    """All hits, page by page."""
    found, cursor, pages = [], None, 0
    while True:
        page = search(desk.connection, query, clock=Ticks(step_s), cursor=cursor, limit=limit)
        found += [(hit.source, hit.number) for hit in page.hits]
        cursor, pages = page.cursor, pages + 1
        assert pages < 200
        if cursor is None:
            return found


WANTED = [(source, number) for number in range(99, 0, -3) for source in ("a/x", "b")]


@pytest.mark.parametrize("step_s", [0.0, 0.5, 10.0])
@pytest.mark.parametrize(
    "query",
    [
        Query(text="needle"),
        Query(text="needle[", tenant="default"),
        Query(text=r"^\d+ n[e]+dle\[\d\]", is_pattern=True),
    ],
)
def test_every_line_once_however_the_search_is_cut(filled: Desk, query: Query, step_s: float) -> None:
    """By the number of hits, or because the time is up."""
    found = everything(filled, query, step_s=step_s)

    assert sorted(found) == sorted(WANTED)
    of_one = [number for source, number in found if source == "b"]
    assert of_one == sorted(of_one, reverse=True)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (Query(text="needle", source="a"), {"a/x"}),
        (Query(text="needle", source="a/x"), {"a/x"}),
        (Query(text="needle", source="a/"), {"a/x"}),
        (Query(text="needle", source="b"), {"b"}),
        (Query(text="needle", source="a/xy"), set()),
        (Query(text="needle", tenant="team"), set()),
        (Query(text="NEEDLE"), set()),
        (Query(text="(?i)NEEDLE", is_pattern=True), {"a/x", "b"}),
        (Query(text="n.edle"), set()),
    ],
)
def test_where_it_is_searched(filled: Desk, query: Query, wanted: set[str]) -> None:
    """By tenant and source, in the letters given; a text is no expression."""
    assert {source for source, _ in everything(filled, query)} == wanted


def test_a_stretch_of_time(filled: Desk) -> None:
    """From its beginning to before its end."""
    query = Query(text="needle", source="a", since_ns=START_NS + 2 * SECOND_NS, until_ns=START_NS + 8 * SECOND_NS)

    (hit, other) = search(filled.connection, query, clock=Ticks(0)).hits

    assert [(one.number, (one.time_ns - START_NS) // SECOND_NS, one.text) for one in (hit, other)] == [
        (6, 5, b"6 needle[6]"),
        (3, 2, b"3 needle[3]"),
    ]
    assert query.until_ns < LATEST


@pytest.mark.parametrize("text", ["", "x" * 600, "a\nb", "\0"])
def test_what_cannot_be_sought(desk: Desk, text: str) -> None:
    """Nothing, too much, and more than a line."""
    with pytest.raises(QueryError):
        search(desk.connection, Query(text=text), clock=Ticks(0))


@pytest.mark.parametrize("text", ["(", "a**", "(?<=a)b", r"(a)\1", "a*", "[", "(?R)"])
def test_expressions_that_are_none_or_not_linear(desk: Desk, text: str) -> None:
    """They are refused with the reason."""
    with pytest.raises(QueryError, match="cannot be searched for"):
        search(desk.connection, Query(text=text, is_pattern=True), clock=Ticks(0))


def test_a_foreign_cursor_is_refused(desk: Desk) -> None:
    """As everywhere."""
    with pytest.raises(CursorError):
        search(desk.connection, Query(text="x"), clock=Ticks(0), cursor="x")
