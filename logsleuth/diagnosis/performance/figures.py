"""The figures that the decision tree asks for. In: the series of one source. Out: what they tell, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from logsleuth.diagnosis.median import median
from logsleuth.diagnosis.performance.gpu import busiest, uses
from logsleuth.diagnosis.performance.measured import Measured, Reading, is_loaded
from logsleuth.diagnosis.performance.thresholds import SMALL_TRANSFER_BYTES, SMALL_TRANSFER_GB

PERCENT = 100.0


def figures(measured: Measured) -> Mapping[str, float]:
    """What is typical of the time in which requests ran or waited, by name."""
    loaded = [item for item in measured.statistics if is_loaded(item) or item.get("waiting") >= 1]
    names = ("running", "waiting", "kv_usage")
    found = {name: middle for name in names if (middle := _middle(loaded, name)) is not None}
    told = [item.get("preemptions") for item in loaded if "preemptions" in item.values]
    found |= {"preemptions": sum(told)} if told else {}
    return {**found, **_of_gpu(measured), **_of_admission(measured, found), **_of_connector(measured)}


def _middle(items: Iterable[Reading], name: str) -> float | None:
    told = [item.get(name) for item in items if name in item.values]
    return median(told) if told else None


def _of_gpu(measured: Measured) -> Mapping[str, float]:
    most = busiest(tuple(uses(measured.near("gpu"))))
    return {"gpu_utilization": median(use.percent for use in most)} if most else {}


def _of_admission(measured: Measured, found: Mapping[str, float]) -> Mapping[str, float]:
    """How much of max_num_seqs is used."""
    told = measured.environment.get("max_num_seqs", "")
    if "running" not in found or not told.isdecimal() or not float(told):
        return {}
    return {"max_num_seqs": float(told), "cap_use": PERCENT * found["running"] / float(told)}


def _of_connector(measured: Measured) -> Mapping[str, float]:
    """How fast a cache outside the GPU answers and delivers."""
    lookup = _middle(measured.of("ucm-lookup"), "cost_ms")
    loads = [*_large(measured.of("ucm-transfer")), *_large(measured.of("lmcache"))]
    speed = _middle((item for item in loads if item.get("is_load")), "gb_per_s")
    told = {"lookup_ms": lookup, "load_gbps": speed}
    return {name: value for name, value in told.items() if value is not None}


def _large(items: Sequence[Reading]) -> Sequence[Reading]:
    return [item for item in items if item.get("bytes") >= SMALL_TRANSFER_BYTES or item.get("gb") >= SMALL_TRANSFER_GB]
