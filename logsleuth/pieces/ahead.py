"""Units that one process reads in, the same out, of which small objects were asked for before their turn.

Each request of a store takes a round trip, however little it brings: hundreds of small objects would wait for hundreds.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from logsleuth.limits import DEFAULT_OBJECT_LIMITS, ObjectLimits
from logsleuth.pieces.listing import STREAM, Unit

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

FEW: Final = 2  # so many objects are not worth a thread


def ahead(units: Sequence[Unit], *, limits: ObjectLimits = DEFAULT_OBJECT_LIMITS) -> Iterator[Unit]:
    """The units in their order; closing it asks for no more."""
    small = sum(_is_small(unit, limits=limits) for unit in units)
    if small < FEW:
        yield from units
        return
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(max_workers=limits.objects_ahead)
    try:
        yield from _asked_for(units, pool, limits=limits)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _asked_for(units: Sequence[Unit], pool: ThreadPoolExecutor, *, limits: ObjectLimits) -> Iterator[Unit]:
    coming: deque[tuple[Unit, Future[bytes] | None]] = deque()
    for unit in units:
        coming.append((unit, _ask(unit, pool) if _is_small(unit, limits=limits) else None))
        if len(coming) > limits.objects_ahead:
            yield _ready(*coming.popleft())
    while coming:
        yield _ready(*coming.popleft())


def _ask(unit: Unit, pool: ThreadPoolExecutor) -> Future[bytes] | None:
    from logsleuth.sources.objects import fetch

    return None if unit.remote is None else pool.submit(fetch, unit.remote, 0, unit.remote.size)


def _ready(unit: Unit, future: Future[bytes] | None) -> Unit:
    if unit.remote is None or future is None:
        return unit
    return replace(unit, remote=replace(unit.remote, whole=future.result))


def _is_small(unit: Unit, *, limits: ObjectLimits) -> bool:
    return unit.slot == STREAM and unit.remote is not None and 0 < unit.remote.size <= limits.small_bytes
