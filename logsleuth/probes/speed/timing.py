"""How long the card takes. In: an operation. Out: seconds, the median of several runs, by the card's own clock."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Final

WARM: Final = 3
WARM_S: Final = 0.2  # an idle card takes some tenths of a second to raise its clocks
RUNS: Final = 7


def seconds_on_card(run: Callable[[], object], *, times: int = 1) -> float:
    """Seconds of one of `times` runs in a row, on the current stream."""
    _warm(run)
    return median(_once(run, times) for _ in range(RUNS)) / times


def _warm(run: Callable[[], object]) -> None:
    """Run until libraries are loaded and clocks are up; the queue is emptied each time, so that it ends in time."""
    import torch

    until = perf_counter() + WARM_S
    count = 0
    while count < WARM or perf_counter() < until:
        run()
        torch.cuda.synchronize()
        count += 1


def _once(run: Callable[[], object], times: int) -> float:
    import torch

    begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    begin.record()
    for _ in range(times):
        run()
    end.record()
    end.synchronize()
    return float(begin.elapsed_time(end)) / 1e3
