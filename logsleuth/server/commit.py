"""Commits batches in groups: one thread writes and syncs for all that wait. In: keyed payloads; out: safety."""

from __future__ import annotations

import asyncio
import math
import queue
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from logsleuth.server.seen import Seen
from logsleuth.server.segments import START, Position
from logsleuth.server.spool import Spool, SpoolFullError

GROUP_BYTES: Final = 16 * 1024 * 1024
RETRY_SECONDS: Final = 1.0
ENDED: Final = "nothing is written to the spool any more"

Published = Callable[[Position], None]


class BusyError(Exception):
    """Nothing can be taken now; the same may be sent again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """How many batches of a delivery were stored, and how many were there before."""

    stored: int
    repeated: int


@dataclass(frozen=True, slots=True, eq=False)
class _Item:
    records: tuple[tuple[bytes, bytes], ...]
    done: asyncio.Future[str | None]  # why it failed, if it did

    @property
    def size_bytes(self) -> int:
        return sum(len(payload) for _, payload in self.records)


class Committer:
    """Takes deliveries from the event loop; a failing disk refuses them, and is tried again by itself."""

    def __init__(
        self,
        spool: Spool,
        seen: Seen,
        published: Published,
        clock: Callable[[], float],
        *,
        analysed: Position = START,
    ) -> None:
        self._spool, self._seen, self._published, self._clock = spool, seen, published, clock
        self._loop = asyncio.get_running_loop()
        self._waiting: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._pending: dict[bytes, asyncio.Future[str | None]] = {}
        self._retry_at_s = 0.0
        self._analysed = self._released = analysed
        self.trouble: str | None = None
        self.last_s = 0.0  # how long the last group took
        self.is_in_order = asyncio.Event()
        self.is_in_order.set()
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)
        self._thread.start()

    async def commit(self, records: Sequence[tuple[bytes, bytes]]) -> Committed:
        """Return when all of it is safe on disk; raises BusyError where it is not."""
        if self.trouble is not None and self._clock() < self._retry_at_s:
            raise BusyError(self.trouble)
        fresh: dict[bytes, bytes] = {}  # a client may say the same twice in one delivery
        for key, payload in records:
            if key not in self._seen and key not in self._pending:
                fresh.setdefault(key, payload)
        waits = {self._pending[key] for key, _ in records if key in self._pending}
        if fresh:
            waits.add(self._submit(tuple(fresh.items())))
        for wait in waits:
            failure = await asyncio.shield(wait)
            if failure is not None:
                raise BusyError(failure)
        return Committed(stored=len(fresh), repeated=len(records) - len(fresh))

    @property
    def analysed(self) -> Position:
        """Up to where everything is analysed."""
        return self._analysed

    def release(self, analysed: Position) -> None:
        """What lies before this may go from the disk, soon."""
        self._analysed = analysed

    async def close(self) -> None:
        """Write what waits, and end the thread."""
        self._waiting.put(None)
        await asyncio.to_thread(self._thread.join)

    def _submit(self, records: tuple[tuple[bytes, bytes], ...]) -> asyncio.Future[str | None]:
        item = _Item(records, self._loop.create_future())
        for key, _ in records:
            self._pending[key] = item.done
        self._waiting.put(item)
        return item.done

    def _settle(self, items: Sequence[_Item], failure: str | None, position: Position) -> None:
        """Back on the event loop: tell everybody who waits."""
        self.trouble = failure
        if failure is None:
            self.is_in_order.set()
        else:
            self.is_in_order.clear()
            self._retry_at_s = self._clock() + RETRY_SECONDS
        for item in items:
            for key, _ in item.records:
                del self._pending[key]
                if failure is None:
                    self._seen.add(key)
            item.done.set_result(failure)
        if failure is None:
            self._published(position)

    def _end(self) -> None:
        """Back on the event loop: the thread is over, in order or not, so nobody may wait for it."""
        self.trouble, self._retry_at_s = ENDED, math.inf
        self.is_in_order.clear()
        for done in {*self._pending.values()}:
            done.set_result(ENDED)
        self._pending.clear()

    def _run(self) -> None:
        """The thread."""
        try:
            self._write_all()
        finally:
            self._loop.call_soon_threadsafe(self._end)

    def _write_all(self) -> None:
        """Write groups of what waits, until None comes."""
        is_failing, is_last = False, False
        while not is_last:
            items, is_last = self._group()
            self._tidy()
            if not items and not is_failing:
                continue
            began_s = self._clock()
            failure = self._write(items)
            self.last_s = self._clock() - began_s
            is_failing = failure is not None
            self._loop.call_soon_threadsafe(self._settle, items, failure, self._spool.end)

    def _tidy(self) -> None:
        """Remove what was analysed; what cannot be removed now is at the next start."""
        if self._analysed == self._released:
            return
        self._released = self._analysed
        with suppress(OSError):
            self._spool.release(self._released)

    def _group(self) -> tuple[list[_Item], bool]:
        """What waits, up to a size, and whether it is the last; nothing where none came in time."""
        items: list[_Item] = []
        size_bytes = 0
        try:
            item = self._waiting.get(timeout=RETRY_SECONDS)
            while item is not None:
                items.append(item)
                size_bytes += item.size_bytes
                if size_bytes >= GROUP_BYTES:
                    return items, False
                item = self._waiting.get_nowait()
        except queue.Empty:
            return items, False
        return items, True

    def _write(self, items: Sequence[_Item]) -> str | None:
        """Append and sync; why it failed, or None. Without items it tries whether there is room again."""
        try:
            self._spool.append([record for item in items for record in item.records])
            self._spool.sync()
        except SpoolFullError as error:
            return str(error)
        except OSError as error:
            return f"the spool cannot be written: {error.strerror}"
        except MemoryError:
            return "the machine is out of memory"
        return None
