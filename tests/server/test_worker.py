"""The worker: killed at any moment, it comes to what it would have come to undisturbed."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing import Pipe
from pathlib import Path
from threading import Event, Thread
from typing import Any

import orjson
import pytest

from logsleuth.limits import DEFAULT_SERVER_LIMITS
from logsleuth.server.entry import Batch, Entry, encode
from logsleuth.server.reader import Reader
from logsleuth.server.segments import Position, path_of
from logsleuth.server.settings import Hook, Retention, WorkerSettings
from logsleuth.server.spool import Machine, Spool
from logsleuth.server.store.chunks import unpack_data, unpack_times
from logsleuth.server.store.decisions import resolve
from logsleuth.server.store.incidents import Wanted, find_incident, list_incidents
from logsleuth.server.store.schema import open_database
from logsleuth.server.store.sources import counters
from logsleuth.server.worker import Worker

FIXTURES = Path(__file__).parents[2] / "fixtures"
SECOND_NS = 1_000_000_000
LIMIT_S = 120.0
OOM = b"torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 1 has a total capacity of 23.70 GiB of which 310.00 MiB is free."
SCRIPT = """
import sys, time
from multiprocessing import Pipe
from pathlib import Path
from logsleuth.server import worker
from logsleuth.server.segments import Position
from logsleuth.server.settings import WorkerSettings
worker.COMMIT_S = worker.NEWS_COMMIT_S = 0.05
class SlowReader(worker.Reader):
    def read(self, start, upto, most_bytes):
        time.sleep(0.03)
        return super().read(start, upto, 20_000)
class TellingWorker(worker.Worker):
    ticks = 0
    def _tick(self):
        super()._tick()
        self.ticks += 1
        if self.ticks == 6:
            print("idle", flush=True)
