"""Connections with bounds: uvicorn has none for time, the size of headers, and how many connections there are."""

from __future__ import annotations

import asyncio
import fcntl
import termios
from array import array
from collections import Counter
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Final

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from logsleuth.limits import ServerLimits
from logsleuth.server.counters import Counters
from logsleuth.server.ingest import ENDLESS

WRITE_SECONDS: Final = 60.0  # for a client to take some of its answer

_AROUND: Final = b": \r\n"  # of a header: ten thousand short ones are large, too
VERSIONS: Final = ("1.0", "1.1")

_TOO_MANY: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: %d\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
)
_TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class _RefusedError(Exception):
    """The parser turns it into an error of its own."""


class Phase(Enum):
    """What a connection is waited for; nothing while it is idle between requests or while it is answered."""

    HEADER = auto()
    BODY = auto()
    NOTHING = auto()


class Connections:
    """All connections of the service: how many there may be, and which of them take too long."""

    def __init__(self, limits: ServerLimits, counters: Counters, was_closed: Callable[[object], None]) -> None:
        self.limits, self.counters, self.was_closed = limits, counters, was_closed
        self.open: set[DeadlineProtocol] = set()
        self._addresses: Counter[str] = Counter()

    def enter(self, protocol: DeadlineProtocol, address: str) -> bool:
        """Whether there is room for one more from this address."""
        if len(self.open) >= self.limits.connections or self._addresses[address] >= self.limits.address_connections:
            self.counters.add("connections", outcome="refused")
            return False
        self.open.add(protocol)
        self._addresses[address] += 1
        self.counters.add("connections", outcome="accepted")
        return True

    def leave(self, protocol: DeadlineProtocol, address: str) -> None:
        """It is closed."""
        if protocol not in self.open:
            return
        self.open.discard(protocol)
        self._addresses[address] -= 1
        if not self._addresses[address]:
            del self._addresses[address]

    def sweep(self, now_s: float) -> None:
        """Close what takes too long; to be called every second or so."""
        for protocol in [*self.open]:
            overdue = protocol.overdue(now_s)
            if overdue is not None:
                self.counters.add("connections", outcome=overdue)
                protocol.end()


class DeadlineProtocol(HttpToolsProtocol):
    """One connection; it only notes times, `Connections.sweep` acts on them.

    The parser keeps headers, trailers and what lies between chunks of a body in memory without a bound of its own.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        connections: Connections,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._all = connections
        self._phase = Phase.HEADER
        self._since_s = 0.0
        self._came_s = 0.0
        self._came_bytes = 0
        self._header_bytes = 0
        self._silent_bytes = 0  # since the parser told anything
        self._blocked_s: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Take it, or refuse it at once where there are too many."""
        super().connection_made(transport)
        self._wait_for(Phase.HEADER)
        if not self._all.enter(self, self._address):
            transport.write(_TOO_MANY % self._all.limits.retry_after_seconds)
            transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed, by whomever."""
        self._all.leave(self, self._address)
        super().connection_lost(exc)

    def eof_received(self) -> None:
        """The client closes in order: one that has not read its answer resets instead, or has not got all of it yet."""
        if self.cycle is not None and self.cycle.response_complete and not _unsent_bytes(self.transport):
            self._all.was_closed(self.client)
        super().eof_received()

    def data_received(self, data: bytes) -> None:
        """The first byte of a request starts its clock."""
        if self.transport.is_closing():
            return
        if self._phase is Phase.NOTHING and (self.cycle is None or self.cycle.response_complete):
            self._wait_for(Phase.HEADER)
        self._silent_bytes += len(data)
        super().data_received(data)
        if self._silent_bytes > self._all.limits.header_bytes:
            self._all.counters.add("connections", outcome="large_header")
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """A request may begin right behind the one before."""
        self._silent_bytes = self._header_bytes = 0
        if self._phase is Phase.NOTHING:
            self._wait_for(Phase.HEADER)
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header or a trailer."""
        self._header_bytes += len(name) + len(value) + len(_AROUND)
        if self._header_bytes > self._all.limits.header_bytes:
            raise _RefusedError
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """From here the body is waited for; a request without a version is older than headers."""
        if self.parser.get_http_version() not in VERSIONS:
            raise _RefusedError
        self._silent_bytes = 0
        self._wait_for(Phase.BODY)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of the body."""
        self._silent_bytes = 0
        self._came_bytes += len(body)
        self._came_s = self.loop.time()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is complete: it is our turn."""
        self._silent_bytes = 0
        self._wait_for(Phase.NOTHING)
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The client does not take its answer."""
        self._blocked_s = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """It does again."""
        self._blocked_s = None
        super().resume_writing()

    def overdue(self, now_s: float) -> str | None:
        """Which deadline has passed, if one has."""
        limits = self._all.limits
        if self._blocked_s is not None and now_s - self._blocked_s > WRITE_SECONDS:
            return "slow_reader"
        if self.flow.read_paused:  # it is us who are slow
            self._wait_for(self._phase)
        if self._phase is Phase.HEADER and now_s - self._since_s > limits.header_seconds:
            return "slow_header"
        return self._overdue_body(now_s) if self._phase is Phase.BODY else None

    def end(self) -> None:
        """Close it; whoever still sends headers is told why."""
        if self._phase is Phase.HEADER and self._blocked_s is None:
            self.transport.write(_TOO_SLOW)
            self.transport.close()
        else:
            self.transport.abort()

    def _overdue_body(self, now_s: float) -> str | None:
        limits = self._all.limits
        if self.scope.get("state", {}).get(ENDLESS):
            return "idle_body" if now_s - self._came_s > limits.endless_idle_seconds else None
        took_s = now_s - self._since_s
        is_slow = took_s > limits.body_grace_seconds and self._came_bytes < took_s * limits.body_bytes_per_second
        return "slow_body" if is_slow else None

    def _wait_for(self, phase: Phase) -> None:
        self._phase = phase
        self._since_s = self._came_s = self.loop.time()
        self._came_bytes = 0

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""


def _unsent_bytes(transport: asyncio.Transport) -> int:
    """What the other side has not acknowledged."""
    count = array("i", (0,))
    try:
        fcntl.ioctl(transport.get_extra_info("socket").fileno(), termios.TIOCOUTQ, count)
    except OSError:
        return 1
    return transport.get_write_buffer_size() + count[0]
