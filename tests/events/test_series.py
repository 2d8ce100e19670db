"""Tests of logsleuth.events.series."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.events.sample import Metric, Sample
from logsleuth.events.series import ANCHORS, read_samples

V1 = (
    b"(APIServer pid=1) INFO 03-30 16:40:21 [loggers.py:259] Engine 003: Avg prompt throughput: 8860.2 tokens/s, "
    b"Avg generation throughput: 42.7 tokens/s, Running: 4 reqs, Waiting: 5 reqs, GPU KV cache usage: 20.0%, "
    b"Prefix cache hit rate: 1.0%, External prefix cache hit rate: 93.0%\n"
)
LATE = (
    b"Engine 000: Avg prompt throughput: 1.0 tokens/s, Avg generation throughput: 2.0 tokens/s, Running: 3 reqs, "
    b"Waiting: 1 reqs, Deferred: 2 reqs, KV fetch: 3 of 4, CPU KV cache usage: n/a, Preemptions: 7, NVIDIA H200 KV cache usage: 3.5%, "
    b"Prefix cache hit rate: nan%, MM cache hit rate: 0.5%\r\n"
)
V0 = (
    b"INFO 03-06 12:00:25 metrics.py:349] Avg prompt throughput: 299.8 tokens/s, Avg generation throughput: 780.1 "
    b"tokens/s, Running: 97 reqs, Swapped: 0 reqs, Pending: 42 reqs, GPU KV cache usage: 98.2%, CPU KV cache usage: "
    b"0.0%.\n"
)

LINES = [
    (
        V1,
        Metric.VLLM_V1,
        {
            "prompt_tps": 8860.2,
            "generation_tps": 42.7,
            "running": 4,
            "waiting": 5,
            "kv_usage": 20,
            "prefix_hit": 1,
            "external_hit": 93,
            "engine": 3,
        },
    ),
    (
        LATE,
        Metric.VLLM_V1,
        {
            "prompt_tps": 1,
            "generation_tps": 2,
            "running": 3,
            "waiting": 1,
            "deferred": 2,
            "preemptions": 7,
            "kv_usage": 3.5,
            "mm_hit": 0.5,
            "engine": 0,
        },
    ),
    (
        V0,
        Metric.VLLM_V0,
        {
            "prompt_tps": 299.8,
            "generation_tps": 780.1,
            "running": 97,
            "swapped": 0,
            "waiting": 42,
            "kv_usage": 98.2,
            "cpu_kv_usage": 0,
        },
    ),
    (
        b"request_id: chatcmpl-5f48, total_blocks_num: 799, hit hbm: 0, hit external: 783 [211,211][c.py:412,f]",
        Metric.UCM_LOOKUP,
        {"blocks": 799, "hbm_hits": 0, "external_hits": 783},
    ),
    (
        b"request_id: a, total_blocks_num: 10, hit hbm: 1, hit external: 5, total tokens: 1280",
        Metric.UCM_LOOKUP,
        {"blocks": 10, "hbm_hits": 1, "external_hits": 5, "tokens": 1280},
    ),
    (
        b"num_total_blocks: 9, num_lookup_hits on hbm: 2, num_lookup_hits on storage except hbm: 3",
        Metric.UCM_LOOKUP,
        {"blocks": 9, "hbm_hits": 2, "external_hits": 3},
    ),
    (b"Cache lookup(875) in backend costs 259.319ms.", Metric.UCM_LOOKUP, {"looked_up": 875, "cost_ms": 259.319}),
    (
        b"Task(1,PC::S2D,4,1024) finished, costs=0.5s, bw=1.25GB/s",
        Metric.UCM_TRANSFER,
        {"is_load": 1, "blocks": 4, "bytes": 1024, "cost_ms": 500, "gb_per_s": 1.25},
    ),
    (
        b"Task(1,PC::D2S,4,1024) finished, costs=0.5s, bw=1.25GB/s",
        Metric.UCM_TRANSFER,
        {"is_load": 0, "blocks": 4, "bytes": 1024, "cost_ms": 500, "gb_per_s": 1.25},
    ),
    (
        b"Cache task(7,Load,4,4000000) finished, cost 2.0ms.",
        Metric.UCM_TRANSFER,
        {"is_load": 1, "blocks": 4, "bytes": 4000000, "cost_ms": 2, "gb_per_s": 2},
    ),
    (
        b"Cache task(7,Dump,4,4000000) finished, cost 0ms.",
        Metric.UCM_TRANSFER,
        {"is_load": 0, "blocks": 4, "bytes": 4000000, "cost_ms": 0},
    ),
    (
        (
            b"LMCache INFO: Retrieved 30036 out of 30036 required tokens (from 30037 total tokens). size: 4.5831 gb, "
            b"cost 14.0659 ms, throughput: 325.8318 GB/s; (cache_engine.py:509:lmcache.v1.cache_engine)"
        ),
        Metric.LMCACHE,
        {
            "is_load": 1,
            "tokens": 30036,
            "of_tokens": 30036,
            "total_tokens": 30037,
            "gb": 4.5831,
            "cost_ms": 14.0659,
            "gb_per_s": 325.8318,
        },
    ),
    (
        b"LMCache INFO: Stored 2048 out of total 2048 tokens. size: 0.2188 gb, cost 14.7797 ms, throughput: 14.8 GB/s;",
        Metric.LMCACHE,
        {"is_load": 0, "tokens": 2048, "of_tokens": 2048, "gb": 0.2188, "cost_ms": 14.7797, "gb_per_s": 14.8},
    ),
    (
        b"LMCache INFO: Stored 1024 tokens in 3.5 seconds",
        Metric.LMCACHE,
        {"is_load": 0, "tokens": 1024, "cost_ms": 3500},
    ),
    (
        b"Reqid: x, Total tokens 836, LMCache hit tokens: 768, need to load: -64",
        Metric.LMCACHE,
        {"prompt_tokens": 836, "hit_tokens": 768, "need_to_load": -64},
    ),
    (
        b"Loading safetensors checkpoint shards:   3% Completed | 1/30 [01:37<47:00, 97.2s/it]",
        Metric.LOAD_SHARDS,
        {"done": 1, "total": 30, "elapsed_s": 97, "seconds_per_shard": 97.2},
    ),
    (
        b"Multi-thread loading shards:  50% Completed | 15/30 [1:00:07<00:01,  4.00it/s]",
        Metric.LOAD_SHARDS,
        {"done": 15, "total": 30, "elapsed_s": 3607, "seconds_per_shard": 0.25},
    ),
    (
        b"Loading pt checkpoint shards:   0% Completed | 0/24 [00:00<?, ?it/s]",
        Metric.LOAD_SHARDS,
        {"done": 0, "total": 24, "elapsed_s": 0},
    ),
    (
        b"shards:  99% Completed | 1/2 [00:00<00:00, 0.00it/s]",
        Metric.LOAD_SHARDS,
        {"done": 1, "total": 2, "elapsed_s": 0, "seconds_per_shard": 0},
    ),
    (b"Loading weights took 14.26 seconds", Metric.LOAD_SHARDS, {"weights_s": 14.26}),
    (b"P99 TTFT (ms):                          812.40", Metric.REQUEST, {"p99_ttft_ms": 812.4}),
    (b"Iteration(7): 3 context requests, iteration elapsed time: 12.50 ms", Metric.REQUEST, {"iteration_ms": 12.5}),
]


@pytest.mark.parametrize(("line", "metric", "values"), LINES)
def test_figures_are_read(line: bytes, metric: Metric, values: dict[str, float]) -> None:
    """One sample a line, with exactly these values."""
    (sample,) = read_samples(b"before\n" + line + b"\nafter\n")

    assert sample.metric is metric
    assert dict(sample.values) == pytest.approx(values)


def test_samples_come_in_the_order_of_the_bytes() -> None:
    """Offsets lie in the lines that they were read from."""
    lines = [V1, b"Loading weights took 1.0 seconds\n", V0, V1]
    data = b"".join(lines)

    samples = read_samples(data)

    assert [sample.metric for sample in samples] == [Metric.VLLM_V1, Metric.LOAD_SHARDS, Metric.VLLM_V0, Metric.VLLM_V1]
    assert [data.count(b"\n", 0, sample.offset) for sample in samples] == [0, 1, 2, 3]


def test_the_prefix_line_of_v0_is_a_sample_too() -> None:
    """It follows the throughput line."""
    samples = read_samples(V0 + b"Prefix cache hit rate: GPU: 12.50%, CPU: 0.00%\n")

    assert samples[1] == Sample(metric=Metric.VLLM_V0, offset=len(V0), values=(("prefix_hit", 12.5),))


def test_what_the_scan_found_saves_the_search() -> None:
    """Only groups of the anchors that are present are read."""
    data = V1 + b"Loading weights took 1.0 seconds\n"

    assert read_samples(data, ANCHORS) == read_samples(data)
    assert [sample.metric for sample in read_samples(data, {"Loading weights took "})] == [Metric.LOAD_SHARDS]
    assert read_samples(data, ()) == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\x00",
        b"Avg prompt throughput: x tokens/s, Avg generation throughput: 1 tokens/s, \n",
        b"Avg prompt throughput: 1.0 tokens/s\n, Avg generation throughput: 1 tokens/s, \n",
        b"total_blocks_num: x, hit hbm: 0, hit external: 1\n",
    ],
)
def test_other_bytes_give_no_samples(data: bytes) -> None:
    """Figures that do not parse or that span lines are left out."""
    assert read_samples(data) == ()


@given(st.lists(st.one_of(st.binary(max_size=20), st.sampled_from([line for line, _, _ in LINES])), max_size=20))
def test_any_bytes_give_finite_figures(pieces: list[bytes]) -> None:
    """No bytes are refused."""
    for sample in read_samples(b"".join(pieces)):
        assert all(abs(value) < 1e20 for _, value in sample.values)


@pytest.mark.parametrize("anchor", ANCHORS)
def test_hostile_blocks_take_linear_time(anchor: str) -> None:
    """A block of nothing but an anchor is read at once."""
    data = (anchor.encode() * 66_000)[: 384 * 1024]
    started = time.process_time()

    read_samples(data)

    assert time.process_time() - started < 1