worker.Reader, worker.Worker = SlowReader, TellingWorker
ours, theirs = Pipe()
ours.send(Position(int(sys.argv[3]), int(sys.argv[4])))
worker.main(WorkerSettings(folder=Path(sys.argv[1]), cache=Path(sys.argv[2])), theirs)
"""
TABLES = {
    "incidents": "SELECT * FROM incidents ORDER BY id",
    "events": "SELECT tenant, incident, kind, time_ns, body FROM events ORDER BY tenant, incident, seq",
    "templates": "SELECT * FROM templates ORDER BY tenant, key",
    "template_rates": "SELECT * FROM template_rates ORDER BY tenant, key, minute",
    "rates": "SELECT * FROM rates ORDER BY tenant, minute, level",
    "sources": "SELECT tenant, name, node, first_ns, last_ns, lines, bytes FROM sources ORDER BY tenant, name",
    "tenants": "SELECT name, lines, bytes FROM tenants ORDER BY name",
    "counters": "SELECT * FROM counters ORDER BY name",
}


def spooled(folder: Path, batches: Sequence[Batch]) -> Position:
    """Write batches as the service does; where they end."""
    spool = Spool(folder, DEFAULT_SERVER_LIMITS, Machine(clock_ns=time.time_ns))
    spool.append([(batch.digest, encode(batch)) for batch in batches])
    end = spool.sync()
    spool.close()
    return end


def batch(entries: Sequence[Entry], *, arrived_ns: int, number: int = 1, tenant: str = "default") -> Batch:
    """One request."""
    digest = number.to_bytes(16, "big")
    return Batch(tenant=tenant, digest=digest, arrived_ns=arrived_ns, protocol="test", entries=tuple(entries))


def requests() -> list[Batch]:
    """Many sources of two tenants, mixed at random, in requests that overtake one another; two hours ago."""
    chance = random.Random(7)
    logs = sorted(FIXTURES.glob("cases/*/log.txt"))[::4] + sorted(FIXTURES.glob("quiet/**/*.log"))[:2]
    queue = [(f"n{at % 4}/{log.parent.name}", log.read_bytes().split(b"\n")[:-1]) for at, log in enumerate(logs)]
    found: list[Batch] = []
    now_ns = time.time_ns() - 2 * 3600 * SECOND_NS
    while queue:
        name, lines = queue.pop(chance.randrange(len(queue)))
        size = chance.randrange(1, 40)
        now_ns += chance.randrange(SECOND_NS // 2)
        sent_ns = now_ns - chance.randrange(SECOND_NS // 2) if len(name) % 3 else 0
        entries = [Entry(name, line, sent_ns and sent_ns + at) for at, line in enumerate(lines[:size])]
        found.append(
            batch(entries, arrived_ns=now_ns, number=len(found), tenant="team" if len(name) % 4 == 0 else "default")
        )
        if lines[size:]:
            queue.append((name, lines[size:]))
    return found


def start(folder: Path, cache: str, end: Position) -> subprocess.Popen[bytes]:
    """A worker that commits often and reads slowly, so that most moments are in the middle of its work."""
    command = [sys.executable, "-c", SCRIPT, str(folder), cache, str(end.segment), str(end.offset)]
    return subprocess.Popen(command, stdout=subprocess.PIPE)


def progress(folder: Path) -> tuple[Any, bool]:
    """How far it has committed, and whether all that was held back has been read."""
    try:
        connection = sqlite3.connect(f"file:{folder}/logsleuth.db?mode=ro", uri=True)
        try:
            at = connection.execute("SELECT segment, offset FROM progress").fetchone()
            held = connection.execute("SELECT count(*) FROM tenants WHERE held IS NOT NULL").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.Error:
        return None, False
    return at, not held


def finished(folder: Path, cache: str, end: Position) -> int:
    """Let a worker come to the end, and end it as the service does; its exit status."""
    with start(folder, cache, end) as worker:
        assert worker.stdout
        assert worker.stdout.readline() == b"idle\n"
        worker.send_signal(signal.SIGTERM)
        status = worker.wait(LIMIT_S)
    assert progress(folder) == ((end.segment, end.offset), True)
    return status


def kill_at_random(folder: Path, cache: str, end: Position, chance: random.Random) -> None:
    """Start a worker, and kill it some time after it has committed something."""
    before, _ = progress(folder)
    until = time.monotonic() + LIMIT_S
    with start(folder, cache, end) as worker:
        while progress(folder)[0] == before and worker.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(chance.random() * 0.15)
        worker.kill()


def state(folder: Path, until_ns: int) -> dict[str, Any]:
    """All that was found; what happened after `until_ns`, by the clock on the wall, without its time."""
    connection = sqlite3.connect(folder / "logsleuth.db")
    found: dict[str, Any] = {
        table: [_timeless(row, until_ns) for row in connection.execute(query)] for table, query in TABLES.items()
    }
    lines: dict[Any, list[tuple[bytes, int]]] = {}
    query = "SELECT tenant, name, first_line, times, data FROM chunks JOIN sources ON sources.id = source_id ORDER BY 1, 2, 3"
    for tenant, name, first, times, data in connection.execute(query):
        of_source = lines.setdefault((tenant, name), [])
        assert first == len(of_source) + 1
        of_source += zip(unpack_data(data).split(b"\n"), unpack_times(times), strict=False)
    connection.close()
    return {**found, "lines": lines}


def _timeless(row: tuple[Any, ...], until_ns: int) -> list[Any]:
    values = [None if isinstance(value, int) and value > until_ns else value for value in row]
    if isinstance(values[-1], bytes) and values[-2] is None:
        values[-1] = {**orjson.loads(values[-1]), "time": None}
    return values


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_at_random_it_comes_to_the_same(
    tmp_path: Path, cache: str, kills: int, request: pytest.FixtureRequest
) -> None:
    """Every line once; the same incidents with the same history, the same counts."""
    if kills > 3 and "slow" not in request.config.getoption("-m"):
        pytest.skip("takes more than a few seconds: run with -m slow")
    batches = requests()
    chance = random.Random(kills)
    steady, killed = tmp_path / "steady", tmp_path / "killed"
    ends = {folder: spooled(folder / "spool", batches) for folder in (steady, killed)}

    midway = 0
    for _ in range(kills):
        if progress(killed)[0] != (ends[killed].segment, ends[killed].offset):
            kill_at_random(killed, cache, ends[killed], chance)
            midway += progress(killed)[0] != (ends[killed].segment, ends[killed].offset)
    statuses = [finished(folder, cache, ends[folder]) for folder in (steady, killed)]

    until_ns = batches[-1].arrived_ns + SECOND_NS
    wanted, found = state(steady, until_ns), state(killed, until_ns)
    assert statuses == [0, 0]
    assert midway > 0
    assert {name: found[name] == wanted[name] for name in wanted} == dict.fromkeys(wanted, True)
    assert sum(map(len, found["lines"].values())) == sum(len(each.entries) for each in batches)
    assert len(found["incidents"]) > 5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder."""
    return tmp_path


