"""A first request that pays for what all others use: it takes several times what the later ones take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from logsleuth.diagnosis.median import median
from logsleuth.diagnosis.performance.measured import Hit, Measured, Reading, figure
from logsleuth.diagnosis.performance.thresholds import FIRST_MS, FIRST_NEXT_TIMES, FIRST_TIMES, LATER_REQUESTS

# (series, figure) that is taken once per request or load, the most telling first
TAKEN: Final = (("request", "ttft_ms"), ("ucm-transfer", "cost_ms"), ("ucm-lookup", "cost_ms"))
UCM_SERIES: Final = ("ucm-lookup", "ucm-transfer", "blend")


def first_request(measured: Measured) -> list[Hit]:
    """With UCM at work, the first time to first token, load or lookup stands out, and no later one does."""
    if not _has_ucm(measured):
        return []
    for metric, name in TAKEN:
        timed = [item for item in measured.near(metric) if name in item.values and item.values.get("is_load") != 0]
        if is_first_alone(timed, name):
            later = median(item.get(name) for item in timed[1:])
            facts = (("first_ms", figure(timed[0].get(name))), ("later_ms", figure(later)))
            return [("ucm.first-request-slow", timed[:1], facts)]
    return []


def is_first_alone(timed: Sequence[Reading], name: str) -> bool:
    """Whether the first of these is slow, several times the typical later one, and no later one comes near it."""
    if len(timed) <= LATER_REQUESTS:
        return False
    first, later = _cost(timed[0], name), [_cost(item, name) for item in timed[1:]]
    is_slow = timed[0].get(name) >= FIRST_MS
    return is_slow and first >= FIRST_TIMES * median(later) and first >= FIRST_NEXT_TIMES * max(later)


def _cost(item: Reading, name: str) -> float:
    """What it took, for as much as it moved or looked up: a long prompt is no slow start."""
    size = item.get("bytes") or item.get("looked_up") or 1.0
    return item.get(name) / size


def _has_ucm(measured: Measured) -> bool:
    is_configured = "UCM" in measured.environment.get("kv_connector", "") or "ucm_store" in measured.environment
    return is_configured or any(measured.of(name) for name in UCM_SERIES)
