"""A batch that the analysis does not get over is set aside, and everything else is analysed once."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from logsleuth.limits import ServerLimits
from logsleuth.server import analyst, worker
from logsleuth.server.aside import FOLDER, set_aside
from logsleuth.server.entry import UNKNOWN_NS, Entry, decode
from logsleuth.server.ordering import Arrival
from logsleuth.server.segments import START, Position
from logsleuth.server.settings import WorkerSettings
from logsleuth.server.store.chunks import unpack_data
from logsleuth.server.store.schema import open_database
from logsleuth.server.store.sources import counters, progress
from logsleuth.server.trials import Piece
from logsleuth.server.workers import Supervisor, Work
from tests.server.test_worker import batch, spooled

PILL = b"this is the pill"
PATIENCE_S = 90.0


def _poisoned(settings: WorkerSettings, positions: Connection, swallow: Callable[[], None]) -> None:
    """The worker, but for what it does with the pill."""
    read = analyst.Analyst._read

    def reading(self: analyst.Analyst, source: str, arrivals: Sequence[Arrival]) -> None:
        if any(PILL in arrival.text for arrival in arrivals):
            swallow()
        read(self, source, arrivals)

    analyst.Analyst._read = reading  # type: ignore[method-assign]  # what no log is known to do
    worker.main(settings, positions)


def crash(settings: WorkerSettings, positions: Connection) -> None:
    """It ends without a word."""
    _poisoned(settings, positions, lambda: os._exit(9))


def fail(settings: WorkerSettings, positions: Connection) -> None:
    """It raises."""
    _poisoned(settings, positions, lambda: list[bytes]().remove(PILL))


def hang(settings: WorkerSettings, positions: Connection) -> None:
    """It never comes back."""
    _poisoned(settings, positions, lambda: time.sleep(3600))


def lines(folder: Path) -> list[str]:
    """Every line of the database."""
    with closing(open_database(folder / "logsleuth.db")) as connection:
        rows = connection.execute("SELECT data FROM chunks").fetchall()
    return sorted(line for (data,) in rows for line in unpack_data(data).decode().splitlines())


@pytest.mark.parametrize("work", [crash, fail, hang])
def test_the_pill_is_set_aside_and_the_rest_is_analysed_once(tmp_path: Path, cache: str, work: Work) -> None:
    """Whatever it does to the process; what stands before and behind it in the same window too."""
    now_ns = time.time_ns()
    texts = [[b"INFO line %d of batch %d" % (at, number) for at in range(3)] for number in range(30)]
    texts[17].insert(1, PILL)
    batches = [
        batch([Entry("a", text) for text in found], arrived_ns=now_ns + number * 10_000_000, number=number)
        for number, found in enumerate(texts)
    ]
    limits = ServerLimits(silence_seconds=6.0)
    settings = WorkerSettings(folder=tmp_path, cache=Path(cache), limits=limits)
    end = spooled(settings.spool, batches)
    told: list[Position] = []
    supervisor = Supervisor(work, settings)
    supervisor.publish(end)
    supervisor.start(told.append)
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and end not in told:
        time.sleep(0.1)
    supervisor.stop(20.0)

    kept = [path.read_bytes() for path in (tmp_path / FOLDER).iterdir()]
    with closing(open_database(settings.database)) as connection:
        assert counters(connection)["batches_set_aside"] == 1
        assert Position(*progress(connection)) == end
    assert [decode(data) for data in kept] == [batches[17]]
    assert lines(tmp_path) == sorted(text.decode() for n, found in enumerate(texts) if n != 17 for text in found)
    assert supervisor.restarts <= 5


def test_what_a_tenant_has_in_mind_can_be_set_aside(tmp_path: Path) -> None:
    """Its lines stay, and others keep what they have in mind."""
    settings = WorkerSettings(folder=tmp_path)
    with closing(open_database(settings.database)) as connection:
        connection.executemany(
            "INSERT INTO tenants (name, memory, held, lines) VALUES (?, ?, ?, 7)",
            [("a/b", b"m", b"h"), ("c", b"n", b"i")],
        )
    for _ in range(2):
        at = set_aside(settings, Piece(START, "a/b"))

    with closing(open_database(settings.database)) as connection:
        rows = connection.execute("SELECT name, memory, held, lines FROM tenants ORDER BY name").fetchall()
    assert at == START
    assert rows == [("a/b", None, None, 7), ("c", b"n", b"i", 7)]
    assert sorted(path.read_bytes() for path in (tmp_path / FOLDER).iterdir()) == [b"h", b"m"]


def test_a_piece_that_is_past_stays(tmp_path: Path) -> None:
    """Set aside once, however often it is asked for."""
    settings = WorkerSettings(folder=tmp_path)
    end = spooled(settings.spool, [batch([Entry("a", b"x", UNKNOWN_NS)], arrived_ns=1, number=n) for n in range(2)])
    first = set_aside(settings, Piece(START))

    assert START < first < end
    assert set_aside(settings, Piece(START)) == first
    assert len(list((tmp_path / FOLDER).iterdir())) == 1
