"""A protocol of the tests: a body of lines, `time_ns text` or only text; and the service that takes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from logsleuth.limits import ServerLimits
from logsleuth.server.entry import Batch, Entry, decode
from logsleuth.server.reader import Reader
from logsleuth.server.router import Router
from logsleuth.server.segments import START, Position
from logsleuth.server.serving import Fittings, Running, bind, serving
from logsleuth.server.settings import ServeSettings, WorkerSettings
from logsleuth.server.wire.protocol import (
    Decoded,
    Feeder,
    Handshake,
    Refusal,
    RefusedError,
    Reply,
    Request,
    Route,
    Why,
)

FAR = Position(1 << 40, 0)


@dataclass
class LineFeeder:
    """Lines as they come, each with its text as its name."""

    request: Request
    rest: bytes = b""

    def feed(self, data: bytes) -> Decoded:
        """The lines that are complete."""
        *lines, self.rest = (self.rest + data).split(b"\n")
        return self._decoded(lines)

    def finish(self) -> Decoded:
        """The last line."""
        return self._decoded([self.rest] if self.rest else [])

    def _decoded(self, lines: list[bytes]) -> Decoded:
        entries = tuple(entry_of(line, self.request) for line in lines)
        return Decoded(entries=entries, records=len(entries), note=tuple(line.decode("latin-1") for line in lines))


def entry_of(line: bytes, request: Request) -> Entry:
    """One line; digits before a space are its time."""
    time, space, text = line.partition(b" ")
    if space and time.isdigit():
        return Entry(source=request.hint, text=text, time_ns=int(time))
    return Entry(source=request.hint, text=line)


@dataclass(frozen=True)
class Lines:
    """The protocol."""

    name: str = "lines"

    def decode(self, body: bytes, request: Request) -> Decoded:
        """A line is an entry; some words are mistakes of the client, or of ours."""
        if body == b"bug":
            raise RecursionError("too deep")
        if body.startswith(b"bad"):
            raise RefusedError(Why.MALFORMED, "no lines")
        entries = tuple(entry_of(line, request) for line in body.splitlines())
        key = request.headers.get("x-delivery")
        return Decoded(entries=entries, records=len(entries), key=key.encode() if key else None)

    def feeder(self, request: Request) -> Feeder | None:
        """Bodies to `/upload` do not end."""
        return LineFeeder(request) if request.path == "/upload" else None

    def accepted(self, decoded: Decoded, request: Request) -> Reply:
        """How many were taken."""
        del request
        return Reply(status=200, body=b"%d" % decoded.records, media="text/plain")

    def refused(self, refusal: Refusal, request: Request) -> Reply:
        """Why."""
        del request
        return Reply(status=refusal.why.value, body=refusal.reason.encode(), media="text/plain")


WIRE = Lines()


def router() -> Router:
    """The tables of the tests."""
    routes = (
        Route(methods=("POST", "PUT"), path="/ingest", wire=WIRE),
        Route(methods=("POST",), path="/upload", wire=WIRE),
    )
    hello = Handshake(methods=("GET", "HEAD"), path="/", reply=Reply(status=200, body=b"{}", media="application/json"))
    return Router(routes, (hello,))


@dataclass(frozen=True)
class Service:
    """A running service and a client of it."""

    running: Running
    client: httpx.AsyncClient
    port: int
    folder: Path

    async def post(self, body: bytes, path: str = "/ingest", **headers: str) -> httpx.Response:
        """Send a body."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(path, content=body, headers=named)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A raw connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield reader, writer
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def ask(self, data: bytes) -> bytes:
        """Send raw bytes and read to the end of the connection."""
        async with self.open() as (reader, writer):
            writer.write(data)
            return await reader.read()


@asynccontextmanager
async def service(
    folder: Path, limits: ServerLimits | None = None, fittings: Fittings | None = None
) -> AsyncIterator[Service]:
    """A service in this process, on a port of its own."""
    settings = ServeSettings(worker=WorkerSettings(folder=folder, limits=limits or ServerLimits()), port=0)
    listening = bind("127.0.0.1", 0)
    port = listening.getsockname()[1]
    parts = fittings or Fittings(router=router, work=None)
    async with (
        serving(settings, parts, listening) as running,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client,
    ):
        yield Service(running, client, port, folder)


def batches(folder: Path) -> list[Batch]:
    """Everything in the spool of a service."""
    return [decode(payload) for _, payload in Reader(folder / "spool").read(START, FAR, 1 << 40)]


def texts(folder: Path) -> list[bytes]:
    """The lines in it."""
    return [entry.text for batch in batches(folder) for entry in batch.entries]
