"""What is too old or too much goes, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from logsleuth.live.incidents import Kind
from logsleuth.model import Diagnosis
from logsleuth.server.analyst import Run, Told
from logsleuth.server.kinds import Counted
from logsleuth.server.settings import Retention
from logsleuth.server.store.retention import kept_bytes, retain
from tests.server.store.conftest import Desk

SECOND_NS = 1_000_000_000
DAY = 24 * 3600
START_NS = 1_780_000_000 * SECOND_NS


def rows(desk: Desk) -> dict[str, int]:
    """How many rows each table has."""
    tables = ("chunks", "sources", "incidents", "events", "notes", "templates", "template_rates", "rates")
    return {table: desk.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}  # noqa: S608


def test_old_things_go(
    desk: Desk,
    make: Callable[..., Diagnosis],
    tell: Callable[..., Told],
    lines_of: Callable[..., Run],
    count_of: Callable[..., Counted],
) -> None:
    """Lines, counts, and incidents that are over; what is open stays."""
    over = tell(make(), incident="over", kind=Kind.RESOLVED)
    desk.write({"gone": [lines_of([b"x"])]}, over, lines=count_of("old", 1))
    desk.write(None, tell(make(), incident="open"))
    desk.write({"here": [lines_of([b"x"], at=9 * DAY)]}, lines=count_of("new", 1, minute=9 * 1440), arrived=9 * DAY)

    removed = retain(desk.connection, Retention(bytes=None, seconds=7.0 * DAY), now_ns=START_NS + 10 * DAY * SECOND_NS)
    again = retain(desk.connection, Retention(bytes=None, seconds=7.0 * DAY), now_ns=START_NS + 10 * DAY * SECOND_NS)

    assert (removed > 0, again) == (True, 0)
    assert rows(desk) == {
        "chunks": 1,
        "sources": 1,
        "incidents": 1,
        "events": 1,
        "notes": 0,
        "templates": 1,
        "template_rates": 1,
        "rates": 1,
    }


def test_the_oldest_lines_give_way(desk: Desk, lines_of: Callable[..., Run]) -> None:
    """Until the rest has room."""
    for index in range(10):
        desk.write({f"s{index}": [lines_of([b"x" * 100])]}, arrived=index)
    bound = kept_bytes(desk.connection) // 2

    retain(desk.connection, Retention(bytes=bound, seconds=None), now_ns=START_NS)

    left = [key for (key,) in desk.connection.execute("SELECT source_id FROM chunks ORDER BY id")]
    assert left == [6, 7, 8, 9, 10]
    assert kept_bytes(desk.connection) <= bound


def test_without_bounds_everything_stays(desk: Desk, lines_of: Callable[..., Run]) -> None:
    """Lines, for ever."""
    desk.write({"a": [lines_of([b"x"])]})

    assert retain(desk.connection, Retention(bytes=None, seconds=None), now_ns=START_NS * 2) == 0
