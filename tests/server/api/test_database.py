"""Connections for requests: they read what is there, cannot write, and give up in time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from logsleuth.server.api import database as module
from logsleuth.server.api.database import READERS, Database, OverloadedError
from logsleuth.server.settings import DATABASE
from logsleuth.server.store.schema import StoreError


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty one, of which nothing existed."""
    made = Database(tmp_path / DATABASE)
    yield made
    made.close()


def test_readers_cannot_write(database: Database) -> None:
    """Whatever they are asked."""
    with database.reading() as connection, pytest.raises(sqlite3.OperationalError):
        connection.execute("DELETE FROM incidents")


def test_a_reader_sees_one_moment(database: Database) -> None:
    """Though somebody writes meanwhile."""
    with database.reading() as reader:
        before = reader.execute("SELECT count(*) FROM meta").fetchone()
        with database.writing() as writer:
            writer.execute("INSERT INTO meta VALUES ('a', NULL)")
        after = reader.execute("SELECT count(*) FROM meta").fetchone()
    with database.reading() as reader:
        later = reader.execute("SELECT count(*) FROM meta").fetchone()

    assert (before, after, later) == ((0,), (0,), (1,))


def test_a_question_without_end_is_given_up(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the connection is as good as before."""
    monkeypatch.setattr(module, "QUERY_S", 0.0)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with pytest.raises(OverloadedError, match="takes too long"), database.reading() as connection:
        connection.execute(endless).fetchone()
    with database.reading() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_too_many_readers_are_refused(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while, and only as long as they are too many."""
    monkeypatch.setattr(module, "WAIT_S", 0.01)
    open_ones = [database.reading() for _ in range(READERS)]
    for one in open_ones:
        one.__enter__()
    with pytest.raises(OverloadedError), database.reading():
        pass
    for one in open_ones:
        one.__exit__(None, None, None)
    with database.reading() as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_what_is_no_database_is_said_at_once(tmp_path: Path) -> None:
    """Before anything is served."""
    path = tmp_path / DATABASE
    path.write_bytes(b"no database at all" * 100)

    with pytest.raises(StoreError, match="no database of logsleuth"):
        Database(path)
