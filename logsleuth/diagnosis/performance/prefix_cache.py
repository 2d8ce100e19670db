"""A prefix cache that is off, or never hits, although prompts repeat: never said without proof that they do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from logsleuth.diagnosis.performance.measured import Hit, Measured, Reading, figure
from logsleuth.diagnosis.performance.thresholds import (
    LONG_INTERVALS,
    REPEATED_IMAGES_PERCENT,
    REPEATED_REQUESTS,
)

OFF: Final = frozenset({"false", "0"})
RECEIVER: Final = "kv_consumer"


def prefix_cache_off(measured: Measured) -> list[Hit]:
    """Off while prompts come again, or on and without one hit for minutes while images come again."""
    asked = [item for item in measured.statistics if item.get("prompt_tps") > 0]
    images = [item for item in asked if item.get("mm_hit") >= REPEATED_IMAGES_PERCENT]
    if is_off(measured.environment):
        found = _found_elsewhere(measured) or (images if len(images) >= REPEATED_REQUESTS else ())
        return [("perf.prefix-cache-off", found, (("setting", "enable_prefix_caching=False"),))] if found else []
    hits = [item.get("prefix_hit") for item in asked if "prefix_hit" in item.values]
    if len(images) < LONG_INTERVALS or len(images) * 2 < len(asked) or any(hits) or not hits:
        return []
    facts = (("hit_rate", "0"), ("mm_hit_rate", figure(images[-1].get("mm_hit"))))
    return [("perf.prefix-cache-off", images, facts)]


def is_off(environment: Mapping[str, str]) -> bool:
    """Whether the configuration turns prefix caching off."""
    return environment.get("enable_prefix_caching", "").lower() in OFF or "no_enable_prefix_caching" in environment


def _found_elsewhere(measured: Measured) -> Sequence[Reading]:
    """Requests whose beginning a cache outside the GPU had: they were computed before.

    Not so where another node computes the prompts and hands them over.
    """
    if measured.environment.get("kv_role") == RECEIVER:
        return ()
    lookups = [item for item in measured.of("ucm-lookup") if item.get("external_hits") >= 1]
    found = lookups or [item for item in measured.of("lmcache") if item.get("hit_tokens") >= 1]
    return found if len(found) >= REPEATED_REQUESTS else ()
