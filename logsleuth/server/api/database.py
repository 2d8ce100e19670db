"""Connections to the database for requests: a few that only read, shared between threads, and one that writes."""

from __future__ import annotations

import queue
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from logsleuth.errors import LogsleuthError
from logsleuth.server.store.schema import BUSY_MS, open_database

READERS: Final = 8
WAIT_S: Final = 5.0  # for a connection; longer means that the service is overloaded
QUERY_S: Final = 10.0
STEPS: Final = 20_000  # of SQLite's machine between two looks at the clock
CACHE_KIB: Final = 8 * 1024


class OverloadedError(LogsleuthError):
    """Too much is being read at one time, or a question takes too long."""


class Database:
    """The database file as requests see it; raises StoreError where the file cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer = open_database(path)  # makes the file, so that there is something to read
        self._writing = threading.Lock()
        self._room = threading.Semaphore(READERS)
        self._idle: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees the database as it is now, until the end; raises OverloadedError."""
        if not self._room.acquire(timeout=WAIT_S):
            raise OverloadedError("too much is being read at one time: ask again in a few seconds")
        try:
            connection = self._taken()
            try:
                yield from self._bounded(connection)
            finally:
                self._idle.put(connection)
        finally:
            self._room.release()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection that writes, for one at a time."""
        with self._writing:
            yield self._writer

    def close(self) -> None:
        """Close what is not in use."""
        while not self._idle.empty():
            self._idle.get_nowait().close()
        with self._writing:
            self._writer.close()

    def _bounded(self, connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
        until = time.monotonic() + QUERY_S
        connection.set_progress_handler(lambda: time.monotonic() > until, STEPS)
        connection.execute("BEGIN")
        try:
            yield connection
        except sqlite3.OperationalError as error:
            raise OverloadedError(f"the question takes too long, or the database is busy ({error}): ask less") from None
        finally:
            connection.set_progress_handler(None, STEPS)
            connection.execute("ROLLBACK")

    def _taken(self) -> sqlite3.Connection:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return read_only(self.path)


def read_only(path: Path) -> sqlite3.Connection:
    """A connection that cannot write."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_MS / 1000,
    )
    connection.execute("PRAGMA query_only = ON")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection
