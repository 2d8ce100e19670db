"""New kinds of lines as they come."""

from __future__ import annotations

from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.model import Level, Text
from logsleuth.records import Peeler
from logsleuth.templates import ShapeTable
from logsleuth.templates.novelty import Novelty


def feed(table: ShapeTable, *lines: str) -> None:
    """Count lines."""
    data = "".join(f"{line}\n" for line in lines).encode()
    table.count(Text(source="a", first_line=1, data=data, shapes=data, line_count=len(lines)), 0)


def test_a_template_is_new_once() -> None:
    """Its variables make no other one of it; levels are counted by line."""
    table, novelty = ShapeTable(limits=DEFAULT_LIMITS), Novelty(peel=Peeler().record, limits=DEFAULT_LIMITS)
    feed(table, "INFO 11-20 06:00:00 [a.py:1] took 5 ms", "INFO 11-20 06:00:00 [a.py:1] took 7 ms")
    first = novelty.fresh(table)
    feed(table, "INFO 11-20 06:00:01 [a.py:1] took 9 ms", "WARNING 11-20 06:00:01 [a.py:2] the disk is nearly full")
    second = novelty.fresh(table)

    assert [item.template for item in first] == ["took <*> ms"]
    assert [(item.template, item.level, item.place) for item in second] == [
        ("the disk is nearly full", Level.WARNING, (0, 2))
    ]
    assert novelty.fresh(table) == ()
    assert novelty.levels(table) == {Level.INFO: 3, Level.WARNING: 1}
