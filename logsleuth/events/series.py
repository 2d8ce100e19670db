"""Periodic figures for performance diagnosis: comes in a block of bytes, go out samples in the order of the bytes.

    Engine 000: Avg prompt throughput: 8860.2 tokens/s, Avg generation throughput: 42.7 tokens/s, Running: 4 reqs, ...
    request_id: chatcmpl-5f48, total_blocks_num: 799, hit hbm: 0, hit external: 783
    Cache lookup(875) in backend costs 259.319ms.
    Stored 2048 out of total 2048 tokens. size: 0.2188 gb, cost 14.7797 ms, throughput: 14.8007 GB/s; offload_time: ...
    Loading safetensors checkpoint shards:   6% Completed | 10/163 [16:10<4:11:11, 97.01s/it]

Statistics are a tenth of a healthy log, so each group costs one substring test where it is absent, and one native
search where it is present.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Final

Values = tuple[tuple[str, float], ...]
Match = re.Match[bytes]


class Metric(StrEnum):
    """The group of figures that a line belongs to."""

    VLLM_V0 = "vllm-v0"
    VLLM_V1 = "vllm-v1"
    UCM_LOOKUP = "ucm-lookup"
    UCM_TRANSFER = "ucm-transfer"
    LMCACHE = "lmcache"
    LOAD_SHARDS = "load-shards"
    REQUEST = "request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The figures of one line; `offset` is where they begin in the block."""

    metric: Metric
    offset: int
    values: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A kind of line: the words that must stand in the block, the expression, and what reads a match."""

    words: bytes
    expression: re.Pattern[bytes]
    read: Callable[[Match], tuple[Metric, Values] | None]


def read_samples(data: bytes) -> tuple[Sample, ...]:
    """The figures in `data`, in its order; a value that is no number is left out."""
    samples = [sample for group in GROUPS if group.words in data for sample in _read_group(group, data)]
    samples.sort(key=attrgetter("offset"))
    return tuple(samples)


def _read_group(group: Group, data: bytes) -> Iterator[Sample]:
    for match in group.expression.finditer(data):
        found = group.read(match)
        if found is not None:
            yield Sample(metric=found[0], offset=match.start(), values=found[1])


VLLM_NAMES: Final = {
    b"Running": "running",
    b"Waiting": "waiting",
    b"Pending": "waiting",
    b"Swapped": "swapped",
    b"Deferred": "deferred",
    b"Preemptions": "preemptions",
    b"GPU KV cache usage": "kv_usage",
    b"CPU KV cache usage": "cpu_kv_usage",
    b"Prefix cache hit rate": "prefix_hit",
    b"External prefix cache hit rate": "external_hit",
    b"MM cache hit rate": "mm_hit",
}
ENGINE: Final = re.compile(rb"Engine (\d{1,6}): $")
ENGINE_BYTES: Final = 16


def _vllm(match: Match) -> tuple[Metric, Values]:
    """The key-value list of a statistics line; from 0.31 on the device's name replaces "GPU"."""
    values = [("prompt_tps", float(match[1])), ("generation_tps", float(match[2]))]
    metric = Metric.VLLM_V1
    for pair in match[3].split(b", "):
        key, _, value = pair.partition(b": ")
        name = VLLM_NAMES.get(key) or ("kv_usage" if key.endswith(b" KV cache usage") else None)
        number = _number(value) if name else None
        if name and number is not None:
            values.append((name, number))
        if key == b"Swapped":
            metric = Metric.VLLM_V0
    engine = ENGINE.search(match.string, max(match.start() - ENGINE_BYTES, 0), match.start())
    if engine:
        values.append(("engine", float(engine[1])))
    return metric, tuple(values)


def _number(text: bytes) -> float | None:
    """The number that `text` begins with (`4 reqs`, `93.0%`, `0.0%.`), or None."""
    try:
        number = float(text.rstrip(b" reqs%.,\r"))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _v0_prefix(match: Match) -> tuple[Metric, Values]:
    return Metric.VLLM_V0, (("prefix_hit", float(match[1])),)


def _named(metric: Metric, *names: str) -> Callable[[Match], tuple[Metric, Values]]:
    """A reader that gives the expression's groups these names, and leaves out the ones that did not match."""

    def read(match: Match) -> tuple[Metric, Values]:
        return metric, tuple(
            (name, float(text)) for name, text in zip(names, match.groups(), strict=True) if text is not None
        )

    return read


def _nfs_transfer(match: Match) -> tuple[Metric, Values]:
    """A finished task of the NFS and PC stores: S2D loads, D2S saves."""
    seconds, speed = float(match[4]), float(match[5])
    is_load = float(b"S2D" in match[1])
    return Metric.UCM_TRANSFER, (
        ("is_load", is_load),
        ("blocks", float(match[2])),
        ("bytes", float(match[3])),
        ("cost_ms", seconds * 1000),
        ("gb_per_s", speed),
    )


def _cache_transfer(match: Match) -> tuple[Metric, Values]:
    """A finished task of the pipeline's cache; its speed follows from its size."""
    size, cost_ms = float(match[3]), float(match[4])
    speed = (("gb_per_s", size / cost_ms / 1e6),) if cost_ms else ()
    is_load = float(b"oad" in match[1] or b"LOAD" in match[1])
    return Metric.UCM_TRANSFER, (
        ("is_load", is_load),
        ("blocks", float(match[2])),
        ("bytes", size),
        ("cost_ms", cost_ms),
        *speed,
    )


