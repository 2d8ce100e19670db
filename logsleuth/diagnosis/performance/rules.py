"""Failures that are no errors: what the figures of statistics lines say about a service that works, but badly.

Each rule reads the series of one source and, where it fires, gives a finding with the lines that show it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from logsleuth.diagnosis.median import median
from logsleuth.diagnosis.performance.blending import blending, composition
from logsleuth.diagnosis.performance.first_request import first_request, is_first_alone
from logsleuth.diagnosis.performance.gpu import gpu_idle
from logsleuth.diagnosis.performance.measured import Hit, Measured, Reading, figure, is_loaded
from logsleuth.diagnosis.performance.prefix_cache import prefix_cache_off
from logsleuth.diagnosis.performance.thresholds import (
    COLD_REQUESTS,
    FEW_REQUESTS,
    FULL_KV_PERCENT,
    IDLE_KV_PERCENT,
    JUDGED_REQUESTS,
    LOW_HIT_RATE,
    PREFILL_RATIO,
    PREFILL_TPS,
    SILENT_INTERVALS,
    SLOW_DECODE_TPS,
    SLOW_LOOKUP_MS,
    SLOW_SHARD_S,
    SLOW_TRANSFER_GBPS,
    SLOW_TTFT_MS,
    SLOW_WEIGHTS_S,
    SMALL_TRANSFER_BYTES,
    SMALL_TRANSFER_GB,
    TREND_INTERVALS,
)
from logsleuth.model import NOBODY, Event, EventKind, EventLine, Facts, Finding, Level

SHOWN: Final = 5  # lines of evidence


def performance(measured: Measured) -> tuple[Finding, ...]:
    """The findings that the series of one source give."""
    hits = [hit for rule in RULES for hit in rule(measured)]
    return tuple(_finding(*hit) for hit in hits if hit[1])


def _finding(signature_id: str, readings: Sequence[Reading], facts: Facts) -> Finding:
    shown = tuple(EventLine(number=item.line, raw=item.raw, message=item.raw) for item in readings[:SHOWN])
    first = readings[0]
    event = Event(
        kind=EventKind.LINE,
        source=first.source,
        source_index=first.source_index,
        origin=NOBODY,
        lines=shown,
        level=Level.INFO,
    )
    return Finding(
        signature_id=signature_id,
        event=event,
        first=0,
        last=len(shown) - 1,
        facts=facts,
        count=len(readings),
        last_line=readings[-1].line,
    )


def _busy(measured: Measured) -> list[Reading]:
    """The statistics of intervals in which requests were running."""
    return [item for item in measured.statistics if is_loaded(item)]


def _decode_slow(measured: Measured) -> list[Hit]:
    few = [item for item in _busy(measured) if item.get("running") <= FEW_REQUESTS and not item.get("waiting")]
    # while prompts are read, and on a node that only reads prompts, next to nothing is generated
    few = [
        item for item in few if item.get("prompt_tps") <= max(PREFILL_RATIO * item.get("generation_tps"), PREFILL_TPS)
    ]
    speeds = [item.get("generation_tps") / item.get("running") for item in few if item.get("generation_tps") > 0]
    if len(speeds) < TREND_INTERVALS or median(speeds) >= SLOW_DECODE_TPS:
        return []
    slow = [item for item in few if 0 < item.get("generation_tps") < SLOW_DECODE_TPS * item.get("running")]
    facts = (("generation_tps", figure(median(speeds))), ("threshold", figure(SLOW_DECODE_TPS)))
    return [("perf.decode-slow", slow[1:] or slow, (*facts, ("running", figure(slow[-1].get("running")))))]


def _throughput(measured: Measured) -> list[Hit]:
    busy = _busy(measured)
    most = max((item.get("running") for item in busy), default=0.0)
    capped = [
        item
        for item in busy
        if item.get("running") == most and item.get("waiting") >= 2 * most and item.get("kv_usage") < IDLE_KV_PERCENT
    ]
    if len(capped) < TREND_INTERVALS or len(capped) * 2 < len(busy):
        return []
    worst = max(capped, key=lambda item: item.get("waiting"))
    facts = (
        ("max_num_seqs", measured.environment.get("max_num_seqs", figure(most))),
        ("running", figure(most)),
        ("waiting", figure(worst.get("waiting"))),
        ("kv_usage", figure(median(item.get("kv_usage") for item in capped))),
        ("generation_tps", figure(median(item.get("generation_tps") for item in capped))),
    )
    return [("perf.throughput", capped, facts)]


def _kv_pressure(measured: Measured) -> list[Hit]:
    full = [item for item in _busy(measured) if item.get("kv_usage") >= FULL_KV_PERCENT and item.get("waiting") >= 1]
    if len(full) < TREND_INTERVALS:
        return []
    worst = max(full, key=lambda item: item.get("waiting"))
    facts = (("kv_usage", figure(worst.get("kv_usage"))), ("waiting", figure(worst.get("waiting"))))
    return [("perf.kv-pressure", full, (*facts, ("running", figure(worst.get("running")))))]


def _preemption(measured: Measured) -> list[Hit]:
    preempted = [item for item in _busy(measured) if item.get("preemptions") > 0]
    if len(preempted) < 2:
        return []
    total = sum(item.get("preemptions") for item in preempted)
    return [("vllm.preemption", preempted, (("preemptions", figure(total)),))]


def _engine_silent(measured: Measured) -> list[Hit]:
    """Requests running or waiting, and for a minute neither prompt nor generation moves."""
    stuck: list[Reading] = []
    for item in measured.statistics:
        if not item.get("running") and not item.get("waiting"):
            stuck = []
            continue
        if item.get("generation_tps") or item.get("prompt_tps"):
            stuck = []
        else:
            stuck.append(item)
    if len(stuck) < SILENT_INTERVALS:
        return []
    return [("hang.engine", stuck, (("running", figure(stuck[-1].get("running"))),))]


def _load_slow(measured: Measured) -> list[Hit]:
    shards = measured.of("load-shards")
    slow = [item for item in shards if item.get("seconds_per_shard") >= SLOW_SHARD_S]
    if slow and len(slow) * 2 >= sum("seconds_per_shard" in item.values for item in shards):
        worst = max(slow, key=lambda item: item.get("seconds_per_shard"))
        facts = (
            ("seconds_per_shard", figure(worst.get("seconds_per_shard"))),
            ("shards", figure(worst.get("total"))),
            ("threshold", figure(SLOW_SHARD_S)),
        )
        return [("model.load-slow", slow, facts)]
    long = [item for item in shards if item.get("weights_s") >= SLOW_WEIGHTS_S]
    return [("model.load-slow", long, (("seconds", figure(long[0].get("weights_s"))),))] if long else []


def _lookup_slow(measured: Measured) -> list[Hit]:
    timed = [item for item in measured.of("ucm-lookup") if "cost_ms" in item.values]
    slow = [item for item in timed if item.get("cost_ms") > SLOW_LOOKUP_MS]
    if len(slow) < TREND_INTERVALS or len(slow) * 2 < len(timed):
        return []
    typical = median(item.get("cost_ms") for item in slow)
    return [("ucm.lookup-slow", slow, (("lookup_ms", figure(typical)), ("threshold", figure(SLOW_LOOKUP_MS))))]


def _transfer_slow(measured: Measured) -> list[Hit]:
    hits: list[Hit] = []
    for metric, signature_id in (("ucm-transfer", "ucm.transfer-slow"), ("lmcache", "lmcache.transfer-slow")):
        sized = [
            item
            for item in measured.of(metric)
            if "gb_per_s" in item.values
            and (item.get("bytes") >= SMALL_TRANSFER_BYTES or item.get("gb") >= SMALL_TRANSFER_GB)
        ]
        slow = [item for item in sized if item.get("gb_per_s") < SLOW_TRANSFER_GBPS]
        if len(slow) >= TREND_INTERVALS and len(slow) * 2 > len(sized):
            speed = figure(median(item.get("gb_per_s") for item in slow))
            direction = "load" if slow[0].get("is_load") else "save"
            facts = (("speed_gbps", speed), ("load_gbps" if slow[0].get("is_load") else "save_gbps", speed))
            hits.append((signature_id, slow, (*facts, ("direction", direction))))
    return hits


def _hit_rate(measured: Measured) -> list[Hit]:
    """A cache that stays cold: the first requests must miss, so only what comes later counts."""
    asked = [item for item in measured.of("ucm-lookup") if item.get("blocks") > 0]
    later = asked[min(COLD_REQUESTS, len(asked) // 4) :]
    wanted = sum(item.get("blocks") - item.get("hbm_hits") for item in later)
    if len(later) < JUDGED_REQUESTS or wanted <= 0:
        return []
    rate = sum(item.get("external_hits") for item in later) / wanted
    facts = (("hit_rate", f"{rate:.1%}"), ("requests", str(len(later))))
    if rate == 0:
        return [("ucm.hit-rate-zero", later, facts)]
    return [("ucm.hit-rate-low", later, facts)] if rate < LOW_HIT_RATE else []


def _ttft(measured: Measured) -> list[Hit]:
    """What is typical of many requests is over the bound, or most of those that are told one by one."""
    requests = measured.of("request")
    slow = [item for item in requests if _typical_ttft(item) > SLOW_TTFT_MS]
    single = [item for item in requests if "ttft_ms" in item.values]
    late = [item for item in single if item.get("ttft_ms") > SLOW_TTFT_MS]
    if len(late) * 2 >= len(single) and not is_first_alone(single, "ttft_ms"):
        slow += late
    if not slow:
        return []
    worst = max(max(item.values.values()) for item in slow)
    facts = (("ttft_ms", figure(worst)), ("threshold", figure(SLOW_TTFT_MS)), *composition(measured))
    return [("perf.ttft", slow, facts)]


def _typical_ttft(item: Reading) -> float:
    return max(item.get("mean_ttft_ms"), item.get("median_ttft_ms"))


RULES: Final[tuple[Callable[[Measured], list[Hit]], ...]] = (
    _engine_silent,
    _preemption,
    _kv_pressure,
    _throughput,
    _decode_slow,
    _ttft,
    _load_slow,
    _hit_rate,
    _lookup_slow,
    _transfer_slow,
    gpu_idle,
    prefix_cache_off,
    first_request,
    blending,
)
