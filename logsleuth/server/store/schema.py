"""The tables of the service, and how an older file becomes one of this version."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from logsleuth.errors import LogsleuthError

BUSY_MS: Final = 10_000
CACHE_KIB: Final = 16 * 1024
JOURNAL_BYTES: Final = 64 * 1024 * 1024
MAP_BYTES: Final = 0  # a map of a file that another process truncates is a crash
APPLICATION_ID: Final = 0x4C534C48  # "LSLH": `file` and this module know the file by it

# each row takes a database from the version of its place to the next one; rows are never changed, only added
MIGRATIONS: Final = (
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
    CREATE TABLE progress (id INTEGER PRIMARY KEY CHECK (id = 0), segment INTEGER NOT NULL, offset INTEGER NOT NULL);
    CREATE TABLE tenants (
        name TEXT PRIMARY KEY, memory BLOB, held BLOB,
        lines INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE sources (
        id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, node TEXT,
        first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL,
        lines INTEGER NOT NULL, bytes INTEGER NOT NULL, UNIQUE (tenant, name)
    );
    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY, source_id INTEGER NOT NULL, first_line INTEGER NOT NULL, line_count INTEGER NOT NULL,
        first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, raw_bytes INTEGER NOT NULL, kept_bytes INTEGER NOT NULL,
        arrived_ns INTEGER NOT NULL, times BLOB NOT NULL, data BLOB NOT NULL
    );
    CREATE INDEX chunks_by_line ON chunks (source_id, first_line);
    CREATE INDEX chunks_by_time ON chunks (last_ns, id);
    CREATE INDEX chunks_by_arrival ON chunks (arrived_ns, kept_bytes);
    CREATE TABLE incidents (
        id TEXT PRIMARY KEY, tenant TEXT NOT NULL, class TEXT NOT NULL, title TEXT NOT NULL, title_zh TEXT NOT NULL,
        role TEXT NOT NULL, severity TEXT NOT NULL, confidence REAL NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('open', 'resolved')),
        acknowledged_ns INTEGER, acknowledged_by TEXT, resolved_by TEXT,
        opened_ns INTEGER NOT NULL, updated_ns INTEGER NOT NULL, resolved_ns INTEGER,
        first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL,
        count INTEGER NOT NULL, revision INTEGER NOT NULL, document_en BLOB NOT NULL, document_zh BLOB NOT NULL
    );
    CREATE INDEX incidents_by_time ON incidents (opened_ns, id);
    CREATE INDEX incidents_by_status ON incidents (status, opened_ns, id);
    CREATE TABLE incident_sources (incident TEXT NOT NULL, source_id INTEGER NOT NULL,
        PRIMARY KEY (incident, source_id)) WITHOUT ROWID;
    CREATE INDEX incident_sources_by_source ON incident_sources (source_id);
    CREATE TABLE incident_nodes (incident TEXT NOT NULL, node TEXT NOT NULL,
        PRIMARY KEY (incident, node)) WITHOUT ROWID;
    CREATE TABLE notes (
        id INTEGER PRIMARY KEY, incident TEXT NOT NULL, time_ns INTEGER NOT NULL, author TEXT NOT NULL,
        text TEXT NOT NULL
    );
    CREATE INDEX notes_by_incident ON notes (incident, id);
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, incident TEXT NOT NULL, kind TEXT NOT NULL,
        time_ns INTEGER NOT NULL, body BLOB NOT NULL
    );
    CREATE INDEX events_by_incident ON events (incident, seq);
    CREATE TABLE outbox (event TEXT PRIMARY KEY, body BLOB NOT NULL);
    CREATE TABLE templates (
        tenant TEXT NOT NULL, key BLOB NOT NULL, template TEXT NOT NULL, level TEXT, count INTEGER NOT NULL,
        first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, source TEXT NOT NULL, line INTEGER NOT NULL,
        PRIMARY KEY (tenant, key)
    ) WITHOUT ROWID;
    CREATE INDEX templates_by_first ON templates (tenant, first_ns);
    CREATE INDEX templates_by_last ON templates (tenant, last_ns);
    CREATE TABLE template_rates (
        tenant TEXT NOT NULL, key BLOB NOT NULL, minute INTEGER NOT NULL, lines INTEGER NOT NULL,
        PRIMARY KEY (tenant, key, minute)
    ) WITHOUT ROWID;
    CREATE INDEX template_rates_by_minute ON template_rates (minute);
    CREATE TABLE rates (
        tenant TEXT NOT NULL, minute INTEGER NOT NULL, level TEXT NOT NULL, lines INTEGER NOT NULL,
        PRIMARY KEY (tenant, minute, level)
    ) WITHOUT ROWID;
    CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    """,
)
VERSION: Final = len(MIGRATIONS)


class StoreError(LogsleuthError):
    """A database that cannot be used."""


def open_database(path: Path) -> sqlite3.Connection:
    """A connection to the database at `path`, made or brought to this version where need be; raises StoreError.

    Nothing is committed implicitly: `transaction` begins and ends what belongs together. A connection may travel
    between threads, but only one of them may use it at a time.
    """
    try:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=BUSY_MS / 1000)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: cannot be opened: {error}") from None
    try:
        _configure(connection)
        _migrate(connection, path)
    except sqlite3.OperationalError as error:
        connection.close()
        raise StoreError(f"{path}: cannot be used now: {error}") from None
    except sqlite3.Error as error:
        connection.close()
        raise StoreError(f"{path}: is no database of logsleuth, or damaged: {error}") from None
    except StoreError:
        connection.close()
        raise
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """What is written within is kept as a whole, or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _configure(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # only heeded while there are no tables
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute(f"PRAGMA mmap_size = {MAP_BYTES}")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA trusted_schema = OFF")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    if _version(connection) == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")  # of two processes that start, one migrates and the other waits
    try:
        found = _version(connection)
        _refuse(connection, path, found)
        for migration in MIGRATIONS[found:]:
            for statement in migration.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _refuse(connection: sqlite3.Connection, path: Path, found: int) -> None:
    """Raise for a database of a newer version, and for one with tables that this program did not make."""
    if found > VERSION:
        raise StoreError(
            f"{path}: was written by a newer logsleuth (schema {found}, this version knows {VERSION}); "
            "use that version, or another data folder"
        )
    owner = int(connection.execute("PRAGMA application_id").fetchone()[0])
    has_tables = connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone() is not None
    if owner not in (0, APPLICATION_ID) or (has_tables and not found):
        raise StoreError(f"{path}: is the database of another program")
