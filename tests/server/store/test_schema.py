"""The file of the database: made, migrated, refused."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from logsleuth.server.store.schema import VERSION, StoreError, open_database, transaction


def test_a_new_database_has_this_version_and_keeps_what_is_committed(tmp_path: Path) -> None:
    """Durably, in a log that readers need not wait for."""
    path = tmp_path / "logsleuth.db"
    connection = open_database(path)
    with transaction(connection):
        connection.execute("INSERT INTO counters VALUES ('lines', 3)")
    settings = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    connection.close()

    again = open_database(path)

    assert settings == ["wal", 2]
    assert again.execute("SELECT * FROM counters").fetchall() == [("lines", 3)]
    assert again.execute("PRAGMA user_version").fetchone()[0] == VERSION
    again.close()


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    """Whatever ends it."""
    connection = open_database(tmp_path / "logsleuth.db")

    def fail() -> None:
        with transaction(connection):
            connection.execute("INSERT INTO counters VALUES ('lines', 3)")
            connection.execute("INSERT INTO counters VALUES ('lines', 3)")

    with pytest.raises(sqlite3.IntegrityError):
        fail()

    assert connection.execute("SELECT * FROM counters").fetchall() == []
    connection.close()


def test_a_newer_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    """With both versions in the message."""
    path = tmp_path / "logsleuth.db"
    connection = open_database(path)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()

    with pytest.raises(StoreError, match=rf"newer logsleuth \(schema {VERSION + 1}, this version knows {VERSION}\)"):
        open_database(path)


def test_an_unfinished_start_is_begun_anew(tmp_path: Path) -> None:
    """A file without tables is no other program's."""
    path = tmp_path / "logsleuth.db"
    sqlite3.connect(path).close()

    connection = open_database(path)

    assert connection.execute("SELECT count(*) FROM incidents").fetchone() == (0,)
    connection.close()


@pytest.mark.parametrize("kind", ["other tables", "no database", "a folder", "no folder"])
def test_what_is_none_of_ours_is_refused(tmp_path: Path, kind: str) -> None:
    """And not touched."""
    path = tmp_path / "logsleuth.db"
    if kind == "other tables":
        other = sqlite3.connect(path)
        other.execute("CREATE TABLE songs (title)")
        other.close()
    elif kind == "no database":
        path.write_bytes(os.urandom(8192))
    elif kind == "a folder":
        path.mkdir()
    else:
        path = tmp_path / "missing" / "logsleuth.db"

    with pytest.raises(StoreError, match=r"logsleuth\.db"):
        open_database(path)
