"""Server-sent events, from a real server."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from logsleuth.server import sse
from logsleuth.server.api.database import Database
from logsleuth.server.settings import DATABASE
from logsleuth.server.sse import Announcer
from logsleuth.server.store.incidents import events_since
from tests.server.site import Site

WRITE = "INSERT INTO events (tenant, incident, kind, time_ns, body) VALUES (?, 'i', 'noted', 1, ?)"


def happen(path: Path, tenant: str = "default", body: bytes = b'{"type":"noted"}') -> int:
    """Something happens; its number."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as connection:
        return connection.execute(WRITE, (tenant, body)).lastrowid or 0


def numbers(answer: httpx.Response) -> Iterator[int]:
    """The numbers of the events of a stream, the greeting's first."""
    for line in answer.iter_lines():
        if line.startswith("id: "):
            yield int(line[4:])


def test_a_client_goes_on_where_it_was(site: Site) -> None:
    """By the header that browsers send, or by the field."""
    first, second = happen(site.database), happen(site.database)
    for asked in ({"headers": {"last-event-id": str(first - 1)}}, {"params": {"after": str(first - 1)}}):
        with site.client.stream("GET", "/v1/events", **asked) as answer:  # type: ignore[arg-type]
            found = numbers(answer)

            assert answer.headers["content-type"].startswith("text/event-stream")
            assert [next(found) for _ in range(3)] == [first - 1, first, second]


def test_a_new_client_hears_only_what_comes(site: Site) -> None:
    """From the moment of its greeting."""
    with site.client.stream("GET", "/v1/events") as answer:
        found = numbers(answer)
        last = next(found)
        number = happen(site.database)

        assert next(found) == number > last


def test_a_tenant_hears_of_its_own(site: Site) -> None:
    """And not of others."""
    with site.client.stream("GET", "/v1/events", params={"tenant": "mine"}) as answer:
        found = numbers(answer)
        next(found)
        happen(site.database, "another")
        number = happen(site.database, "mine")

        assert next(found) == number


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty one."""
    made = Database(tmp_path / DATABASE)
    yield made
    made.close()


def test_silence_is_broken_by_heartbeats(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nobody in between closes the connection."""
    monkeypatch.setattr(sse, "HEARTBEAT_S", 0.05)

    async def listen() -> list[bytes]:
        announcer = Announcer(database)
        announcer.enter()
        stream = announcer.events(None, None)
        said = [await anext(stream) for _ in range(2)]
        await announcer.stop()
        return said

    assert asyncio.run(listen())[1] == b": alive\n\n"


def test_there_are_not_too_many_clients(database: Database) -> None:
    """And each is counted off when it goes, or when the service ends."""

    async def listen() -> tuple[bool, list[bytes], int]:
        announcer = Announcer(database, most=1)
        announcer.enter()
        is_full = announcer.is_full
        stream = announcer.events(None, None)
        await anext(stream)
        await announcer.stop()
        rest = [part async for part in stream]
        return is_full, rest, announcer.clients

    assert asyncio.run(listen()) == (True, [], 0)


def test_an_event_is_one_block(database: Database, tmp_path: Path) -> None:
    """Whatever stands in it."""
    happen(tmp_path / DATABASE, body=b'{"a":\n"b"}')
    with database.reading() as connection:
        item = events_since(connection, 0)[0]

    assert sse.encode(item) == b'id: 1\nevent: incident\ndata: {"a": "b"}\n\n'
