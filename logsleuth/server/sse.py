"""Incidents as server-sent events: each client gets what happened after the event it knows, then what comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from logsleuth.server.api.database import Database, OverloadedError
from logsleuth.server.store.incidents import HistoryEvent, events_since, last_event

CLIENTS: Final = 200
LOOK_S: Final = 0.5
HEARTBEAT_S: Final = 15.0
BATCH: Final = 200
RETRY_MS: Final = 3000
NAME: Final = "incident"


class Announcer:
    """Looks whether something happened, once for all clients, while there are any."""

    def __init__(self, database: Database, *, most: int = CLIENTS) -> None:
        self._database = database
        self._most = most
        self._clients = 0
        self._last = 0
        self._changed = asyncio.Condition()
        self._looking: asyncio.Task[None] | None = None
        self._is_over = False

    @property
    def clients(self) -> int:
        """How many are being told."""
        return self._clients

    @property
    def is_full(self) -> bool:
        """Whether nobody more can be told."""
        return self._clients >= self._most

    def enter(self) -> None:
        """One more is to be told; `events` counts it off at its end."""
        self._clients += 1

    async def stop(self) -> None:
        """End all streams."""
        async with self._changed:
            self._is_over = True
            self._changed.notify_all()
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking

    async def events(self, after: int | None, tenant: str | None) -> AsyncIterator[bytes]:
        """The stream of one client that has entered; without `after`, only what comes."""
        with self._counted_off():
            self._look()
            seq = await self._newest() if after is None else after
            yield f"retry: {RETRY_MS}\n\nid: {seq}\nevent: hello\ndata: {{}}\n\n".encode()
            while not self._is_over:
                upto = self._last  # all that happened until then is read now, whoever it concerns
                found = await asyncio.to_thread(self._read, seq, tenant)
                for item in found:
                    seq = item.seq
                    yield encode(item)
                seq = seq if len(found) == BATCH else max(seq, upto)
                if not found and not await self._waited(seq):
                    yield b": alive\n\n"

    def _read(self, seq: int, tenant: str | None) -> tuple[HistoryEvent, ...]:
        with self._database.reading() as connection:
            return events_since(connection, seq, tenant=tenant, limit=BATCH)

    async def _newest(self) -> int:
        self._last = max(self._last, await asyncio.to_thread(self._ask))
        return self._last

    def _ask(self) -> int:
        with self._database.reading() as connection:
            return last_event(connection)

    async def _waited(self, seq: int) -> bool:
        """Whether something happened after `seq` within the time of a heartbeat."""
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARTBEAT_S), self._changed:
                await self._changed.wait_for(lambda: self._last > seq or self._is_over)
                return True
        return False

    def _look(self) -> None:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while self._clients:
            with suppress(OverloadedError):  # the next look is soon
                await self._newest()
            async with self._changed:
                self._changed.notify_all()
            await asyncio.sleep(LOOK_S)

    @contextmanager
    def _counted_off(self) -> Iterator[None]:
        try:
            yield
        finally:
            self._clients -= 1


def encode(item: HistoryEvent) -> bytes:
    """One event; JSON stands in one line."""
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (item.seq, NAME.encode(), item.body.replace(b"\n", b" "))
