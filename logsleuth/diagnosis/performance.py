"""Failures that are no errors: what the figures of statistics lines say about a service that works, but badly.

Each rule reads the series of one source and, where it fires, gives a finding with the lines that show it. Thresholds
stand here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from logsleuth.model import NOBODY, Event, EventKind, EventLine, Facts, Finding, Level

SHOWN: Final = 5  # lines of evidence

SLOW_DECODE_TPS: Final = 10.0  # tokens/s of one request: the source documents' bound for slow generation
FEW_REQUESTS: Final = 8  # above it, low speed for each is the price of batching
FULL_KV_PERCENT: Final = 90.0
IDLE_KV_PERCENT: Final = 50.0  # below it, memory is not what keeps requests waiting
SLOW_SHARD_S: Final = 30.0  # a shard is about 5 GB: under 170 MB/s, less than one local disk gives
SLOW_WEIGHTS_S: Final = 600.0
SLOW_LOOKUP_MS: Final = 10.0  # the source documents' bound
SLOW_TRANSFER_GBPS: Final = 1.0  # the source documents' bound
SMALL_TRANSFER_BYTES: Final = 1e6  # below it, latency and not speed is measured
SMALL_TRANSFER_GB: Final = 0.05
LOW_HIT_RATE: Final = 0.5  # the source documents' bound
SLOW_TTFT_MS: Final = 5000.0  # the source documents' bound


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The figures of one line of a series."""

    source: str
    source_index: int
    line: int
    raw: str
    values: Mapping[str, float]

    def get(self, name: str) -> float:
        """The figure called `name`, or 0."""
        return self.values.get(name, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The series of one source by metric, and the environment that the log tells of."""

    series: Mapping[str, Sequence[Reading]]
    environment: Mapping[str, str]

    def of(self, metric: str) -> Sequence[Reading]:
        """The series called `metric`."""
        return self.series.get(metric, ())


Hit = tuple[str, Sequence[Reading], Facts]


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
    found = [*measured.of("vllm-v0"), *measured.of("vllm-v1")]
    return [item for item in found if item.get("running") >= 1]


def _decode_slow(measured: Measured) -> list[Hit]:
    few = [item for item in _busy(measured) if item.get("running") <= FEW_REQUESTS and not item.get("waiting")]
    # while prompts are read, and on a node that only reads prompts, next to nothing is generated
    few = [item for item in few if item.get("prompt_tps") <= max(10 * item.get("generation_tps"), 50)]
    speeds = [item.get("generation_tps") / item.get("running") for item in few if item.get("generation_tps") > 0]
    if len(speeds) < 3 or median(speeds) >= SLOW_DECODE_TPS:
        return []
    slow = [item for item in few if 0 < item.get("generation_tps") < SLOW_DECODE_TPS * item.get("running")]
    facts = (("generation_tps", _figure(median(speeds))), ("threshold", _figure(SLOW_DECODE_TPS)))
    return [("perf.decode-slow", slow[1:] or slow, (*facts, ("running", _figure(slow[-1].get("running")))))]


def _throughput(measured: Measured) -> list[Hit]:
    busy = _busy(measured)
    most = max((item.get("running") for item in busy), default=0.0)
    capped = [
        item
        for item in busy
        if item.get("running") == most and item.get("waiting") >= 2 * most and item.get("kv_usage") < IDLE_KV_PERCENT
    ]
    if len(capped) < 3 or len(capped) * 2 < len(busy):
        return []
    worst = max(capped, key=lambda item: item.get("waiting"))
    facts = (
        ("max_num_seqs", measured.environment.get("max_num_seqs", _figure(most))),
        ("running", _figure(most)),
        ("waiting", _figure(worst.get("waiting"))),
        ("kv_usage", _figure(median(item.get("kv_usage") for item in capped))),
        ("generation_tps", _figure(median(item.get("generation_tps") for item in capped))),
    )
    return [("perf.throughput", capped, facts)]


def _kv_pressure(measured: Measured) -> list[Hit]:
    full = [item for item in _busy(measured) if item.get("kv_usage") >= FULL_KV_PERCENT and item.get("waiting") >= 1]
    if len(full) < 3:
        return []
    worst = max(full, key=lambda item: item.get("waiting"))
    facts = (("kv_usage", _figure(worst.get("kv_usage"))), ("waiting", _figure(worst.get("waiting"))))
    return [("perf.kv-pressure", full, (*facts, ("running", _figure(worst.get("running")))))]


def _preemption(measured: Measured) -> list[Hit]:
    preempted = [item for item in _busy(measured) if item.get("preemptions") > 0]
    if len(preempted) < 2:
        return []
    total = sum(item.get("preemptions") for item in preempted)
    return [("vllm.preemption", preempted, (("preemptions", _figure(total)),))]


def _engine_silent(measured: Measured) -> list[Hit]:
    """Requests running or waiting, and for a minute neither prompt nor generation moves."""
    stuck: list[Reading] = []
    for item in (*measured.of("vllm-v0"), *measured.of("vllm-v1")):
        if not item.get("running") and not item.get("waiting"):
            stuck = []
            continue
        if item.get("generation_tps") or item.get("prompt_tps"):
            stuck = []
        else:
            stuck.append(item)
    if len(stuck) < 6:
        return []
    return [("hang.engine", stuck, (("running", _figure(stuck[-1].get("running"))),))]


def _load_slow(measured: Measured) -> list[Hit]:
    shards = measured.of("load-shards")
    slow = [item for item in shards if item.get("seconds_per_shard") >= SLOW_SHARD_S]
    if slow and len(slow) * 2 >= sum("seconds_per_shard" in item.values for item in shards):
        worst = max(slow, key=lambda item: item.get("seconds_per_shard"))
        facts = (
            ("seconds_per_shard", _figure(worst.get("seconds_per_shard"))),
            ("shards", _figure(worst.get("total"))),
            ("threshold", _figure(SLOW_SHARD_S)),
        )
        return [("model.load-slow", slow, facts)]
    long = [item for item in shards if item.get("weights_s") >= SLOW_WEIGHTS_S]
    return [("model.load-slow", long, (("seconds", _figure(long[0].get("weights_s"))),))] if long else []


def _lookup_slow(measured: Measured) -> list[Hit]:
    timed = [item for item in measured.of("ucm-lookup") if "cost_ms" in item.values]
    slow = [item for item in timed if item.get("cost_ms") > SLOW_LOOKUP_MS]
    if len(slow) < 3 or len(slow) * 2 < len(timed):
        return []
    typical = median(item.get("cost_ms") for item in slow)
    return [("ucm.lookup-slow", slow, (("lookup_ms", _figure(typical)), ("threshold", _figure(SLOW_LOOKUP_MS))))]


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
        if len(slow) >= 3 and len(slow) * 2 > len(sized):
            speed = _figure(median(item.get("gb_per_s") for item in slow))
            direction = "load" if slow[0].get("is_load") else "save"
            facts = (("speed_gbps", speed), ("load_gbps" if slow[0].get("is_load") else "save_gbps", speed))
            hits.append((signature_id, slow, (*facts, ("direction", direction))))
    return hits


def _hit_rate(measured: Measured) -> list[Hit]:
    """A cache that stays cold: the first requests must miss, so only what comes later counts."""
    asked = [item for item in measured.of("ucm-lookup") if item.get("blocks") > 0]
    later = asked[min(8, len(asked) // 4) :]
    wanted = sum(item.get("blocks") - item.get("hbm_hits") for item in later)
    if len(later) < 10 or wanted <= 0:
        return []
    rate = sum(item.get("external_hits") for item in later) / wanted
    facts = (("hit_rate", f"{rate:.1%}"), ("requests", str(len(later))))
    if rate == 0:
        return [("ucm.hit-rate-zero", later, facts)]
    return [("ucm.hit-rate-low", later, facts)] if rate < LOW_HIT_RATE else []


def _ttft(measured: Measured) -> list[Hit]:
    slow = [
        item
        for item in measured.of("request")
        if max(item.get("mean_ttft_ms"), item.get("median_ttft_ms"), item.get("ttft_ms")) > SLOW_TTFT_MS
    ]
    if not slow:
        return []
    worst = max(max(item.values.values()) for item in slow)
    return [("perf.ttft", slow, (("ttft_ms", _figure(worst)), ("threshold", _figure(SLOW_TTFT_MS))))]


def _figure(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


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
)
