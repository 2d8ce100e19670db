"""A prefix cache that is off or never hits: said with proof only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from logsleuth.diagnosis.performance import Measured
from logsleuth.diagnosis.performance.prefix_cache import is_off, prefix_cache_off

Build = Callable[..., Measured]
OFF = {"enable_prefix_caching": "False"}
HITS = {"blocks": 9.0, "external_hits": 7.0}
MISSES = {"blocks": 9.0, "external_hits": 0.0}
IMAGES = {"prompt_tps": 900.0, "running": 3.0, "prefix_hit": 0.0, "mm_hit": 80.0}
SICK: list[dict[str, Any]] = [
    {"environment": OFF, "ucm_lookup": [HITS] * 3},
    {"environment": {"no_enable_prefix_caching": "True"}, "lmcache": [{"hit_tokens": 512.0}] * 3},
    {"environment": OFF, "vllm_v1": [IMAGES] * 3},
    {"vllm_v1": [IMAGES] * 12},
]
WELL: list[dict[str, Any]] = [
    {"ucm_lookup": [HITS] * 30},
    {"environment": OFF},
    {"environment": OFF, "ucm_lookup": [MISSES] * 30},
    {"environment": OFF, "ucm_lookup": [HITS] * 2},
    {"environment": OFF | {"kv_role": "kv_consumer"}, "ucm_lookup": [HITS] * 30},
    {"environment": OFF, "vllm_v1": [IMAGES | {"mm_hit": 0.0}] * 30},
    {"vllm_v1": [IMAGES] * 11},
    {"vllm_v1": [IMAGES | {"mm_hit": 10.0}] * 30},
    {"vllm_v1": [*[IMAGES] * 12, IMAGES | {"prefix_hit": 3.0}]},
    {"vllm_v1": [{"prompt_tps": 900.0, "running": 3.0, "mm_hit": 80.0}] * 30},
    {"vllm_v1": [IMAGES | {"prompt_tps": 0.0}] * 30},
]


@pytest.mark.parametrize("given", SICK)
def test_it_fires(measured: Build, given: Mapping[str, Any]) -> None:
    """Prompts come again, and the cache does not help."""
    assert [hit[0] for hit in prefix_cache_off(measured(**given))] == ["perf.prefix-cache-off"]


@pytest.mark.parametrize("given", WELL)
def test_it_is_silent(measured: Build, given: Mapping[str, Any]) -> None:
    """On, cold, brief, handed over by another node, or nothing that comes again."""
    assert prefix_cache_off(measured(**given)) == []


def test_facts_tell_the_rates(measured: Build) -> None:
    """Of both caches."""
    ((_, _, facts),) = prefix_cache_off(measured(vllm_v1=[IMAGES] * 12))

    assert dict(facts) == {"hit_rate": "0", "mm_hit_rate": "80"}
    assert not is_off({"enable_prefix_caching": "True"})
