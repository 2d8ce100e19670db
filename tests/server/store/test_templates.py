"""Templates and rates, as they are counted and read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logsleuth.model import Level
from logsleuth.server.kinds import Counted
from logsleuth.server.store.templates import (
    find_template,
    new_templates,
    rates,
    template_series,
    top_templates,
)
from tests.server.store.conftest import Desk

SECOND_NS = 1_000_000_000
START_NS = 1_780_000_000 * SECOND_NS
MINUTE = START_NS // (60 * SECOND_NS)
Of = Callable[..., Counted]


def test_counts_add_up(desk: Desk, count_of: Of) -> None:
    """By template, by minute, by level."""
    desk.write(lines=count_of("boom", 2, level=Level.ERROR))
    desk.write(lines=count_of("boom", 3, level=Level.ERROR, minute=2))
    desk.write(lines=count_of("fine", 7, level=None))
    desk.write(lines=count_of("fine", 1, level=None), tenant="team")
    connection = desk.connection

    top = top_templates(connection, "default").items
    boom = find_template(connection, "default", b"boom")

    assert [(item.template, item.count, item.level) for item in top] == [("fine", 7, None), ("boom", 5, "ERROR")]
    assert boom is not None
    assert (boom.first_ns, boom.last_ns, boom.source, boom.line) == (START_NS, START_NS + 120 * SECOND_NS, "a", 1)
    series = template_series(connection, "default", b"boom", since_minute=MINUTE, until_minute=MINUTE + 9)
    assert series == ((MINUTE, 2), (MINUTE + 2, 3))
    found = rates(connection, since_minute=MINUTE, until_minute=MINUTE + 1)
    assert [(rate.level, rate.lines) for rate in found] == [("", 8), ("ERROR", 2)]
    found = rates(connection, since_minute=MINUTE, until_minute=MINUTE + 1, tenant="team")
    assert [(rate.level, rate.lines) for rate in found] == [("", 1)]


def test_lists_go_on_where_they_stopped(desk: Desk, count_of: Of) -> None:
    """Those of one count too."""
    for index in range(7):
        desk.write(lines=count_of(f"t{index}", 1 + index // 3, minute=index))
    connection = desk.connection

    seen, cursor = [], None
    for _ in range(4):
        page = top_templates(connection, "default", limit=2, cursor=cursor)
        seen += [item.template for item in page.items]
        cursor = page.cursor

    assert seen == ["t6", "t5", "t4", "t3", "t2", "t1", "t0"]
    assert cursor is None
    fresh = new_templates(connection, "default", since_ns=START_NS + 240 * SECOND_NS, limit=2)
    assert [item.template for item in fresh.items] == ["t6", "t5"]
    rest = new_templates(connection, "default", since_ns=START_NS + 240 * SECOND_NS, cursor=fresh.cursor)
    assert [item.template for item in rest.items] == ["t4"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [({"level": "ERROR"}, ["Boom"]), ({"contains": "OO"}, ["Boom"]), ({"contains": "x"}, []), ({}, ["fine", "Boom"])],
)
def test_filters(desk: Desk, count_of: Of, wanted: dict[str, str], found: list[str]) -> None:
    """By level, and by what a template holds in any letters."""
    desk.write(lines=count_of("Boom", 2, level=Level.ERROR))
    desk.write(lines=count_of("fine", 7))

    page = top_templates(desk.connection, "default", **wanted)  # type: ignore[arg-type]  # keywords from a table

    assert [item.template for item in page.items] == found


def test_too_many_templates_are_put_together(desk: Desk, count_of: Of) -> None:
    """Those not seen for the longest time; no line is lost from the counts."""
    for index in range(25):
        desk.write(lines=count_of(f"t{index:02}", 2, minute=index))
    desk.write(lines=count_of("t24", 1, minute=30))

    items = top_templates(desk.connection, "default").items

    assert len(items) <= 11
    assert sum(item.count for item in items) == 51
    assert items[0].template == "..."
    assert {"t24", "t23"} <= {item.template for item in items}
    assert find_template(desk.connection, "default", b"t00") is None