def settings(folder: Path, cache: str, *hooks: Hook, retention: Retention | None = None) -> WorkerSettings:
    """Those of a worker there."""
    return WorkerSettings(folder=folder, cache=Path(cache), hooks=hooks, retention=retention or Retention())


def worked(chosen: WorkerSettings, batches: Sequence[Batch]) -> None:
    """Let a worker of this process read batches, to its orderly end; one that waits knows when it is over."""
    end = spooled(chosen.spool, batches)
    ours, theirs = Pipe()
    ours.send(end)
    ours.close()
    Worker(chosen, Reader(chosen.spool)).run(theirs)


def test_the_service_is_told_what_is_committed(folder: Path, cache: str) -> None:
    """So that it need not be kept any longer."""
    chosen = settings(folder, cache)
    end = spooled(chosen.spool, [batch([Entry("a", b"x")], arrived_ns=time.time_ns())])
    ours, theirs = Pipe()
    ours.send(end)
    is_stopping = Event()
    is_stopping.set()
    Worker(chosen, Reader(chosen.spool), is_stopping).run(theirs)

    assert ours.recv() == end


def test_the_end_of_the_service_is_an_orderly_end(folder: Path, cache: str) -> None:
    """What was acknowledged is read; what waits for its turn is there for the next run."""
    now_ns = time.time_ns()
    chosen = settings(folder, cache)
    worked(
        chosen,
        [
            batch([Entry("a", b"one", now_ns)], arrived_ns=now_ns - 5 * SECOND_NS),
            batch([Entry("a", OOM, now_ns)], arrived_ns=now_ns, number=2),
        ],
    )
    connection = open_database(chosen.database)
    first = counters(connection)
    worked(chosen, [batch([Entry("a", b"end", now_ns + 9)], arrived_ns=now_ns + 9 * SECOND_NS, number=3)])

    assert first == {"bytes": 4, "lines": 1}
    assert counters(connection) == {"bytes": 4 + len(OOM) + 1, "lines": 2}
    assert [item.signature for item in list_incidents(connection, Wanted()).items] == []
    connection.close()


def test_what_is_no_batch_is_left_out_and_counted(folder: Path, cache: str, capfd: pytest.CaptureFixture[str]) -> None:
    """The rest is read."""
    now_ns = time.time_ns() - 60 * SECOND_NS
    chosen = settings(folder, cache)
    spool = Spool(chosen.spool, DEFAULT_SERVER_LIMITS, Machine(clock_ns=time.time_ns))
    good = [batch([Entry("a", b"x", now_ns)], arrived_ns=now_ns + at * 5 * SECOND_NS, number=at) for at in (1, 2, 3)]
    spool.append(
        [(b"k" * 16, payload) for payload in (encode(good[0]), b"\xc1damaged", encode(good[1]), encode(good[2]))]
    )
    end = spool.sync()
    spool.close()
    ours, theirs = Pipe()
    ours.send(end)
    ours.close()
    Worker(chosen, Reader(chosen.spool)).run(theirs)

    connection = open_database(chosen.database)
    assert counters(connection) == {"bytes": 4, "damaged_batches": 1, "lines": 2}
    assert "a batch of the spool was left out" in capfd.readouterr().err
    connection.close()


