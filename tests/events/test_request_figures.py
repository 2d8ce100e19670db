"""What requests take, line by line."""

from __future__ import annotations

import pytest

from logsleuth.events.sample import Metric
from logsleuth.events.series import read_samples

BLENDED = (
    b"request_id: cmpl-1, total_blocks_num: 32, req_stage: %b, first chunk prefix hit: 1, chunks cache total hit: 28, "
)
LINES = [
    (b"P99 TTFT (ms):                          812.40", Metric.REQUEST, {"p99_ttft_ms": 812.4}),
    (b"request 7 TTFT: 0.81 s", Metric.REQUEST, {"ttft_ms": 810}),
    (b"TTFT=812.5ms", Metric.REQUEST, {"ttft_ms": 812.5}),
    (b"Mean TTFT: 1.5s", Metric.REQUEST, {"mean_ttft_ms": 1500}),
    (b"P99 TTFT: 1.5s", Metric.REQUEST, {"extreme_ttft_ms": 1500}),
    (b"Iteration(7): iteration elapsed time: 12.50 ms", Metric.REQUEST, {"iteration_ms": 12.5}),
    (
        BLENDED % b"BlendStage.CACHE_BLEND",
        Metric.BLEND,
        {"blocks": 32, "is_blended": 1, "prefix_hits": 1, "chunk_hits": 28},
    ),
    (
        BLENDED % b"BlendStage.BUILD_PREFIX_CACHE",
        Metric.BLEND,
        {"blocks": 32, "is_blended": 0, "prefix_hits": 1, "chunk_hits": 28},
    ),
    (b"[blend-attn] reduce attn tokens from 4096 to 733", Metric.BLEND, {"tokens": 4096, "recomputed": 733}),
    (
        b"[blend-attn]  compute_mask time + index time: 3.451234567891234ms",
        Metric.BLEND,
        {"selection_ms": 3.451234567891234},
    ),
    ("KV 加载: 0.812s".encode(), Metric.BLEND, {"load_ms": 812}),
    ("HKVD 选择: 0.041s".encode(), Metric.BLEND, {"selection_ms": 41}),
    ("部分重计算: 0.25s".encode(), Metric.BLEND, {"recompute_ms": 250}),
    ("生成: 2s".encode(), Metric.BLEND, {"generation_ms": 2000}),
]


@pytest.mark.parametrize(("line", "metric", "values"), LINES)
def test_figures_are_read(line: bytes, metric: Metric, values: dict[str, float]) -> None:
    """Times in milliseconds, whatever the line has."""
    samples = read_samples(line)

    assert [sample.metric for sample in samples] == [metric]
    assert dict(samples[0].values) == pytest.approx(values)


@pytest.mark.parametrize("line", [b"TTFT: soon", b"TTFT: 5 samples", b"TTFT: 0.81", b"reduce attn tokens from 1 to 2"])
def test_what_has_no_unit_is_no_time(line: bytes) -> None:
    """And what nobody known prints is nothing."""
    assert read_samples(line) == ()
