"""GPUs that wait while requests do, and all that looks like it and is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from logsleuth.diagnosis.performance import Measured
from logsleuth.diagnosis.performance.gpu import busiest, gpu_idle, uses

Build = Callable[..., Measured]
QUEUE = {"running": 24.0, "waiting": 9.0, "generation_tps": 640.0, "prompt_tps": 900.0, "kv_usage": 11.0}
HELD = {"running": 4.0, "waiting": 9.0, "generation_tps": 14.0, "prompt_tps": 3.0, "kv_usage": 2.0}
LIGHT = {"running": 1.0, "waiting": 0.0, "generation_tps": 90.0, "prompt_tps": 20.0, "kv_usage": 1.0}
OVER = {"running": 0.0, "waiting": 0.0, "generation_tps": 0.0, "prompt_tps": 0.0, "kv_usage": 0.0}
LOW, HIGH = {"utilization": 30.0}, {"utilization": 96.0}
STARTED = {"vllm": "0.11.0", "model": "m"}
SICK: list[dict[str, Any]] = [
    {"vllm_v1": [QUEUE] * 5, "gpu": [LOW] * 5},
    {"vllm_v1": [QUEUE] * 20, "gpu": [*[LOW] * 19, HIGH]},
    {"vllm_v1": [QUEUE, QUEUE, QUEUE, QUEUE, OVER], "gpu": [LOW] * 4 + [HIGH]},
    {"vllm_v1": [QUEUE] * 6, "gpu": [{"gpu": 0.0} | LOW, {"gpu": 1.0, "utilization": 0.0}] * 3},
    {"vllm_v1": [HELD] * 6, "environment": {"max_num_seqs": "64"}},
    {"vllm_v1": [HELD] * 6, "environment": STARTED},
]
WELL: list[dict[str, Any]] = [
    {"vllm_v1": [QUEUE] * 5},
    {"vllm_v1": [QUEUE] * 5, "gpu": [HIGH] * 5},
    {"vllm_v1": [QUEUE] * 5, "gpu": [LOW] * 2},
    {"vllm_v1": [QUEUE] * 5, "gpu": [{"utilization": 400.0}] * 5},
    {"vllm_v1": [LIGHT] * 9, "gpu": [LOW] * 9},
    {"vllm_v1": [QUEUE] * 4 + [OVER] * 4, "gpu": [HIGH] * 4 + [LOW] * 4},
    {"vllm_v1": [QUEUE] * 6, "gpu": [{"gpu": 0.0} | HIGH, {"gpu": 1.0, "utilization": 0.0}] * 3},
    {"vllm_v1": [HELD] * 6},
    {"vllm_v1": [HELD] * 5, "environment": {"max_num_seqs": "64"}},
    {"vllm_v1": [HELD] * 6, "environment": {"max_num_seqs": "4"}},
    {"vllm_v1": [HELD | {"prompt_tps": 9000.0}] * 6, "environment": {"max_num_seqs": "64"}},
    {"vllm_v1": [HELD | {"kv_usage": 96.0}] * 6, "environment": {"max_num_seqs": "64"}},
]


@pytest.mark.parametrize("given", SICK)
def test_it_fires(measured: Build, given: Mapping[str, Any]) -> None:
    """Requests wait and the busiest GPU hardly works, or nothing that could hold them back does."""
    assert [hit[0] for hit in gpu_idle(measured(**given))] == ["perf.gpu-idle"]


@pytest.mark.parametrize("given", WELL)
def test_it_is_silent(measured: Build, given: Mapping[str, Any]) -> None:
    """A busy GPU, too few figures, no load, a limit that is reached, prompts that are read."""
    assert gpu_idle(measured(**given)) == []


def test_both_are_shown(measured: Build) -> None:
    """The idle GPU and the requests, line by line, and what is typical of both."""
    ((_, shown, facts),) = gpu_idle(measured(vllm_v1=[QUEUE] * 3, gpu=[LOW] * 3))

    assert [item.line for item in shown] == [1, 2, 3, 4, 5, 6]
    assert dict(facts) == {
        "gpu_utilization": "30",
        "threshold": "50",
        "running": "24",
        "waiting": "9",
        "kv_usage": "11",
        "generation_tps": "640",
    }


def test_a_file_beside_the_server_counts_as_a_whole(measured: Build) -> None:
    """Its lines cannot be set against the server's."""
    own = measured(vllm_v1=[QUEUE] * 3)
    beside = Measured(
        series=own.series,
        environment={},
        beside={
            "gpu": [
                item.__class__(source="gpu.csv", source_index=1, line=9, raw="", values=LOW) for item in own.statistics
            ]
        },
    )
    ((_, shown, _),) = gpu_idle(beside)

    assert {item.source for item in shown} == {"gpu.csv"}


def test_rows_are_read_by_the_head_above_them(measured: Build) -> None:
    """A row of another width, or without a head, belongs to another program."""
    rows = [
        {"fields": 3.0, "field_1": 99.0},
        {"columns": 3.0, "gpu_at": 0.0, "utilization_at": 1.0},
        {"fields": 3.0, "field_0": 2.0, "field_1": 40.0},
        {"fields": 2.0, "field_1": 99.0},
        {"fields": 3.0, "field_0": 2.0},
        {"columns": 2.0, "utilization_at": 1.0},
        {"fields": 2.0, "field_1": 70.0},
    ]

    assert [(use.gpu, use.percent) for use in uses(measured(gpu=rows).of("gpu"))] == [(2.0, 40.0), (-1.0, 70.0)]
    assert busiest(()) == []
