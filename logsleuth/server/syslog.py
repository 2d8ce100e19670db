"""Syslog over TCP and UDP -> entries, on listeners of their own that are off unless asked for.

A sender of syslog waits for no answer. Over TCP, entries that cannot be stored are held and the connection is not read,
so that the sender notices; over UDP what does not fit into the queue is lost, and counted.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from logsleuth.limits import Limits
from logsleuth.server.entry import Entry
from logsleuth.server.settings import Address
from logsleuth.server.syslog_frames import Frames
from logsleuth.server.syslog_message import entry, parse
from logsleuth.server.wire.canonical import Writer
from logsleuth.server.wire.protocol import RefusedError

Deliver = Callable[[tuple[Entry, ...]], Awaitable[None]]

_READ_BYTES: Final = 64 * 1024
_QUEUE_BYTES: Final = 4 * 1024 * 1024
_BATCH: Final = 1000  # datagrams that are delivered at once
_DATAGRAM_COST: Final = 256  # what an empty datagram takes in the queue
_FIRST_WAIT_S: Final = 0.1
_LONGEST_WAIT_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SyslogSettings:
    """Which listeners there are, and how much they hold."""

    limits: Limits
    tcp: Address | None = None
    udp: Address | None = None
    connections: int = 2000


@dataclass(slots=True)
class Counts:
    """What came and what was lost since the start."""

    messages: int = 0
    datagrams_lost: int = 0
    connections_refused: int = 0


@dataclass(slots=True, eq=False)
class Listeners:
    """The listeners from `start` to `close`; `deliver` returns once the entries are safe, or raises RefusedError."""

    settings: SyslogSettings
    deliver: Deliver
    counts: Counts = field(default_factory=Counts)
    _server: asyncio.Server | None = None
    _transport: asyncio.DatagramTransport | None = None
    _queue: _Queue | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        """Listen; raises OSError where an address cannot be had."""
        loop = asyncio.get_running_loop()
        tcp, udp = self.settings.tcp, self.settings.udp
        if tcp:
            self._server = await asyncio.start_server(self._accept, tcp.host, tcp.port, limit=_READ_BYTES)
        if udp:
            queue = self._queue = _Queue(self.counts)
            self._transport, _ = await loop.create_datagram_endpoint(lambda: queue, local_addr=(udp.host, udp.port))
            self._keep(loop.create_task(self._drain(queue)))

    @property
    def addresses(self) -> tuple[str, ...]:
        """What is listened on, as URLs."""
        ports = {"tcp": (self.settings.tcp, self.tcp_port), "udp": (self.settings.udp, self.udp_port)}
        return tuple(
            f"syslog+{name}://{Address(host=wanted.host, port=port)}"
            for name, (wanted, port) in ports.items()
            if wanted is not None and port is not None
        )

    @property
    def tcp_port(self) -> int | None:
        """The port that TCP listens on."""
        return self._server.sockets[0].getsockname()[1] if self._server else None

    @property
    def udp_port(self) -> int | None:
        """The port that UDP listens on."""
        return self._transport.get_extra_info("sockname")[1] if self._transport else None

    async def close(self) -> None:
        """Stop; what waits is delivered once more, and lost where that is refused."""
        if self._server:
            self._server.close()
        if self._transport:
            self._transport.close()
        while self._queue and (waiting := self._queue.take()):
            await self._deliver_once(self._entries(waiting))
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._tasks) >= self.settings.connections:
            self.counts.connections_refused += 1
            writer.close()
            return
        self._keep(asyncio.get_running_loop().create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        peer = _host_of(writer.get_extra_info("peername"))
        frames = Frames(frame_bytes=self.settings.limits.event_bytes)
        try:
            while data := await reader.read(_READ_BYTES):
                await self._deliver([(peer, frame) for frame in frames.feed(data)])
            await self._deliver([(peer, frame) for frame in frames.finish()])
        except ConnectionError:
            await self._deliver([(peer, frame) for frame in frames.finish()])
        finally:
            writer.close()

    async def _drain(self, queue: _Queue) -> None:
        """What comes over UDP, as long as there is a listener."""
        while True:
            await queue.wait()
            await self._deliver(queue.take())

    async def _deliver(self, frames: list[tuple[str, bytes]]) -> None:
        """Hand entries over, again and again where they are refused for a time."""
        entries = self._entries(frames)
        wait_s = _FIRST_WAIT_S
        while not await self._deliver_once(entries):
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    async def _deliver_once(self, entries: tuple[Entry, ...]) -> bool:
        try:
            if entries:
                await self.deliver(entries)
        except RefusedError:
            return False
        self.counts.messages += len(entries)
        return True

    def _entries(self, frames: list[tuple[str, bytes]]) -> tuple[Entry, ...]:
        writer = Writer(line_bytes=self.settings.limits.line_bytes)
        return tuple(entry(parse(frame), peer=peer, writer=writer) for peer, frame in frames)


class _Queue(asyncio.DatagramProtocol):
    """Datagrams that wait, within a bound."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._waiting: deque[tuple[str, bytes]] = deque()
        self._bytes = 0
        self._is_filled = asyncio.Event()

    def datagram_received(self, data: bytes, addr: tuple[object, ...]) -> None:
        """Queue a datagram, or count it as lost."""
        if self._bytes + len(data) + _DATAGRAM_COST > _QUEUE_BYTES:
            self._counts.datagrams_lost += 1
            return
        self._bytes += len(data) + _DATAGRAM_COST
        self._waiting.append((_host_of(addr), data))
        self._is_filled.set()

    async def wait(self) -> None:
        """Return once there is something to take."""
        await self._is_filled.wait()

    def take(self) -> list[tuple[str, bytes]]:
        """The datagrams that have waited longest."""
        taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), _BATCH))]
        self._bytes -= sum(len(data) + _DATAGRAM_COST for _, data in taken)
        if not self._waiting:
            self._is_filled.clear()
        return taken


def _host_of(address: object) -> str:
    return str(address[0]) if isinstance(address, tuple) and address else ""