def test_what_has_rotted_in_the_spool_is_skipped_counted_and_told(
    folder: Path, cache: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """It was acknowledged: somebody has to know."""
    now_ns = time.time_ns() - 60 * SECOND_NS
    chosen = settings(folder, cache)
    end = spooled(
        chosen.spool,
        [batch([Entry("a", b"x" * 50, now_ns)], arrived_ns=now_ns + at * 5 * SECOND_NS, number=at) for at in range(4)],
    )
    path = path_of(chosen.spool, end.segment)
    data = bytearray(path.read_bytes())
    data[data.index(b"x" * 50, data.index(b"x" * 50) + 50)] ^= 1
    path.write_bytes(data)
    ours, theirs = Pipe()
    ours.send(end)
    ours.close()
    Worker(chosen, Reader(chosen.spool)).run(theirs)

    connection = open_database(chosen.database)
    assert counters(connection) == {"bytes": 102, "damaged_places": 1, "lines": 2}
    assert "1 places of the spool are damaged" in capfd.readouterr().err
    connection.close()


def test_what_somebody_resolves_is_heeded(folder: Path, cache: str) -> None:
    """The same failure later opens an incident of its own."""
    now_ns = time.time_ns() - 3600 * SECOND_NS
    chosen = settings(folder, cache)
    tick = [batch([Entry("b", b"tick")], arrived_ns=now_ns + at * 3 * SECOND_NS, number=at + 10) for at in range(8)]
    worked(chosen, [batch([Entry("a", OOM)], arrived_ns=now_ns), *tick])
    connection = open_database(chosen.database)
    (first,) = list_incidents(connection, Wanted()).items
    resolve(connection, first.id, by="ann", now_ns=now_ns)
    later_ns = now_ns + 60 * SECOND_NS
    more = [batch([Entry("b", b"tick")], arrived_ns=later_ns + at * 3 * SECOND_NS, number=at + 30) for at in range(8)]
    worked(chosen, [batch([Entry("c", b"tick")], arrived_ns=later_ns - 9 * SECOND_NS, number=20)])
    worked(chosen, [batch([Entry("a", OOM)], arrived_ns=later_ns, number=21), *more])

    found = {item.id: (item.status, item.resolved_by) for item in list_incidents(connection, Wanted()).items}
    assert found.pop(first.id) == ("resolved", "ann")
    assert list(found.values()) == [("open", None)]
    connection.close()


class Receiver(BaseHTTPRequestHandler):
    """Takes alerts."""

    bodies: list[Any] = []  # noqa: RUF012  a list for the test to look into

    def do_POST(self) -> None:
        """Keep the body."""
        self.bodies.append(orjson.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[str]:
    """The address of somebody who takes alerts."""
    Receiver.bodies.clear()
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/alerts"
    server.shutdown()
    thread.join()
    server.server_close()


def test_incidents_are_told_and_what_could_not_be_is_kept(folder: Path, cache: str, receiver: str) -> None:
    """For the next run; the event is that of the history."""
    now_ns = time.time_ns() - 3600 * SECOND_NS
    tick = [batch([Entry("b", b"tick")], arrived_ns=now_ns + at * 3 * SECOND_NS, number=at + 10) for at in range(8)]
    deaf = settings(folder, cache, Hook(url="http://127.0.0.1:9/"))
    worked(deaf, [batch([Entry("a", OOM)], arrived_ns=now_ns), *tick])
    connection = open_database(deaf.database)
    kept = connection.execute("SELECT event FROM outbox").fetchall()
    worked(settings(folder, cache, Hook(url=receiver)), [batch([], arrived_ns=now_ns + 60 * SECOND_NS, number=50)])
    left = connection.execute("SELECT event FROM outbox").fetchall()

    (incident,) = list_incidents(connection, Wanted()).items
    detail = find_incident(connection, incident.id)
    assert detail
    opened = orjson.loads(detail.history[0].body)
    assert kept == [(opened["event"],)]
    assert [body["event"] for body in Receiver.bodies] == [opened["event"]]
    assert len(left) <= 1
    connection.close()


def test_what_is_too_much_is_removed(folder: Path, cache: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the worker runs."""
    monkeypatch.setattr("logsleuth.server.worker.RETAIN_S", 0.0)
    now_ns = time.time_ns() - 3600 * SECOND_NS
    chosen = settings(folder, cache, retention=Retention(bytes=0))
    worked(chosen, [batch([Entry("a", b"x")], arrived_ns=now_ns + at * 2 * SECOND_NS, number=at) for at in range(5)])
    worker = Worker(chosen, Reader(chosen.spool))
    worker.step()
    worker.finish()

    connection = open_database(chosen.database)
    assert connection.execute("SELECT count(*) FROM chunks").fetchone() == (0,)
    connection.close()
