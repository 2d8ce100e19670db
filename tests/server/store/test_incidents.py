"""Incidents as they are written and read, and what people decide about them."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import pytest

from logsleuth.live.incidents import Kind
from logsleuth.model import Diagnosis
from logsleuth.server.analyst import Run, Told
from logsleuth.server.store.cursor import CursorError
from logsleuth.server.store.decisions import NOTES, acknowledge, add_note, reopen, resolve
from logsleuth.server.store.found import public_id
from logsleuth.server.store.incidents import (
    Wanted,
    count_incidents,
    events_since,
    find_incident,
    last_event,
    list_incidents,
    neighbours,
)
from tests.server.store.conftest import Desk, diagnosis, run, told

SECOND_NS = 1_000_000_000
START_NS = 1_780_000_000 * SECOND_NS
Make = Callable[..., Diagnosis]
Tell = Callable[..., Told]
Lines = Callable[..., Run]


def test_an_incident_from_beginning_to_end(desk: Desk, make: Make, tell: Tell, lines_of: Lines) -> None:
    """Its row says how it stands, its history what happened."""
    item = make(line=2, node="n1")
    desk.write({"a": [lines_of([b"x", b"boom"])]}, tell(item, at=10))
    desk.write(None, tell(make(line=2, count=3), at=20, kind=Kind.UPDATED, revision=2))
    desk.write(None, tell(make(line=2, count=3), at=30, kind=Kind.RESOLVED, revision=3))

    found = find_incident(desk.connection, "i1")

    assert found is not None
    incident = found.incident
    assert (incident.status, incident.revision, incident.count) == ("resolved", 3, 3)
    assert [(time - START_NS) // SECOND_NS for time in (incident.opened_ns, incident.updated_ns)] == [10, 30]
    assert incident.resolved_ns == START_NS + 30 * SECOND_NS
    assert incident.resolved_by is None
    assert (incident.sources, incident.nodes) == (("a",), ("n1",))
    assert (incident.title, incident.title_zh) == ("Title of cuda.oom", "cuda.oom 的标题")
    assert [event.kind for event in found.history] == ["opened", "updated", "resolved"]
    assert orjson.loads(found.document_zh)["summary"] == "坏了。"
    assert orjson.loads(found.history[0].body)["diagnosis"]["id"] == "cuda.oom"


@pytest.mark.parametrize(
    ("seen", "count", "wanted"),
    [
        ((None, None), 1, [1, 1]),  # the shipper's time of the line
        ((None, None), 2, [1, 50]),
        (("2026-05-28T20:26:40Z", "2026-05-28T20:26:50Z"), 2, [0, 10]),  # the line's own
        (("05-28T22:26:40", "05-28T22:27:40"), 5, [1, 61]),  # a clock of another zone that shows the same
        (("2026-05-28T12:26:40.5+08:00", None), 1, [-57599.5, -57599.5]),
        (("no time", None), 1, [1, 1]),
    ],
)
def test_times_are_those_of_lines_or_of_the_shipper(
    desk: Desk, seen: tuple[str | None, str | None], count: int, wanted: list[float]
) -> None:
    """In seconds after the start; the decisive line was shipped in its first second."""
    item = diagnosis(line=2, seen=seen, count=count)
    desk.write({"a": [run([b"x", b"boom"])]}, told(item, at=50))

    (incident,) = list_incidents(desk.connection, Wanted()).items

    assert [(time - START_NS) / SECOND_NS for time in (incident.first_ns, incident.last_ns)] == wanted


def test_what_is_found_again_at_the_same_line_is_open_again(desk: Desk, make: Make, tell: Tell) -> None:
    """A mere update does not undo what was decided."""
    desk.write(None, tell(make(), at=1))
    assert resolve(desk.connection, "i1", by="ann", now_ns=START_NS + 2 * SECOND_NS)
    desk.write(None, tell(make(count=5), at=3, kind=Kind.UPDATED, revision=2))
    after_update = list_incidents(desk.connection, Wanted()).items[0]
    desk.write(None, tell(make(), at=4))
    after_opening = list_incidents(desk.connection, Wanted()).items[0]

    assert (after_update.status, after_update.resolved_by, after_update.count) == ("resolved", "ann", 5)
    assert (after_opening.status, after_opening.resolved_by, after_opening.resolved_ns) == ("open", None, None)


def test_lists_go_on_where_they_stopped(desk: Desk, make: Make, tell: Tell) -> None:
    """The last opened first; those of one moment by their names."""
    desk.write(None, *(tell(make(), at=at // 2, incident=f"i{at}") for at in range(7)))

    seen, cursor = [], None
    while True:
        page = list_incidents(desk.connection, Wanted(), limit=3, cursor=cursor)
        seen.append([item.id for item in page.items])
        cursor = page.cursor
        if cursor is None:
            break

    assert seen == [["i6", "i5", "i4"], ["i3", "i2", "i1"], ["i0"]]
    with pytest.raises(CursorError):
        list_incidents(desk.connection, Wanted(), cursor="x")


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (Wanted(), ["i3", "i2", "i1"]),
        (Wanted(tenant="default"), ["i2", "i1"]),
        (Wanted(signature="cuda"), ["i2", "i1"]),
        (Wanted(signature="cuda.oom"), ["i1"]),
        (Wanted(signature="cud"), []),
        (Wanted(source="n1"), ["i1"]),
        (Wanted(source="n1/pod"), ["i1"]),
        (Wanted(source="n1/po"), []),
        (Wanted(node="gpu-7"), ["i2"]),
        (Wanted(status="resolved"), ["i1"]),
        (Wanted(status="open", severity="critical"), ["i3", "i2"]),
        (Wanted(severity="info"), []),
        (Wanted(is_acknowledged=True), ["i2"]),
        (Wanted(is_acknowledged=False), ["i3", "i1"]),
        (Wanted(since_ns=START_NS + 20 * SECOND_NS), ["i3", "i2"]),
        (Wanted(until_ns=START_NS + 20 * SECOND_NS), ["i1"]),
    ],
)
def test_filters(desk: Desk, make: Make, tell: Tell, lines_of: Lines, wanted: Wanted, ids: list[str]) -> None:
    """Each alone, and two together."""
    desk.write({"n1/pod": [lines_of([b"x"])]}, tell(make(source="n1/pod"), at=10, incident="i1"))
    desk.write(None, tell(make("cuda.xid", node="gpu-7"), at=20, incident="i2"))
    desk.write(None, tell(make("nccl.timeout"), at=30, incident="i3"), tenant="team")
    resolve(desk.connection, "i1", by="ann", now_ns=START_NS)
    acknowledge(desk.connection, "i2", by="ann", now_ns=START_NS)
    named = {public_id("team", "i3"): "i3"}

    found = list_incidents(desk.connection, wanted).items

    assert [named.get(item.id, item.id) for item in found] == ids


def test_the_same_line_of_two_tenants_is_two_incidents(desk: Desk, make: Make, tell: Tell) -> None:
    """Each with its own."""
    desk.write(None, tell(make()))
    desk.write(None, tell(make()), tenant="team")

    assert count_incidents(desk.connection) == (("open", "critical", 2),)
    assert count_incidents(desk.connection, tenant="team") == (("open", "critical", 1),)


def test_neighbours_are_near_in_time(desk: Desk, make: Make, tell: Tell) -> None:
    """Of the same tenant, the nearest first."""
    desk.write(None, *(tell(make(), at=at, incident=f"i{at}") for at in (0, 50, 100, 130, 500)))
    desk.write(None, tell(make(), at=100, incident="other"), tenant="team")
    (middle,) = [item for item in list_incidents(desk.connection, Wanted()).items if item.id == "i100"]

    found = neighbours(desk.connection, middle, within_ns=60 * SECOND_NS)

    assert [item.id for item in found] == ["i130", "i50"]


def test_decisions_are_told_and_do_nothing_twice(desk: Desk, make: Make, tell: Tell) -> None:
    """Each is an event, if it changed something."""
    desk.write(None, tell(make()))
    before = last_event(desk.connection)
    connection, now = desk.connection, {"by": "ann", "now_ns": START_NS + 1}

    done = [
        step(connection, incident, **now)  # type: ignore[arg-type]  # two kinds of keywords in one table
        for step in (acknowledge, acknowledge, resolve, resolve, reopen, reopen)
        for incident in ("i1", "missing")
    ]

    assert done == [True, False, False, False, True, False, False, False, True, False, False, False]
    assert [event.kind for event in events_since(connection, before)] == [
        "acknowledged",
        "resolved-by-hand",
        "reopened",
    ]
    assert events_since(connection, before, tenant="team") == ()
    found = find_incident(connection, "i1")
    assert found is not None
    assert (found.incident.status, found.incident.acknowledged_by) == ("open", "ann")


def test_notes_are_bounded(desk: Desk, make: Make, tell: Tell) -> None:
    """In length and number; without an incident there is none."""
    desk.write(None, tell(make()))
    connection = desk.connection

    ids = [add_note(connection, "i1", author="ann", text="x" * 20_000, now_ns=1) for _ in range(NOTES + 1)]

    found = find_incident(connection, "i1")
    assert found is not None
    assert (ids[0], ids[-1], len(found.notes), len(found.notes[0].text)) == (1, None, NOTES, 10_000)
    assert add_note(connection, "missing", author="ann", text="x", now_ns=1) is None
    assert find_incident(connection, "missing") is None
