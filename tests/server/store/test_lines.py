"""Lines go into chunks and come out as they were, however they were written."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from logsleuth.server.analyst import Run
from logsleuth.server.store.chunks import CHUNK_BYTES, pack, unpack_data, unpack_times
from logsleuth.server.store.kept import TAIL_BYTES
from logsleuth.server.store.lines import last_lines, lines_by_number, lines_by_time
from logsleuth.server.store.sources import counters, find_source, list_sources, list_tenants, progress, source_of
from tests.server.store.conftest import Desk

SECOND_NS = 1_000_000_000
START_NS = 1_780_000_000 * SECOND_NS
Lines = Callable[..., Run]


@pytest.mark.parametrize("times", [[5], [5, 5, 5], [9, 1, 5], [START_NS, START_NS + 1, 0, (1 << 62)]])
def test_a_chunk_gives_back_what_it_was_made_of(times: list[int]) -> None:
    """Any bytes, and times in any order."""
    data = b"\xff\0x\n" * len(times)
    packed = pack(data, times)

    assert unpack_data(packed.data) == data
    assert list(unpack_times(packed.times)) == times
    assert (packed.line_count, packed.first_ns, packed.last_ns) == (len(times), min(times), max(times))


def test_small_writes_come_together(desk: Desk, lines_of: Lines) -> None:
    """Two hundred single lines make few chunks, and every line is there once."""
    texts = [b"line %d" % index for index in range(200)]
    for index, text in enumerate(texts):
        desk.write({"a": [lines_of([text], first=index + 1, at=index)]})

    source = find_source(desk.connection, "default", "a")
    assert source is not None
    chunks = desk.connection.execute("SELECT count(*) FROM chunks").fetchone()[0]
    kept = lines_by_number(desk.connection, source.id, 1, 5000)

    assert chunks < 12
    assert [line.text for line in kept] == texts
    assert [line.number for line in kept] == list(range(1, 201))
    assert [(line.time_ns - START_NS) // SECOND_NS for line in kept] == list(range(200))
    assert (source.lines, source.first_ns, source.last_ns) == (200, START_NS, START_NS + 199 * SECOND_NS)


def test_writes_of_any_size(desk: Desk, lines_of: Lines) -> None:
    """Chunks do not grow beyond their size by being put together, and hold what was written."""
    chance = random.Random(4)
    number, written = 1, []
    for _ in range(60):
        texts = [chance.randbytes(300).replace(b"\n", b"x") for _ in range(chance.choice((1, 3, 400, 900)))]
        desk.write(
            {
                "a": [lines_of(texts[:200], first=number), lines_of(texts[200:], first=number + 200)]
                if texts[200:]
                else [lines_of(texts, first=number)]
            }
        )
        written += texts
        number += len(texts)
    rows = desk.connection.execute(
        "SELECT first_line, line_count, raw_bytes, data FROM chunks ORDER BY first_line"
    ).fetchall()

    assert b"".join(unpack_data(row[3]) for row in rows) == b"\n".join([*written, b""])
    assert [row[0] for row in rows] == [1 + sum(row[1] for row in rows[:at]) for at in range(len(rows))]
    assert max(row[2] for row in rows) <= CHUNK_BYTES


def test_lines_by_number_time_and_from_the_end(desk: Desk, lines_of: Lines) -> None:
    """Within their bounds, in their order."""
    desk.write({"a": [lines_of([b"l%d" % index for index in range(1, 11)])]})
    connection = desk.connection

    def texts(found: tuple[object, ...]) -> list[bytes]:
        return [line.text for line in found]  # type: ignore[attr-defined]  # lines of any answer

    assert texts(lines_by_number(connection, 1, 4, 6)) == [b"l4", b"l5", b"l6"]
    assert texts(lines_by_number(connection, 1, 11, 20)) == []
    assert texts(lines_by_number(connection, 9, 1, 20)) == []
    assert texts(lines_by_time(connection, 1, START_NS + 2 * SECOND_NS, START_NS + 4 * SECOND_NS)) == [b"l3", b"l4"]
    assert texts(lines_by_time(connection, 1, START_NS + 2 * SECOND_NS, limit=1)) == [b"l3"]
    assert texts(last_lines(connection, 1, limit=2)) == [b"l9", b"l10"]


def test_an_opening_tells_the_end_of_a_source(desk: Desk, lines_of: Lines) -> None:
    """Whole lines, as much as the analysis looks back to; nothing of a source that was never heard of."""
    texts = [b"%05d" % index + b"x" * 95 for index in range(1000)]
    desk.write({"a": [lines_of(texts)]})

    opening = desk.writer.opening("default", "a")

    assert (opening.name, opening.lines) == ("a", 1000)
    assert TAIL_BYTES - 200 < len(opening.tail) <= TAIL_BYTES
    assert b"\n".join([*texts, b""]).endswith(opening.tail)
    assert len(opening.tail.split(b"\n")[0]) == 100
    assert (desk.writer.opening("default", "b").lines, desk.writer.opening("team", "a").lines) == (0, 0)


def test_too_many_sources_come_together(desk: Desk, lines_of: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one that says so."""
    monkeypatch.setattr("logsleuth.server.store.kept.SOURCES", 2)
    desk.write({"a": [lines_of([b"x"])], "b": [lines_of([b"x"])]})

    names = [desk.writer.opening("default", name).name for name in ("a", "b", "c", "d")]

    assert names == ["a", "b", "other", "other"]


def test_what_the_service_counts(desk: Desk, lines_of: Lines) -> None:
    """By source, tenant and in all; and how far it has come."""
    desk.write({"a": [lines_of([b"xx", b"yy"])], "b": [lines_of([b"z"])]})
    desk.write({"a": [lines_of([b"xx"])]}, tenant="team")
    connection = desk.connection

    assert [(source.tenant, source.name, source.lines) for source in list_sources(connection)] == [
        ("default", "a", 2),
        ("default", "b", 1),
        ("team", "a", 1),
    ]
    assert [source.id for source in list_sources(connection, after=1, limit=1)] == [2]
    assert [source.name for source in list_sources(connection, tenant="team")] == ["a"]
    assert [(tenant.name, tenant.lines, tenant.bytes) for tenant in list_tenants(connection)] == [
        ("default", 3, 8),
        ("team", 1, 3),
    ]
    assert counters(connection) == {"bytes": 11, "lines": 4}
    assert progress(connection) == (1, 2)
    assert source_of(connection, 2) == find_source(connection, "default", "b")
    assert (source_of(connection, 99), find_source(connection, "team", "b")) == (None, None)
