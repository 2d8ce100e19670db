"""GPUs that wait while requests do: what the lines of nvidia-smi, dmon and DCGM say beside the server's statistics."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from logsleuth.diagnosis.median import median
from logsleuth.diagnosis.performance.measured import Hit, Measured, Reading, figure, is_loaded
from logsleuth.diagnosis.performance.thresholds import (
    GPU_READINGS,
    HELD_BACK_SHARE,
    IDLE_GPU_PERCENT,
    IDLE_GPU_SHARE,
    IDLE_KV_PERCENT,
    PREFILL_RATIO,
    PREFILL_TPS,
    SILENT_INTERVALS,
    SLOW_DECODE_TPS,
    SMALLEST_MAX_NUM_SEQS,
    TREND_INTERVALS,
)
from logsleuth.model import Facts

UNNAMED = -1.0  # the GPU of a line that does not name it
FULL = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How busy one GPU was when this line was printed."""

    reading: Reading
    gpu: float
    percent: float


def gpu_idle(measured: Measured) -> list[Hit]:
    """Requests wait and the GPU works less than half of the time; without its figures, what else shows that."""
    loaded = [item for item in measured.statistics if _is_waiting(item) or is_slow(item)]
    if len(loaded) < TREND_INTERVALS or len(loaded) * 2 < len(measured.statistics):
        return []
    found = busiest(_under_load(measured))
    if len(found) >= GPU_READINGS:
        return _unused(found, loaded)
    return _held_back(measured)


def busiest(uses: Sequence[Use]) -> Sequence[Use]:
    """What was read of the GPU that worked most: others of the host may serve nobody."""
    by_gpu: dict[float, list[Use]] = {}
    for use in uses:
        by_gpu.setdefault(use.gpu, []).append(use)
    return max(by_gpu.values(), key=lambda found: median(use.percent for use in found), default=[])


def uses(readings: Sequence[Reading]) -> Iterator[Use]:
    """The utilisation that each line tells, with the columns of the nearest head above it."""
    head: Reading | None = None
    for item in readings:
        if "columns" in item.values:
            head = item
        elif "fields" not in item.values:
            yield from _use(item, item.values.get("utilization"), item.values.get("gpu", UNNAMED))
        elif head is not None and head.get("columns") == item.get("fields"):
            gpu = _column(head, item, "gpu")
            yield from _use(item, _column(head, item, "utilization"), UNNAMED if gpu is None else gpu)


def _column(head: Reading, row: Reading, name: str) -> float | None:
    at = head.values.get(f"{name}_at")
    return None if at is None else row.values.get(f"field_{at:.0f}")


def _use(item: Reading, percent: float | None, gpu: float) -> Iterator[Use]:
    if percent is not None and percent <= FULL:
        yield Use(reading=item, gpu=gpu, percent=percent)


def _under_load(measured: Measured) -> Sequence[Use]:
    """What was read while requests waited or ran; of another file, whose times are not known, everything."""
    if not measured.of("gpu"):
        return tuple(uses(measured.near("gpu")))
    lines = [item.line for item in measured.statistics]
    before = ((use, bisect(lines, use.reading.line)) for use in uses(measured.of("gpu")))
    return [use for use, number in before if number and _has_work(measured.statistics[number - 1])]


def _has_work(item: Reading) -> bool:
    return is_loaded(item) or _is_waiting(item)


def _is_waiting(item: Reading) -> bool:
    return item.get("waiting") >= 1


def is_slow(item: Reading) -> bool:
    """Whether the requests that run get few tokens each, and no prompts are being read meanwhile."""
    generated = item.get("generation_tps")
    is_reading = item.get("prompt_tps") > max(PREFILL_RATIO * generated, PREFILL_TPS)
    return not is_reading and 0 < generated < SLOW_DECODE_TPS * item.get("running")


def _unused(found: Sequence[Use], loaded: Sequence[Reading]) -> list[Hit]:
    low = [use for use in found if use.percent < IDLE_GPU_PERCENT]
    if len(low) < IDLE_GPU_SHARE * len(found):
        return []
    percent = median(use.percent for use in found)
    facts = (("gpu_utilization", figure(percent)), ("threshold", figure(IDLE_GPU_PERCENT)), *_load(loaded))
    return [("perf.gpu-idle", _shown([use.reading for use in low], loaded), facts)]


def _shown(low: Sequence[Reading], loaded: Sequence[Reading]) -> Sequence[Reading]:
    """The idle GPU and the requests that wait for it, where one source has both."""
    if low[0].source_index != loaded[0].source_index:
        return low
    return sorted((*low, *loaded), key=lambda item: item.line)


def _held_back(measured: Measured) -> list[Hit]:
    """Requests wait although max_num_seqs and the KV cache have room, and those that run get few tokens."""
    cap = _cap(measured)
    held = [
        item
        for item in measured.statistics
        if _is_waiting(item)
        and is_slow(item)
        and item.get("kv_usage") < IDLE_KV_PERCENT
        and item.get("running") < HELD_BACK_SHARE * cap
    ]
    if len(held) < SILENT_INTERVALS or len(held) * 2 < len(measured.statistics):
        return []
    return [("perf.gpu-idle", held, (*_load(held), ("max_num_seqs", figure(cap))))]


def _cap(measured: Measured) -> float:
    """max_num_seqs, or its smallest default where the log shows the start; 0 where it cannot be known."""
    told = measured.environment.get("max_num_seqs", "")
    if told.isdecimal():
        return float(told)
    is_start_shown = "vllm" in measured.environment and "model" in measured.environment
    return SMALLEST_MAX_NUM_SEQS if is_start_shown else 0.0


def _load(items: Sequence[Reading]) -> Facts:
    names = ("running", "waiting", "kv_usage", "generation_tps")
    return tuple((name, figure(median(item.get(name) for item in items))) for name in names)
