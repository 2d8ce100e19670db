"""Writes the lines of sources in chunks: small ones are put together again and again until they are large."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import Final

from logsleuth.server.analyst import Opening, Run
from logsleuth.server.store.chunks import CHUNK_BYTES, pack, unpack_data, unpack_times

TAIL_BYTES: Final = 16 * 1024  # what the analysis looks back to
MERGE: Final = 4  # a chunk joins the next as long as it is not that many times as large: each line moves a few times
SOURCES: Final = 20_000  # of one tenant; lines of more come together in one
OTHER: Final = "other"
REMEMBERED: Final = 50_000


class LineWriter:
    """Writes lines within the worker's transactions."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._ids: dict[tuple[str, str], int] = {}

    def forget(self) -> None:
        """Take nothing for written: the transaction has failed."""
        self._ids.clear()

    def opening(self, tenant: str, source: str) -> Opening:
        """How many lines of a source there are, and the last of them; beyond the bound, that of all others together."""
        row = self._connection.execute(
            "SELECT id, lines FROM sources WHERE tenant = ? AND name = ?", (tenant, source)
        ).fetchone()
        if row is not None:
            return Opening(name=source, lines=row[1], tail=self._tail(row[0]))
        count = self._connection.execute("SELECT count(*) FROM sources WHERE tenant = ?", (tenant,)).fetchone()[0]
        if count >= SOURCES and source != OTHER:
            return self.opening(tenant, OTHER)
        return Opening(name=source)

    def write(self, tenant: str, runs: Mapping[str, list[Run]], *, arrived_ns: int) -> tuple[int, int]:
        """Keep the lines; how many there were, and their bytes."""
        lines = size = 0
        for source, found in sorted(runs.items()):
            data = sum(len(run.data) for run in found)
            count = sum(len(run.times) for run in found)
            last = found[-1].first_line + len(found[-1].times) - 1
            source_id = self._source(tenant, source, found, (last, data))
            for run in _joined(found):
                self._chunk(source_id, run, arrived_ns)
            lines, size = lines + count, size + data
        return lines, size

    def source_id(self, tenant: str, source: str) -> int | None:
        """The id of a source, or None."""
        known = self._ids.get((tenant, source))
        if known is not None:
            return known
        row = self._connection.execute(
            "SELECT id FROM sources WHERE tenant = ? AND name = ?", (tenant, source)
        ).fetchone()
        if row is None:
            return None
        if len(self._ids) >= REMEMBERED:
            self._ids.clear()
        self._ids[tenant, source] = int(row[0])
        return int(row[0])

    def time_of(self, source_id: int, line: int) -> int | None:
        """The time of one line, or None where it is not kept."""
        row = self._connection.execute(
            "SELECT first_line, times FROM chunks WHERE source_id = ? AND first_line <= ? "
            "ORDER BY first_line DESC LIMIT 1",
            (source_id, line),
        ).fetchone()
        times = unpack_times(row[1]) if row is not None else ()
        index = line - row[0] if row is not None else 0
        return times[index] if index < len(times) else None

    def _source(self, tenant: str, source: str, runs: list[Run], added: tuple[int, int]) -> int:
        times = [moment for run in runs for moment in (min(run.times), max(run.times))]
        values = (tenant, source, min(times), max(times), *added)
        self._connection.execute(
            "INSERT INTO sources (tenant, name, first_ns, last_ns, lines, bytes) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (tenant, name) DO UPDATE SET first_ns = min(first_ns, excluded.first_ns), "
            "last_ns = max(last_ns, excluded.last_ns), lines = excluded.lines, bytes = bytes + excluded.bytes",
            values,
        )
        found = self.source_id(tenant, source)
        if found is None:
            raise sqlite3.IntegrityError(f"the source {source!r} was written and is not there")
        return found

    def _chunk(self, source_id: int, run: Run, arrived_ns: int) -> None:
        """Write one chunk, together with small ones before it."""
        while (before := self._small_before(source_id, run)) is not None:
            run = before
        packed = pack(run.data, run.times)
        self._connection.execute(
            "INSERT INTO chunks (source_id, first_line, line_count, first_ns, last_ns, raw_bytes, kept_bytes, "
            "arrived_ns, times, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                source_id,
                run.first_line,
                packed.line_count,
                packed.first_ns,
                packed.last_ns,
                packed.raw_bytes,
                packed.kept_bytes,
                arrived_ns,
                packed.times,
                packed.data,
            ),
        )

    def _small_before(self, source_id: int, run: Run) -> Run | None:
        """`run` behind the chunk before it, if that is small enough to be taken out and written again."""
        row = self._connection.execute(
            "SELECT id, first_line, line_count, raw_bytes, times, data FROM chunks WHERE source_id = ? "
            "AND first_line < ? ORDER BY first_line DESC LIMIT 1",
            (source_id, run.first_line),
        ).fetchone()
        if row is None or row[1] + row[2] != run.first_line:
            return None
        if row[3] > MERGE * len(run.data) or row[3] + len(run.data) > CHUNK_BYTES:
            return None
        self._connection.execute("DELETE FROM chunks WHERE id = ?", (row[0],))
        return Run(row[1], unpack_data(row[5]) + run.data, [*unpack_times(row[4]), *run.times])

    def _tail(self, source_id: int) -> bytes:
        """The last lines of a source."""
        found = b""
        rows = self._connection.execute(
            "SELECT data FROM chunks WHERE source_id = ? ORDER BY first_line DESC", (source_id,)
        )
        for (data,) in rows:
            found = unpack_data(data) + found
            if len(found) >= TAIL_BYTES:
                break
        return found if len(found) <= TAIL_BYTES else found[found.find(b"\n", len(found) - TAIL_BYTES - 1) + 1 :]


def _joined(runs: list[Run]) -> Iterator[Run]:
    """Runs that follow one another, put together up to the size of a chunk."""
    held: list[Run] = []
    size = 0
    for run in runs:
        if held and size + len(run.data) > CHUNK_BYTES:
            yield _one(held)
            held, size = [], 0
        held.append(run)
        size += len(run.data)
    if held:
        yield _one(held)


def _one(runs: list[Run]) -> Run:
    if len(runs) == 1:
        return runs[0]
    times = [time for run in runs for time in run.times]
    return Run(runs[0].first_line, b"".join(run.data for run in runs), times)
