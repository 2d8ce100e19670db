"""A database as the worker leaves it: logs of real failures, analysed as they would be when shippers send them."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from logsleuth.plan import Plan
from logsleuth.server.analysts import Analysts, Wishes
from logsleuth.server.entry import Batch, Entry
from logsleuth.server.settings import DATABASE
from logsleuth.server.store.schema import open_database
from logsleuth.server.store.writing import Commit, Writer

FIXTURES = Path(__file__).parents[2] / "fixtures"
SECOND_NS = 1_000_000_000
PART = 200  # entries of a batch


@dataclass(frozen=True, kw_only=True)
class Shipped:
    """Lines of one source, a few each second from `at_s` seconds after the beginning on."""

    source: str
    lines: tuple[bytes, ...]
    at_s: float = 0.0
    tenant: str = "default"
    per_second: int = 50

    def batches(self, begin_ns: int) -> Iterator[Batch]:
        """The same as requests bring them."""
        for first in range(0, len(self.lines), PART):
            entries = tuple(
                Entry(self.source, line, self._time(begin_ns, first + index))
                for index, line in enumerate(self.lines[first : first + PART])
            )
            yield Batch(self.tenant, bytes([first % 251]) * 16, entries[-1].time_ns + SECOND_NS, "test", entries)

    def _time(self, begin_ns: int, index: int) -> int:
        return begin_ns + int((self.at_s + index / self.per_second) * SECOND_NS)


def case(name: str) -> dict[str, tuple[bytes, ...]]:
    """The logs of a case by their names."""
    folder = FIXTURES / "cases" / name
    folder = folder if folder.is_dir() else FIXTURES / name
    found = {}
    for path in sorted(folder.iterdir()):
        if path.suffix in {".yaml", ".json", ".md"} or not path.is_file():
            continue
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        found[path.name.removesuffix(".gz")] = tuple(data.removesuffix(b"\n").split(b"\n"))
    return found


def fill(folder: Path, plan: Plan, shipped: Iterable[Shipped], begin_ns: int) -> Path:
    """Analyse what is shipped, as the worker does; the database's path."""
    folder.mkdir(parents=True, exist_ok=True)
    connection = open_database(folder / DATABASE)
    writer = Writer(connection, most_templates=1000)
    analysts = Analysts(Wishes(plan=plan), writer)
    batches = sorted((batch for item in shipped for batch in item.batches(begin_ns)), key=lambda item: item.arrived_ns)
    for number, batch in enumerate(batches):
        if analysts.is_due(batch.arrived_ns):
            analysts.advance()
            if analysts.is_quiet:
                _commit(writer, analysts, number, batch.arrived_ns)
        analysts.take(batch)
    last_ns = batches[-1].arrived_ns if batches else begin_ns
    for step in range(1, 9):
        analysts.advance(last_ns + step * SECOND_NS)
    analysts.settle()
    _commit(writer, analysts, len(batches), last_ns + 9 * SECOND_NS)
    connection.close()
    return folder / DATABASE


def _commit(writer: Writer, analysts: Analysts, number: int, now_ns: int) -> None:
    clock, tenants = analysts.harvest()
    counters: Mapping[str, int] = {"batches": 1}
    writer.commit(Commit(segment=1, offset=number, now_ns=now_ns, clock=clock, tenants=tenants, counters=counters))
