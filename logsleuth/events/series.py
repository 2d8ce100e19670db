"""Periodic figures for performance diagnosis: comes in a block of bytes, go out samples in the order of the bytes.

    Engine 000: Avg prompt throughput: 8860.2 tokens/s, Avg generation throughput: 42.7 tokens/s, Running: 4 reqs, ...
    request_id: chatcmpl-5f48, total_blocks_num: 799, hit hbm: 0, hit external: 783
    Cache lookup(875) in backend costs 259.319ms.
    Stored 2048 out of total 2048 tokens. size: 0.2188 gb, cost 14.7797 ms, throughput: 14.8007 GB/s; offload_time: ...
    Loading safetensors checkpoint shards:   6% Completed | 10/163 [16:10<4:11:11, 97.01s/it]

How busy the GPUs are is read by `device_figures`, what single requests take by `request_figures`.

Statistics are a tenth of a healthy log, so each group costs one substring test where it is absent (none where the
caller's own search already told what is present), and one native search where it is present.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator
from operator import attrgetter
from typing import Final

from logsleuth.events.device_figures import GPU_GROUPS
from logsleuth.events.request_figures import REQUEST_GROUPS
from logsleuth.events.sample import INTEGER, NUMBER, Group, Match, Metric, Sample, Values, named
from logsleuth.lazy import lazy
from logsleuth.vector import holds


def read_samples(data: bytes, present: Collection[str] | None = None) -> tuple[Sample, ...]:
    """The figures in `data`, in its order; `present` are those of `ANCHORS` known to stand in it (None: not known)."""
    found = [words for words, sought in SOUGHT if (holds(data, sought) if present is None else words in present)]
    if not found:
        return ()
    samples = [sample for group in GROUPS if group.anchor in found for sample in _read_group(group, data)]
    samples.sort(key=attrgetter("offset"))
    return tuple(samples)


def _read_group(group: Group, data: bytes) -> Iterator[Sample]:
    for match in group.expression.finditer(data):
        metric, values = group.read(match)
        yield Sample(metric=metric, offset=match.start(), values=values)


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
ENGINE: Final = lazy(rb"Engine (\d{1,6}): $")
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


def _lmcache(*, is_load: bool) -> Callable[[Match], tuple[Metric, Values]]:
    """A reader of transfers; the tokens before "total" are those that were wanted."""
    names = ("tokens", "of_tokens", "total_tokens", "gb", "cost_ms", "gb_per_s", "seconds")

    def read(match: Match) -> tuple[Metric, Values]:
        values = {name: float(text) for name, text in zip(names, match.groups(), strict=True) if text is not None}
        if "seconds" in values:
            values["cost_ms"] = values.pop("seconds") * 1000
        return Metric.LMCACHE, (("is_load", float(is_load)), *values.items())

    return read


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


LMCACHE_TAIL: Final = (
    rb"%b(?: out of (?:total )?%b (?:required )?(?:tokens \(from )?(?:out of total )?(?:%b (?:total )?)?tokens\)?\."
    rb" size: %b gb, cost %b ms, throughput: %b GB/s| tokens in %b seconds)"
    % (INTEGER, INTEGER, INTEGER, NUMBER, NUMBER, NUMBER, NUMBER)
)
SERVER_GROUPS: Final = tuple(
    Group(anchor=anchor, expression=lazy(expression), read=read)
    for anchor, expression, read in (
        (
            "Avg prompt throughput: ",
            rb"Avg prompt throughput: %b tokens/s, Avg generation throughput: %b tokens/s, ([^\n]{0,600})"
            % (NUMBER, NUMBER),
            _vllm,
        ),
        ("Avg prompt throughput: ", rb"Prefix cache hit rate: GPU: %b%%" % NUMBER, _v0_prefix),
        (
            ", hit external: ",
            rb"total_blocks_num: %b, hit hbm: %b, hit external: %b(?:, total tokens: %b)?"
            % (INTEGER, INTEGER, INTEGER, INTEGER),
            named(Metric.UCM_LOOKUP, "blocks", "hbm_hits", "external_hits", "tokens"),
        ),
        (
            "num_lookup_hits on hbm: ",
            rb"num_total_blocks: %b, num_lookup_hits on hbm: %b, num_lookup_hits on storage except hbm: %b"
            % (INTEGER, INTEGER, INTEGER),
            named(Metric.UCM_LOOKUP, "blocks", "hbm_hits", "external_hits"),
        ),
        (
            "in backend costs ",
            rb"Cache lookup\(%b\) in backend costs %bms" % (INTEGER, NUMBER),
            named(Metric.UCM_LOOKUP, "looked_up", "cost_ms"),
        ),
        (
            " finished, cost",
            rb"Task\([^,\n]{1,80},([^,\n]{1,20}),%b,%b\) finished, costs=%bs, bw=%bGB/s"
            % (INTEGER, INTEGER, NUMBER, NUMBER),
            _nfs_transfer,
        ),
        (
            " finished, cost",
            rb"Cache task\([^,\n]{1,80},([^,\n]{1,20}),%b,%b\) finished, cost %b ?ms" % (INTEGER, INTEGER, NUMBER),
            _cache_transfer,
        ),
        ("LMCache ", rb"Stored " + LMCACHE_TAIL, _lmcache(is_load=False)),
        ("LMCache ", rb"Retrieved " + LMCACHE_TAIL, _lmcache(is_load=True)),
        (
            "LMCache ",
            rb"Total tokens %b, LMCache hit tokens: %b, need to load: (-?\d{1,18})" % (INTEGER, INTEGER),
            named(Metric.LMCACHE, "prompt_tokens", "hit_tokens", "need_to_load"),
        ),
        (
            "% Completed | ",
            rb"%% Completed \| (\d{1,9})/(\d{1,9}) \[([\d:]{1,12})<[^,\n]{1,16}, +(?:%b(s/it|it/s))?" % NUMBER,
            _shards,
        ),
        ("Loading weights took ", rb"Loading weights took %b sec" % NUMBER, named(Metric.LOAD_SHARDS, "weights_s")),
    )
)
GROUPS: Final = (*SERVER_GROUPS, *GPU_GROUPS, *REQUEST_GROUPS)
ANCHORS: Final[tuple[str, ...]] = tuple(dict.fromkeys(group.anchor for group in GROUPS))
SOUGHT: Final = tuple((words, words.encode()) for words in ANCHORS)
