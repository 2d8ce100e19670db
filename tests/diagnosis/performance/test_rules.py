"""Rules over statistics: each fires on what it describes and is silent on its healthy sibling."""

from __future__ import annotations

import pytest

from logsleuth.diagnosis.performance import Measured, Reading, performance

BUSY = {"running": 4.0, "waiting": 0.0, "generation_tps": 400.0, "prompt_tps": 900.0, "kv_usage": 20.0}


def found(
    metric: str, rows: list[dict[str, float]], environment: dict[str, str] | None = None
) -> dict[str, dict[str, str]]:
    """The findings of one series, by id, with their facts."""
    readings = [
        Reading(source="a", source_index=0, line=number, raw=f"line {number}", values=row)
        for number, row in enumerate(rows, 1)
    ]
    measured = Measured(series={metric: readings}, environment=environment or {})
    return {finding.signature_id: dict(finding.facts) for finding in performance(measured)}


SICK = [
    ("vllm-v1", [BUSY | {"generation_tps": 12.0, "prompt_tps": 0.0}] * 5, "perf.decode-slow"),
    ("vllm-v1", [BUSY | {"running": 16.0, "waiting": 200.0, "kv_usage": 4.0}] * 5, "perf.throughput"),
    ("vllm-v0", [BUSY | {"waiting": 9.0, "kv_usage": 97.0}] * 4, "perf.kv-pressure"),
    ("vllm-v1", [BUSY | {"preemptions": 3.0}] * 2, "vllm.preemption"),
    ("vllm-v1", [BUSY | {"generation_tps": 0.0, "prompt_tps": 0.0}] * 6, "hang.engine"),
    ("load-shards", [{"seconds_per_shard": 97.0, "total": 163.0}] * 2, "model.load-slow"),
    ("load-shards", [{"weights_s": 900.0}], "model.load-slow"),
    ("ucm-lookup", [{"cost_ms": 250.0}] * 3, "ucm.lookup-slow"),
    ("ucm-lookup", [{"blocks": 9.0, "hbm_hits": 0.0, "external_hits": 0.0}] * 20, "ucm.hit-rate-zero"),
    ("ucm-lookup", [{"blocks": 10.0, "hbm_hits": 0.0, "external_hits": 2.0}] * 20, "ucm.hit-rate-low"),
    ("ucm-transfer", [{"gb_per_s": 0.2, "bytes": 1e8, "is_load": 1.0}] * 3, "ucm.transfer-slow"),
    ("lmcache", [{"gb_per_s": 0.2, "gb": 1.0}] * 3, "lmcache.transfer-slow"),
    ("request", [{"mean_ttft_ms": 9000.0}], "perf.ttft"),
    ("request", [{"ttft_ms": 9000.0}, {"ttft_ms": 6000.0}, {"ttft_ms": 200.0}], "perf.ttft"),
]
WELL = [
    ("vllm-v1", [BUSY] * 20),
    ("vllm-v1", [BUSY | {"running": 0.0, "generation_tps": 0.0, "prompt_tps": 0.0}] * 20),
    ("vllm-v1", [BUSY | {"running": 200.0, "generation_tps": 1500.0}] * 5),
    ("vllm-v1", [BUSY | {"generation_tps": 12.0, "prompt_tps": 0.0}] * 2),
    ("vllm-v1", [BUSY | {"running": 1.0, "generation_tps": 1.1, "prompt_tps": 2200.0}] * 9),
    ("vllm-v1", [BUSY | {"kv_usage": 97.0}] * 5),
    ("vllm-v1", [BUSY, BUSY | {"running": 16.0, "waiting": 40.0}, *[BUSY] * 9]),
    ("vllm-v1", ([BUSY | {"generation_tps": 0.0, "prompt_tps": 0.0}] * 5 + [BUSY]) * 3),
    ("load-shards", [{"seconds_per_shard": 1.7, "total": 4.0}] * 4 + [{"weights_s": 7.0}]),
    ("ucm-lookup", [{"cost_ms": 2.5}] * 9 + [{"cost_ms": 40.0}]),
    ("ucm-lookup", [{"blocks": 9.0, "hbm_hits": 0.0, "external_hits": 0.0}] * 8),
    ("ucm-lookup", [{"blocks": 10.0, "hbm_hits": 2.0, "external_hits": 6.0}] * 30),
    ("ucm-transfer", [{"gb_per_s": 0.2, "bytes": 1000.0}] * 9),
    ("lmcache", [{"gb_per_s": 9.0, "gb": 1.0}] * 9),
    ("request", [{"mean_ttft_ms": 300.0}]),
    ("request", [{"ttft_ms": 9000.0}, *[{"ttft_ms": 200.0}] * 2]),
]


@pytest.mark.parametrize(("metric", "rows", "expected"), SICK)
def test_a_rule_fires(metric: str, rows: list[dict[str, float]], expected: str) -> None:
    """And no other does."""
    assert list(found(metric, rows)) == [expected]


@pytest.mark.parametrize(("metric", "rows"), WELL)
def test_health_is_not_taken_for_a_fault(metric: str, rows: list[dict[str, float]]) -> None:
    """Idle, batched, brief, cold or small: nothing is wrong."""
    assert found(metric, rows) == {}


def test_facts_carry_the_figures() -> None:
    """The configured bound where the log tells it, the observed one otherwise."""
    rows = [BUSY | {"running": 16.0, "waiting": 200.0, "kv_usage": 4.0}] * 5

    assert found("vllm-v1", rows)["perf.throughput"]["max_num_seqs"] == "16"
    assert found("vllm-v1", rows, {"max_num_seqs": "17"})["perf.throughput"] == {
        "max_num_seqs": "17",
        "running": "16",
        "waiting": "200",
        "kv_usage": "4",
        "generation_tps": "400",
    }
