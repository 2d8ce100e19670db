"""Takes what log shippers send: a raw ASGI application over the protocols. 2xx means that it is safe on disk."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Final, Protocol

from starlette.types import Receive, Scope, Send

from logsleuth.limits import ServerLimits
from logsleuth.server.commit import BusyError, Committed, Committer
from logsleuth.server.counters import Budget, Counters
from logsleuth.server.entry import Entry
from logsleuth.server.intake import Delivery, Redact, fresh_records, joined, read_body, read_part
from logsleuth.server.requests import answer, refused, request_of
from logsleuth.server.router import Found, Router
from logsleuth.server.seen import Seen, is_passing
from logsleuth.server.uploads import GoneError, Upload
from logsleuth.server.wire.protocol import Decoded, Feeder, Refusal, RefusedError, Reply, Request, Why, Wire

SCOPE: Final = "ingest"
ENDLESS: Final = "logsleuth.endless"  # in the request's state: tells the connection that its body may pause
STOPPING: Final = "the service is shutting down"
SYSLOG: Final = "syslog"
DRAWN_BYTES: Final = 32

_LOG = logging.getLogger(__name__)


class Guard(Protocol):
    """Says who may do what; where `is_open`, without asking for a token."""

    @property
    def is_open(self) -> bool:
        """Whether whoever reaches the service may use it."""
        ...

    def check(self, headers: Mapping[str, str], query: Mapping[str, str], scope: str) -> object | Refusal:
        """A grant, or why there is none."""
        ...


class Open:
    """Lets everybody in: for a service that only its own machine can reach."""

    is_open = True

    def check(self, headers: Mapping[str, str], query: Mapping[str, str], scope: str) -> object | Refusal:
        """Always a grant."""
        del headers, query, scope
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What ingest works with."""

    committer: Committer
    seen: Seen
    guard: Guard
    redact: Redact
    counters: Counters
    budget: Budget
    limits: ServerLimits
    clock_ns: Callable[[], int]


class Answered:
    """The passing keys of answers that are not known to have been read, by connection."""

    def __init__(self, seen: Seen, most: int) -> None:
        self._seen, self._most = seen, most
        self._keys: OrderedDict[object, tuple[bytes, ...]] = OrderedDict()
        self._lines: set[object] = set()  # the connections over which a single line came

    def sent(self, client: object, delivery: Delivery) -> None:
        """An answer was written to this connection."""
        keys = tuple(key for key, _ in delivery.records if is_passing(key))
        if keys and client is not None:
            self._keys[client] = keys
            if delivery.decoded.records == 1:
                self._lines.add(client)
            if len(self._keys) > self._most:
                self._lines.discard(self._keys.popitem(last=False)[0])

    def read(self, client: object) -> None:
        """It was read there: another request came, which nobody sends who waits."""
        self._lines.discard(client)
        for key in self._keys.pop(client, ()):
            self._seen.forget(key)

    def closed(self, client: object) -> None:
        """The client has closed in order, or a proxy has for it, which may not have passed the answer on.

        One line is said again by programs; a whole body that comes again was sent again.
        """
        if client in self._lines:
            self.read(client)
        self._keys.pop(client, None)


