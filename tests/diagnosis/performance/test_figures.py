"""The figures that the tree asks for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logsleuth.diagnosis.performance import Measured
from logsleuth.diagnosis.performance.figures import figures

Build = Callable[..., Measured]
LOAD = {"running": 16.0, "waiting": 4.0, "kv_usage": 30.0}
OVER = {"running": 0.0, "waiting": 0.0, "kv_usage": 0.0}


def test_what_is_typical_under_load(measured: Build) -> None:
    """Idle intervals and small transfers do not count."""
    found = figures(
        measured(
            {"max_num_seqs": "64"},
            vllm_v1=[LOAD | {"preemptions": 2.0}, LOAD, OVER],
            gpu=[{"utilization": 40.0}, {"utilization": 60.0}],
            ucm_lookup=[{"cost_ms": 4.0}, {"blocks": 9.0}],
            ucm_transfer=[{"gb_per_s": 3.0, "bytes": 1e8, "is_load": 1.0}, {"gb_per_s": 0.1, "bytes": 10.0}],
            lmcache=[{"gb_per_s": 5.0, "gb": 1.0, "is_load": 1.0}, {"gb_per_s": 9.0, "gb": 1.0}],
        )
    )

    assert found == LOAD | {
        "preemptions": 2.0,
        "gpu_utilization": 50.0,
        "max_num_seqs": 64.0,
        "cap_use": 25.0,
        "lookup_ms": 4.0,
        "load_gbps": 4.0,
    }


@pytest.mark.parametrize("told", ["", "many", "0"])
def test_what_is_not_told_is_left_out(measured: Build, told: str) -> None:
    """No figure is made up."""
    assert figures(measured({"max_num_seqs": told})) == {}
    assert figures(measured({"max_num_seqs": told}, vllm_v1=[LOAD])) == LOAD
