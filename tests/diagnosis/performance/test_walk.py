"""Walks through the tree, with what a log tells and past what it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from logsleuth.diagnosis.performance import Measured, walk

Build = Callable[..., Measured]
LOAD = {"running": 16.0, "waiting": 4.0, "kv_usage": 30.0}
FULL = LOAD | {"kv_usage": 97.0}
ALONE = LOAD | {"waiting": 0.0}
LOW, HIGH = [{"utilization": 20.0}], [{"utilization": 99.0}]
WALKS: list[tuple[dict[str, Any], str, int]] = [
    ({"vllm_v1": [FULL]}, "perf.kv-pressure", 1),
    ({"vllm_v1": [LOAD | {"preemptions": 3.0}]}, "vllm.preemption", 1),
    ({"environment": {"max_num_seqs": "16"}, "vllm_v1": [LOAD]}, "perf.throughput", 1),
    ({"vllm_v1": [ALONE], "ucm_lookup": [{"cost_ms": 80.0}]}, "ucm.lookup-slow", 1),
    (
        {"vllm_v1": [ALONE], "ucm_transfer": [{"gb_per_s": 0.2, "bytes": 1e8, "is_load": 1.0}]},
        "ucm.transfer-slow",
        1,
    ),
    ({"vllm_v1": [ALONE | {"preemptions": 0.0}], "gpu": LOW}, "perf.gpu-idle", 0),
    ({"vllm_v1": [ALONE], "gpu": HIGH, "ucm_lookup": [{"cost_ms": 2.0}]}, "", 0),
    ({"environment": {"max_num_seqs": "99"}, "vllm_v1": [LOAD]}, "", 2),
    ({}, "", 2),
]


@pytest.mark.parametrize(("given", "names", "measures"), WALKS)
def test_the_bottleneck_is_named(measured: Build, given: dict[str, Any], names: str, measures: int) -> None:
    """Or what to measure; never more than two things at once."""
    found = walk(measured(**given))

    assert (found.names, len(found.measures)) == (names, measures)
    assert bool(found.remedies) == (bool(names) or "gpu" in given)


def test_the_way_is_told_in_both_languages(measured: Build) -> None:
    """With the figures; what the log does not tell comes with the command that does."""
    found = walk(measured(vllm_v1=[FULL]))

    assert [said.en.split("?")[0] for said in found.said] == ["Does the GPU work", "Is the KV cache full"]
    assert found.said[0].en.endswith("nvidia-smi dmon -s um -c 30")
    assert found.said[1].en == "Is the KV cache full? The KV cache is 97 % full"
    assert found.said[1].zh == "KV 缓存是否已满？KV 缓存已用 97 %"
    assert dict(found.figures)["kv_usage"] == "97"