class Ingest:
    """The ASGI application of all paths in the tables."""

    def __init__(self, router: Router, parts: Parts) -> None:
        self._router, self._parts = router, parts
        self._answered = Answered(parts.seen, parts.limits.connections)
        self._decoding = asyncio.Semaphore(max(1, parts.limits.decoders))
        self._stopped_s: float | None = None
        self._active = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def is_stopping(self) -> bool:
        """Whether nothing new is taken."""
        return self._stopped_s is not None

    def stop(self) -> None:
        """Take nothing new."""
        if self._stopped_s is None:
            self._stopped_s = asyncio.get_running_loop().time()

    def left_s(self) -> float:
        """How much of the time for an end in order is left, once it has begun."""
        now_s = asyncio.get_running_loop().time()
        return max(self._parts.limits.drain_seconds - (now_s - (self._stopped_s or now_s)), 0.0)

    @property
    def in_flight_bytes(self) -> int:
        """What requests hold in memory."""
        return self._parts.budget.taken

    async def finish(self) -> None:
        """Wait until no request is being served, but no longer than an end may take."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), self.left_s())

    def find(self, method: str, path: str) -> Found | None:
        """What takes this request, or None where it is no shipper's."""
        return self._router.find(method, path)

    def was_closed(self, client: object) -> None:
        """The last answer over this connection has reached whoever has now closed it in order."""
        self._answered.closed(client)

    async def serve(self, found: Found, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        self._answered.read(scope.get("client"))
        if isinstance(found.target, Reply):
            await answer(send, found.target)
            return
        with self._counted():
            await self._serve(found.target, found, (scope, receive, send))

    async def take(self, entries: tuple[Entry, ...]) -> None:
        """Make entries of syslog safe; raises RefusedError."""
        parts, name = self._parts, os.urandom(DRAWN_BYTES)
        records = fresh_records(entries, SYSLOG, name, parts.clock_ns(), redact=parts.redact, limits=parts.limits)
        try:
            await parts.committer.commit(records)
        except BusyError as error:
            raise RefusedError(Why.BUSY, str(error)) from None
        parts.counters.add("records", len(entries), protocol=SYSLOG, outcome="taken")
        parts.counters.add("batches", len(records), outcome="stored")

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._active += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._active -= 1
            if not self._active:
                self._idle.set()

    async def _serve(self, wire: Wire, found: Found, asgi: tuple[Scope, Receive, Send]) -> None:
        scope, receive, send = asgi
        request, problem = request_of(scope, found, self._parts.clock_ns())
        upload: Upload | None = None
        try:
            self._admit(request, problem)
            upload = Upload(receive, request, self._parts.limits, self._parts.budget)
            upload.check_size()
            reply = await self._take(wire, request, upload, scope)
        except GoneError:
            self._parts.counters.add("requests", protocol=wire.name, outcome="gone")
            return
        except Exception as error:  # noqa: BLE001  the boundary of a request: whatever goes wrong gets an answer
            reply = self._refused(wire, request, _refusal(error, self._parts.limits))
        finally:
            if upload is not None:
                upload.close()
        await answer(send, reply, is_last=upload is None or not upload.is_read)

    def _admit(self, request: Request, problem: Refusal | None) -> None:
        """Refuse what need not be read; raises RefusedError or BusyError."""
        if self.is_stopping:
            raise BusyError(STOPPING)
        granted = self._parts.guard.check(request.headers, request.query, SCOPE)
        for refusal in (problem, granted):
            if isinstance(refusal, Refusal):
                raise RefusedError(refusal.why, refusal.reason)

    async def _take(self, wire: Wire, request: Request, upload: Upload, scope: Scope) -> Reply:
        feeder = wire.feeder(request)
        if feeder is not None:
            scope.setdefault("state", {})[ENDLESS] = True
            return wire.accepted(await self._take_parts(feeder, wire, request, upload), request)
        body = await upload.whole()
        delivery = await self._read(body, wire, request)
        await self._commit(delivery, wire)
        self._answered.sent(scope.get("client"), delivery)
        return wire.accepted(delivery.decoded, request)

    async def _read(self, body: bytes, wire: Wire, request: Request) -> Delivery:
        parts = self._parts
        if len(body) <= parts.limits.thread_bytes:
            return read_body(body, wire, request, parts.redact, parts.limits)
        async with self._decoding:
            return await asyncio.get_running_loop().run_in_executor(
                None, read_body, body, wire, request, parts.redact, parts.limits
            )

    async def _commit(self, delivery: Delivery, wire: Wire) -> None:
        counters, decoded = self._parts.counters, delivery.decoded
        done = (
            await self._parts.committer.commit(delivery.records)
            if delivery.records
            else Committed(stored=0, repeated=0)
        )
        counters.add(
            "requests", protocol=wire.name, outcome="repeated" if done.repeated and not done.stored else "taken"
        )
        counters.add("records", decoded.records - len(decoded.rejected), protocol=wire.name, outcome="taken")
        counters.add("records", len(decoded.rejected), protocol=wire.name, outcome="rejected")
        counters.add("batches", done.stored, outcome="stored")
        counters.add("batches", done.repeated, outcome="repeated")

    async def _take_parts(self, feeder: Feeder, wire: Wire, request: Request, upload: Upload) -> Decoded:
        """Make an endless body safe part by part; what it held in all is returned at its end."""
        upload.endless()
        limits, loop = self._parts.limits, asyncio.get_running_loop()
        pending: list[Decoded] = []
        since_s, records, is_open = loop.time(), 0, True
        while is_open:
            try:
                data = await upload.piece(limits.part_seconds, limits.part_bytes)
                more = feeder.finish() if data is None else feeder.feed(data)
            except (GoneError, RefusedError):  # what is complete is kept: not every client goes back to its last answer
                await self._commit_part(pending, wire, request)
                raise
            is_open = data is not None and not self.is_stopping
            if more.records or more.entries:
                since_s = since_s if pending else loop.time()
                pending.append(more)
            is_due = not is_open or upload.is_cut(limits.part_bytes) or loop.time() - since_s >= limits.part_seconds
            if pending and is_due:
                records += await self._commit_part(pending, wire, request)
                pending = []
                upload.release()
        if self.is_stopping and not upload.is_read:
            raise BusyError(STOPPING)
        return Decoded(entries=(), records=records)

    async def _commit_part(self, pending: list[Decoded], wire: Wire, request: Request) -> int:
        """Make a part safe as a whole: where the network cut it says nothing."""
        if not pending:
            return 0
        parts, now = self._parts, replace(request, arrived_ns=self._parts.clock_ns())
        part = joined(pending)
        await self._commit(read_part(part, wire, now, parts.redact, parts.limits), wire)
        return part.records

    def _refused(self, wire: Wire, request: Request, refusal: Refusal) -> Reply:
        self._parts.counters.add("requests", protocol=wire.name, outcome=refusal.why.name.lower())
        return refused(wire, refusal, request)


def _refusal(error: Exception, limits: ServerLimits) -> Refusal:
    """What a client is told of an error; one of ours is a bug, and the same body would meet it again."""
    if isinstance(error, BusyError | MemoryError):
        return Refusal(why=Why.BUSY, reason=str(error) or "out of memory", retry_after_s=limits.retry_after_seconds)
    if isinstance(error, RefusedError):
        is_busy = error.refusal.why is Why.BUSY
        return replace(error.refusal, retry_after_s=limits.retry_after_seconds) if is_busy else error.refusal
    _LOG.error("a request could not be read", exc_info=error)
    return Refusal(why=Why.MALFORMED, reason=f"the request cannot be read ({type(error).__name__})")
