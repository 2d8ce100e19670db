"""Ingest over real connections: 2xx means stored once; everything else says why, and nothing is stored."""

from __future__ import annotations

import asyncio
import gzip
import os
import select
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from logsleuth.limits import BodyLimits, ServerLimits
from logsleuth.server.router import Router
from logsleuth.server.serving import Fittings
from logsleuth.server.wire.protocol import Decoded, Feeder, Refusal, Reply, Request, Route, Why
from tests.server.lines import WIRE, Service, batches, router, service, texts

Act = Callable[[Service], Awaitable[None]]
SMALL_BODIES = ServerLimits(body=BodyLimits(compressed_bytes=1000, decompressed_bytes=5000))


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that takes a moment."""
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it never came to that")


def run(folder: Path, act: Act, limits: ServerLimits | None = None, fittings: Fittings | None = None) -> None:
    """Act on a service."""

    async def body() -> None:
        async with service(folder, limits, fittings) as served:
            await act(served)

    asyncio.run(body())


def test_lines_are_stored_before_they_are_acknowledged(tmp_path: Path) -> None:
    """With their source and their tenant."""

    async def act(served: Service) -> None:
        answer = await served.post(b"5 one\ntwo", "/s/node%201/ingest", x_scope_orgid="team a")
        assert (answer.status_code, answer.content) == (200, b"2")
        assert texts(tmp_path) == [b"one", b"two"]

    run(tmp_path, act)

    (batch,) = batches(tmp_path)
    assert (batch.tenant, batch.protocol) == ("team_a", "lines")
    assert [(entry.source, entry.time_ns) for entry in batch.entries] == [("node_1", 5), ("node_1", 0)]


def test_the_same_body_is_stored_once_over_a_restart(tmp_path: Path) -> None:
    """It is answered like the first time."""

    async def act(served: Service) -> None:
        answers = [await served.post(b"7 the same") for _ in range(2)]
        assert [(answer.status_code, answer.content) for answer in answers] == [(200, b"1")] * 2

    for _ in range(2):
        run(tmp_path, act)

    assert texts(tmp_path) == [b"the same"]


def test_a_line_without_a_time_may_be_said_again(tmp_path: Path) -> None:
    """By a client that asks on, or that closes in order after its answer to one line; not by one whose answer may be lost."""

    async def act(served: Service) -> None:
        for _ in range(2):
            await served.post(b"said twice")
            await served.post(b"something else")
        for _ in range(2):
            async with httpx.AsyncClient() as client:
                await client.post(f"http://127.0.0.1:{served.port}/ingest", content=b"by another process")
            await until(lambda: len(served.running.connections.open) == 1)
            async with httpx.AsyncClient() as client:  # as a proxy does that could not pass the answer on
                await client.post(f"http://127.0.0.1:{served.port}/ingest", content=b"many lines\nof one log")
            await until(lambda: len(served.running.connections.open) == 1)
        for _ in range(2):
            await go_without_an_answer(served, b"perhaps sent again")

    run(tmp_path, act)

    assert sorted(texts(tmp_path)) == sorted(
        [
            *[b"said twice", b"something else", b"by another process"] * 2,
            b"many lines",
            b"of one log",
            b"perhaps sent again",
        ]
    )


async def go_without_an_answer(served: Service, body: bytes) -> None:
    """Send a body, and close while its answer lies there unread."""
    with socket.create_connection(("127.0.0.1", served.port)) as sender:
        sender.sendall(b"POST /ingest HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
        sender.setblocking(False)
        await until(lambda: bool(select.select([sender], [], [], 0)[0]))
    await until(lambda: len(served.running.connections.open) == 1)


def test_a_body_in_chunks_is_known_however_the_network_cuts_it(tmp_path: Path) -> None:
    """Also a long one: it is cut into parts at the same places."""
    lines = b"".join(b'{"message":"line %d","timestamp":"2026-11-20T06:00:00.%06dZ"}\n' % (n, n) for n in range(3000))
    head = b"POST /ingest HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"

    async def act(served: Service) -> None:
        for size in (1000, 70_001, 7_777):
            pieces = (lines[at : at + size] for at in range(0, len(lines), size))
            body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
            assert (await served.ask(head + body + b"0\r\n\r\n")).startswith(b"HTTP/1.1 200 ")

    run(tmp_path, act, ServerLimits(part_bytes=50_000, part_seconds=60), Fittings(work=None))

    assert len(texts(tmp_path)) == 3000
    assert len(batches(tmp_path)) > 2


def test_other_tenants_sources_and_deliveries_are_others(tmp_path: Path) -> None:
    """A delivery that has a name is known by it."""

    async def act(served: Service) -> None:
        await served.post(b"7 same")
        await served.post(b"7 same", x_scope_orgid="other")
        await served.post(b"7 same", "/s/elsewhere/ingest")
        await served.post(b"7 same", x_delivery="a")
        await served.post(b"7 same", x_delivery="b")
        await served.post(b"8 other words", x_delivery="b")

    run(tmp_path, act)

    assert texts(tmp_path) == [b"same"] * 5


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"x" * 5000, {}, 200),
        (b"x" * 5001, {}, 413),
        (gzip.compress(b"x" * 5000), {"content-encoding": "gzip"}, 200),
        (gzip.compress(b"x" * 5001), {"content-encoding": "gzip"}, 413),
        (os.urandom(1001), {"content-encoding": "gzip"}, 413),
        (gzip.compress(b"x" * 50)[:-5], {"content-encoding": "gzip"}, 400),
        (b"x", {"content-encoding": "br"}, 415),
        (b"bad lines", {}, 400),
        (b"bug", {}, 400),
        (b"", {}, 200),
    ],
)
def test_a_body_is_taken_or_refused_with_its_reason(
    tmp_path: Path, body: bytes, headers: Mapping[str, str], status: int
) -> None:
    """And the connection or another one serves the next request."""

    async def act(served: Service) -> None:
        answer = await served.client.post("/ingest", content=body, headers=headers)
        assert answer.status_code == status
        assert answer.content
        assert (await served.post(b"1 next")).status_code == 200

    run(tmp_path, act, SMALL_BODIES)

    assert b"next" in texts(tmp_path)
    assert len(texts(tmp_path)) == (2 if status == 200 and body else 1)


def test_a_chunked_body_is_bounded_while_it_comes(tmp_path: Path) -> None:
    """Nobody waits for its end."""

    async def act(served: Service) -> None:
        head = b"POST /ingest HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
        answer = await served.ask(head + b"%x\r\n" % 6000 + b"y" * 6000 + b"\r\n")
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"connection: close" in answer

    run(tmp_path, act, SMALL_BODIES)

    assert texts(tmp_path) == []


def test_a_body_that_says_it_is_too_large_is_not_waited_for(tmp_path: Path) -> None:
    """Also where the client asks first."""

    async def act(served: Service) -> None:
        head = b"POST /ingest HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5001\r\n\r\n"
        answer = await served.ask(head)
        assert answer.startswith(b"HTTP/1.1 413 ")

    run(tmp_path, act, SMALL_BODIES)


def test_too_many_bytes_in_flight_are_sent_again_later(tmp_path: Path) -> None:
    """What waits does not grow; a request alone may be as large as it likes."""

    async def act(served: Service) -> None:
        head = b"POST /ingest HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n\r\n"
        async with served.open() as (_, slow):
            slow.write(head + b"z" * 800)
            await until(lambda: served.running.ingest.in_flight_bytes == 800)
            refused = await served.post(b"9 " + b"r" * 500)
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        await until(lambda: not served.running.ingest.in_flight_bytes)
        assert (await served.post(b"9 " + b"r" * 2000)).status_code == 200

    run(tmp_path, act, ServerLimits(in_flight_bytes=1000))

    assert texts(tmp_path) == [b"r" * 2000]


def test_a_full_spool_is_busy_and_not_ready(tmp_path: Path) -> None:
    """Health is not readiness."""

    async def act(served: Service) -> None:
        await served.post(b"1 " + b"x" * 3000)
        refused = await served.post(b"2 " + b"y" * 3000)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert (await served.client.get("/ready")).status_code == 503
        assert (await served.client.get("/health")).status_code == 200

    run(tmp_path, act, ServerLimits(spool_bytes=5000))

    assert texts(tmp_path) == [b"x" * 3000]


def test_who_is_not_let_in_is_told_and_not_read(tmp_path: Path) -> None:
    """The body stays where it is."""

    class Closed:
        is_open = False

        def check(self, headers: Mapping[str, str], query: Mapping[str, str], scope: str) -> object | Refusal:
            del headers
            has_token = query.get("token") == "good" and scope == "ingest"
            return () if has_token else Refusal(why=Why.UNAUTHENTICATED, reason="no token")

    async def act(served: Service) -> None:
        assert (await served.post(b"1 in", "/ingest?token=good")).status_code == 200
        answer = await served.ask(b"POST /ingest HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 401 ")
        many = "&".join(f"a{number}=1" for number in range(101))
        assert (await served.post(b"1 in", f"/ingest?{many}")).status_code == 400

    run(tmp_path, act, fittings=Fittings(router=router, work=None, guard=Closed()))

    assert texts(tmp_path) == [b"in"]


def test_secrets_never_reach_the_spool(tmp_path: Path) -> None:
    """What redacts is asked for every line."""

    async def act(served: Service) -> None:
        await served.post(b"1 key=secret\n2 fine")

    run(
        tmp_path,
        act,
        fittings=Fittings(router=router, work=None, redact=lambda text: text.replace(b"secret", b"[secret]")),
    )

    assert texts(tmp_path) == [b"key=[secret]", b"fine"]


def test_a_large_request_becomes_several_batches_that_are_known_again(tmp_path: Path) -> None:
    """However it is sent again."""
    body = b"\n".join(b"%d line" % number for number in range(2000))

    async def act(served: Service) -> None:
        await served.post(body)
        answer = await served.post(gzip.compress(body), content_encoding="gzip")
        assert (answer.status_code, answer.content) == (200, b"2000")

    run(tmp_path, act, ServerLimits(frame_bytes=10_000, thread_bytes=1000))

    assert len(texts(tmp_path)) == 2000
    assert len(batches(tmp_path)) > 10


def test_an_endless_body_is_stored_while_it_comes(tmp_path: Path) -> None:
    """And records that come again after a cut are stored once."""

    async def act(served: Service) -> None:
        head = b"POST /upload HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
        async with served.open() as (_, writer):
            writer.write(head + b"13\r\n1 first\n2 second\n3 \r\n")
            await until(lambda: texts(tmp_path) == [b"first", b"second"])
        answer = await served.ask(
            head.replace(b"host: x", b"connection: close") + b"1a\r\n2 second\n3 third\n4 fourth\n\r\n0\r\n\r\n"
        )
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert answer.endswith(b"3")

    run(tmp_path, act, ServerLimits(part_seconds=0.05))

    assert texts(tmp_path) == [b"first", b"second", b"third", b"fourth"]


def test_hellos_are_answered_and_browsers_get_pages(tmp_path: Path) -> None:
    """On the same path."""

    async def act(served: Service) -> None:
        hello = await served.client.get("/")
        head = await served.client.head("/s/x/")
        page = await served.client.get("/", headers={"accept": "text/html,*/*"})
        assert (hello.content, head.status_code, page.status_code) == (b"{}", 200, 404)
        assert (await served.post(b"1 unknown path", "/s/x/whatever")).status_code == 200
        assert (await served.post(b"1 unknown path", "/whatever")).status_code == 404

    run(tmp_path, act)


def test_a_service_that_ends_refuses_what_is_new_and_finishes_what_was_begun(tmp_path: Path) -> None:
    """Nothing that was acknowledged is lost."""

    async def act(served: Service) -> None:
        async with served.open() as (reader, writer):
            writer.write(b"POST /ingest HTTP/1.1\r\nhost: x\r\ncontent-length: 22\r\n\r\n1 what was begu")
            await until(lambda: served.running.ingest.in_flight_bytes > 0)
            served.running.ingest.stop()
            refused = await served.post(b"1 new")
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
            assert (await served.client.get("/ready")).text == "shutting down\n"
            writer.write(b"n, ends")
            assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"

    run(tmp_path, act)

    assert texts(tmp_path) == [b"what was begun, ends"]


@dataclass(frozen=True)
class Slow:
    """Lines; counts how many bodies are decoded at one time."""

    name: str = "slow"
    active: list[int] = field(default_factory=list)
    peaks: list[int] = field(default_factory=list)

    def decode(self, body: bytes, request: Request) -> Decoded:
        """As lines, in a while."""
        self.active.append(1)
        self.peaks.append(len(self.active))
        time.sleep(0.02)
        self.active.pop()
        return WIRE.decode(body, request)

    def feeder(self, request: Request) -> Feeder | None:
        """As lines."""
        return WIRE.feeder(request)

    def accepted(self, decoded: Decoded, request: Request) -> Reply:
        """As lines."""
        return WIRE.accepted(decoded, request)

    def refused(self, refusal: Refusal, request: Request) -> Reply:
        """As lines."""
        return WIRE.refused(refusal, request)


def test_large_bodies_are_decoded_a_few_at_a_time(tmp_path: Path) -> None:
    """However many come: each takes several times its size."""
    wire = Slow()
    routes = (Route(methods=("POST",), path="/ingest", wire=wire),)

    async def act(served: Service) -> None:
        answers = await asyncio.gather(*(served.post(b"%d x" % number * 500) for number in range(1, 13)))
        assert {answer.status_code for answer in answers} == {200}

    run(tmp_path, act, ServerLimits(thread_bytes=100), Fittings(router=lambda: Router(routes, ()), work=None))

    assert max(wire.peaks) == ServerLimits().decoders
