"""How long the card takes. In: an operation. Out: seconds, the median of several runs, by the card's own clock."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Final

WARM: Final = 3
RUNS: Final = 7


def seconds_on_card(run: Callable[[], object], *, times: int = 1) -> float:
    """Seconds of one of `times` runs in a row, on the current stream."""
    import torch

    for _ in range(WARM):
        run()
    torch.cuda.synchronize()
    return median(_once(run, times) for _ in range(RUNS)) / times


def _once(run: Callable[[], object], times: int) -> float:
    import torch

    begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    begin.record()
    for _ in range(times):
        run()
    end.record()
    end.synchronize()
    return float(begin.elapsed_time(end)) / 1e3
