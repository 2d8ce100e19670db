"""What the tables of the format tests compare: the fields of a record that say anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logsleuth.model import Record
from logsleuth.records import Peeler

Told = dict[str, str | int]


def told(record: Record) -> Told:
    """Every field of a record that is not empty, without its text, its line and its head."""
    origin = record.origin
    fields: dict[str, str | int | None] = {
        "layers": "/".join(record.layers) or None,
        "level": record.level,
        "ts": record.ts,
        "code": record.code,
        "logger": record.logger,
        "node": origin.node,
        "process": origin.process,
        "pid": origin.pid,
        "rank": origin.rank,
        "repeats": record.repeats if record.repeats != 1 else None,
    }
    return {name: value for name, value in fields.items() if value is not None} | {"message": record.message}


@pytest.fixture
def peeled() -> Callable[[str], Told]:
    """A fresh peeler's view of one line."""
    return lambda line: told(Peeler().record(line, 1))
