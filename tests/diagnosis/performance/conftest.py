"""Series for the rules and the tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pytest

from logsleuth.diagnosis.performance import Measured, Reading

Rows = Sequence[Mapping[str, float]]
Build = Callable[..., Measured]


def readings(rows: Rows, *, index: int = 0, every: int = 1, offset: int = 0) -> list[Reading]:
    """A reading for each row, on every so many lines."""
    return [
        Reading(source=f"log{index}", source_index=index, line=number, raw=f"line {number}", values=row)
        for number, row in zip(range(1 + offset, len(rows) * every + 1 + offset, every), rows, strict=True)
    ]


@pytest.fixture
def measured() -> Build:
    """Builds the series of one source from rows, `gpu` rows on the lines between the others."""

    def build(environment: Mapping[str, str] | None = None, *, gpu: Rows = (), **series: Rows) -> Measured:
        found = {name.replace("_", "-"): readings(rows, every=2) for name, rows in series.items()}
        if gpu:
            found["gpu"] = readings(gpu, every=2, offset=1)
        return Measured(series=found, environment=environment or {})

    return build