def _lmcache(match: Match) -> tuple[Metric, Values]:
    names = ("tokens", "of_tokens", "total_tokens", "gb", "cost_ms", "gb_per_s")
    values = tuple((name, float(match[at])) for at, name in enumerate(names, start=2) if match[at] is not None)
    return Metric.LMCACHE, (("is_load", float(match[1] == b"Retrieved")), *values)


def _lmcache_seconds(match: Match) -> tuple[Metric, Values]:
    is_load = float(match[1] == b"Retrieved")
    return Metric.LMCACHE, (("is_load", is_load), ("tokens", float(match[2])), ("cost_ms", float(match[3]) * 1000))


def _shards(match: Match) -> tuple[Metric, Values]:
    rate = () if match[4] is None else (("seconds_per_shard", _per_shard(match[4], match[5])),)
    elapsed = (("elapsed_s", _clock(match[3])),)
    return Metric.LOAD_SHARDS, (("done", float(match[1])), ("total", float(match[2])), *elapsed, *rate)


def _per_shard(number: bytes, unit: bytes) -> float:
    value = float(number)
    return value if unit == b"s/it" else (1 / value if value else 0.0)


def _clock(text: bytes) -> float:
    """Seconds of `01:37` or `4:11:11`."""
    seconds = 0
    for part in text.split(b":"):
        seconds = seconds * 60 + int(part)
    return float(seconds)


def _benchmark(match: Match) -> tuple[Metric, Values]:
    statistic, what = match[1].decode().lower(), match[2].decode().lower()
    return Metric.REQUEST, ((f"{statistic}_{what}_ms", float(match[3])),)


def _first_token(match: Match) -> tuple[Metric, Values]:
    return Metric.REQUEST, (("ttft_ms", float(match[1]) * (1 if match[2] == b"ms" else 1000)),)


NUMBER: Final = rb"(\d{1,15}(?:\.\d{1,9})?)"
INTEGER: Final = rb"(\d{1,18})"
GROUPS: Final = tuple(
    Group(words=words, expression=re.compile(expression), read=read)
    for words, expression, read in (
        (
            b"Avg prompt throughput: ",
            rb"Avg prompt throughput: %b tokens/s, Avg generation throughput: %b tokens/s, ([^\n]{0,600})"
            % (NUMBER, NUMBER),
            _vllm,
        ),
        (b"Prefix cache hit rate: GPU: ", rb"Prefix cache hit rate: GPU: %b%%" % NUMBER, _v0_prefix),
        (
            b", hit external: ",
            rb"total_blocks_num: %b, hit hbm: %b, hit external: %b(?:, total tokens: %b)?"
            % (INTEGER, INTEGER, INTEGER, INTEGER),
            _named(Metric.UCM_LOOKUP, "blocks", "hbm_hits", "external_hits", "tokens"),
        ),
        (
            b"num_lookup_hits on hbm: ",
            rb"num_total_blocks: %b, num_lookup_hits on hbm: %b, num_lookup_hits on storage except hbm: %b"
            % (INTEGER, INTEGER, INTEGER),
            _named(Metric.UCM_LOOKUP, "blocks", "hbm_hits", "external_hits"),
        ),
        (
            b"in backend costs ",
            rb"Cache lookup\(%b\) in backend costs %bms" % (INTEGER, NUMBER),
            _named(Metric.UCM_LOOKUP, "looked_up", "cost_ms"),
        ),
        (
            b", bw=",
            rb"Task\([^,\n]{1,80},([^,\n]{1,20}),%b,%b\) finished, costs=%bs, bw=%bGB/s"
            % (INTEGER, INTEGER, NUMBER, NUMBER),
            _nfs_transfer,
        ),
        (
            b"finished, cost ",
            rb"Cache task\([^,\n]{1,80},([^,\n]{1,20}),%b,%b\) finished, cost %b ?ms" % (INTEGER, INTEGER, NUMBER),
            _cache_transfer,
        ),
        (
            b" tokens. size: ",
            rb"(Stored|Retrieved) %b out of (?:total )?%b (?:required )?(?:tokens \(from %b total )?tokens\)?\."
            rb" size: %b gb, cost %b ms, throughput: %b GB/s" % (INTEGER, INTEGER, INTEGER, NUMBER, NUMBER, NUMBER),
            _lmcache,
        ),
        (b" tokens in ", rb"(Stored|Retrieved) %b tokens in %b seconds" % (INTEGER, NUMBER), _lmcache_seconds),
        (
            b"LMCache hit tokens: ",
            rb"Total tokens %b, LMCache hit tokens: %b, need to load: (-?\d{1,18})" % (INTEGER, INTEGER),
            _named(Metric.LMCACHE, "prompt_tokens", "hit_tokens", "need_to_load"),
        ),
        (
            b"% Completed | ",
            rb"\d{1,3}%% Completed \| (\d{1,9})/(\d{1,9}) \[([\d:]{1,12})<[^,\n]{1,16}, +(?:%b(s/it|it/s))?" % NUMBER,
            _shards,
        ),
        (b"Loading weights took ", rb"Loading weights took %b sec" % NUMBER, _named(Metric.LOAD_SHARDS, "weights_s")),
        (
            b" TTFT (ms): ",
            rb"(Mean|Median|P\d{2}) (TTFT|TPOT|ITL|E2EL) \(ms\): {1,40}%b" % NUMBER,
            _benchmark,
        ),
        (
            b"iteration elapsed time: ",
            rb"iteration elapsed time: %b ?ms" % NUMBER,
            _named(Metric.REQUEST, "iteration_ms"),
        ),
        (b"TTFT", rb"\bTTFT[:=] ?%b ?(ms|s)\b" % NUMBER, _first_token),
    )
)
