"""Connections: who is too slow is closed, who is one too many is refused, all others do not notice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from logsleuth.limits import ServerLimits
from tests.server.lines import Service, service, texts

Act = Callable[[Service], Awaitable[None]]
HURRY = ServerLimits(header_seconds=0.3, body_grace_seconds=0.3, keep_alive_seconds=3, endless_idle_seconds=0.6)
HEAD = b"POST /ingest HTTP/1.1\r\nhost: x\r\n"


def run(folder: Path, act: Act, limits: ServerLimits) -> None:
    """Act on a service."""

    async def body() -> None:
        async with service(folder, limits) as served, asyncio.timeout(20):
            await act(served)

    asyncio.run(body())


@pytest.mark.parametrize(
    ("sent", "outcome"),
    [
        (b"", "slow_header"),
        (b"POST /ingest HT", "slow_header"),
        (HEAD + b"content-length: 2\r\n\r\nok" + HEAD, "slow_header"),
        (HEAD + b"content-length: 5000\r\n\r\nsome of it", "slow_body"),
        (HEAD + b"transfer-encoding: chunked\r\n\r\n", "slow_body"),
        (HEAD.replace(b"/ingest", b"/upload") + b"transfer-encoding: chunked\r\n\r\n", "idle_body"),
    ],
)
def test_who_is_too_slow_is_closed(tmp_path: Path, sent: bytes, outcome: str) -> None:
    """Whatever of a request is missing."""

    async def act(served: Service) -> None:
        try:
            answer = await served.ask(sent)
        except ConnectionError:
            answer = b""
        assert served.running.connections.counters.value("connections", outcome=outcome) == 1
        assert (b"HTTP/1.1 408 " in answer) == (outcome == "slow_header")
        assert (await served.post(b"1 next")).status_code == 200

    run(tmp_path, act, HURRY)


def test_a_body_that_comes_fast_enough_may_take_its_time(tmp_path: Path) -> None:
    """Longer than headers may take, and than the grace."""

    async def act(served: Service) -> None:
        async with served.open() as (reader, writer):
            writer.write(HEAD + b"content-length: 20000\r\n\r\n")
            for _ in range(10):
                writer.write(b"x" * 2000)
                await asyncio.sleep(0.12)
            assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"

    run(tmp_path, act, HURRY)


def test_a_quiet_connection_between_two_requests_is_kept(tmp_path: Path) -> None:
    """Longer than headers may take."""

    async def act(served: Service) -> None:
        async with served.open() as (reader, writer):
            for _ in range(2):
                writer.write(HEAD + b"content-length: 6\r\n\r\n1 okay")
                assert await reader.readuntil(b"\r\n\r\n1") != b""
                await asyncio.sleep(1)

    run(tmp_path, act, HURRY)

    assert texts(tmp_path) == [b"okay"]


def test_slow_connections_do_not_keep_others_out(tmp_path: Path) -> None:
    """Good requests are answered while many wait, and the waiting ones go."""

    async def act(served: Service) -> None:
        async with AsyncExitStack() as stack:
            for _ in range(300):
                _, writer = await stack.enter_async_context(served.open())
                writer.write(b"POST /ing")
            answers = await asyncio.gather(*(served.post(b"%d good" % number) for number in range(50)))
            assert {answer.status_code for answer in answers} == {200}
            for _ in range(200):
                if served.running.connections.counters.value("connections", outcome="slow_header") == 300:
                    return
                await asyncio.sleep(0.05)
            pytest.fail("slow connections stay")

    run(tmp_path, act, ServerLimits(header_seconds=1))


@pytest.mark.parametrize("limits", [ServerLimits(connections=3), ServerLimits(address_connections=3)])
def test_one_connection_too_many_is_refused(tmp_path: Path, limits: ServerLimits) -> None:
    """Until another one is closed."""

    async def act(served: Service) -> None:
        async with AsyncExitStack() as stack:
            for _ in range(3):
                await stack.enter_async_context(served.open())
            answer = await served.ask(HEAD + b"content-length: 2\r\n\r\nok")
            assert answer.startswith(b"HTTP/1.1 503 ")
            assert b"retry-after: 5" in answer
        for _ in range(200):
            if not served.running.connections.open:
                break
            await asyncio.sleep(0.02)
        assert (await served.post(b"1 next")).status_code == 200

    run(tmp_path, act, limits)


@pytest.mark.parametrize(
    "request_bytes",
    [
        HEAD + b"content-length: 2\r\ncontent-length: 3\r\n\r\nabc",
        HEAD + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        HEAD + b"content-length: -1\r\n\r\n",
        HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"x: a\0b\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET http://[::1 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /ready\r\n\r\n",
        HEAD + b"a: b\r\n" * 12_000 + b"content-length: 0\r\n\r\n",
    ],
)
def test_a_malformed_request_is_refused_and_closed(tmp_path: Path, request_bytes: bytes) -> None:
    """Nothing of it is stored."""

    async def act(served: Service) -> None:
        answer = await served.ask(request_bytes)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert (await served.post(b"1 next")).status_code == 200

    run(tmp_path, act, HURRY)

    assert texts(tmp_path) == [b"next"]


@pytest.mark.parametrize(
    "endless",
    [
        HEAD + b"a: b\r\n" * 40_000,
        HEAD + b"a: " + b"b" * 300_000,
        b"POST /" + b"x" * 300_000,
        HEAD + b"transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n" + b"a: b\r\n" * 40_000,
        HEAD + b"transfer-encoding: chunked\r\n\r\n1;" + b"x" * 300_000,
    ],
    ids=["many", "long", "url", "trailers", "extension"],
)
def test_headers_are_bounded(tmp_path: Path, endless: bytes) -> None:
    """Whoever sends more is cut off at once, whatever comes instead of a body."""

    async def act(served: Service) -> None:
        try:
            answer = await served.ask(endless)
        except ConnectionError:
            answer = b""
        assert answer.split(b"\r\n")[0] in {
            b"",
            b"HTTP/1.1 400 Bad Request",
            b"HTTP/1.1 431 Request Header Fields Too Large",
        }
        assert not served.running.connections.open
        assert (await served.post(b"1 next")).status_code == 200

    run(tmp_path, act, ServerLimits())

    assert texts(tmp_path) == [b"next"]
