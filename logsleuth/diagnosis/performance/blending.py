"""What CacheBlend's time to first token is made of: lookup, load, selection, recomputation, generation and the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from logsleuth.diagnosis.median import median
from logsleuth.diagnosis.performance.measured import Hit, Measured, figure
from logsleuth.diagnosis.performance.thresholds import (
    BLENDED_REQUESTS,
    DOMINANT_SHARE,
    HIGH_RECOMPUTE_RATIO,
    SLOW_TTFT_MS,
)
from logsleuth.model import Facts

# (stage, series, figure, whether only loads count), in the order in which a request passes them
STAGES: Final = (
    ("lookup", "ucm-lookup", "cost_ms", False),
    ("load", "ucm-transfer", "cost_ms", True),
    ("load", "blend", "load_ms", False),
    ("selection", "blend", "selection_ms", False),
    ("recompute", "blend", "recompute_ms", False),
    ("generation", "blend", "generation_ms", False),
)
OWN: Final = frozenset({"load_ms", "selection_ms", "recompute_ms", "generation_ms"})
GUIDE: Final = "cacheblend.ttft.stages"


def blending(measured: Measured) -> list[Hit]:
    """Blending that shortens nothing: half of the tokens are computed again, or loading takes most of the time."""
    blended = [item for item in measured.of("blend") if item.get("is_blended")]
    facts, ratio = composition(measured), recompute_ratio(measured)
    if len(blended) >= BLENDED_REQUESTS and (ratio >= HIGH_RECOMPUTE_RATIO or _is_load_slow(measured)):
        return [("cacheblend.ttft", blended, facts)]
    told = [item for item in measured.of("blend") if OWN & item.values.keys() and not blended]
    is_guides = any("load_ms" in item.values or "recompute_ms" in item.values for item in told)
    return [(GUIDE, told, facts)] if is_guides and len(told) > 1 else []


def composition(measured: Measured) -> Facts:
    """The stages of a blended request in milliseconds, and the one that takes most; empty without blending."""
    if not measured.of("blend"):
        return ()
    stages, total = stages_ms(measured), typical_ttft_ms(measured)
    spent = sum(stages.values())
    if total > spent > 0:
        stages["rest"] = total - spent
    facts = [(f"{name}_ms", figure(value)) for name, value in stages.items()]
    if len(stages) > 1 and sum(stages.values()) > 0:
        longest = max(stages, key=lambda name: stages[name])
        facts += [("stage", longest), ("share", f"{stages[longest] / sum(stages.values()):.0%}")]
    if total:
        facts.append(("ttft", figure(total / 1000)))
    ratio = recompute_ratio(measured)
    return (*facts, *((("recompute_ratio", f"{ratio:.0%}"),) if ratio else ()))


def stages_ms(measured: Measured) -> dict[str, float]:
    """What one request spends on each stage that the log tells of; loads of one request may overlap."""
    blended = sum(item.get("is_blended") for item in measured.of("blend"))
    found: dict[str, float] = {}
    for stage, metric, name, is_load_only in STAGES:
        timed = [
            item.get(name)
            for item in measured.of(metric)
            if name in item.values and (item.get("is_load") or not is_load_only)
        ]
        if timed and (blended or name in OWN):
            found[stage] = found.get(stage, 0.0) + sum(timed) / (blended or len(timed))
    return found


def typical_ttft_ms(measured: Measured) -> float:
    """The mean or median that a benchmark printed, or the median of single requests; 0 where none is told."""
    requests = measured.near("request")
    for name in ("median_ttft_ms", "mean_ttft_ms", "ttft_ms"):
        told = [item.get(name) for item in requests if name in item.values]
        if told:
            return median(told)
    return 0.0


def recompute_ratio(measured: Measured) -> float:
    """The share of the tokens that is computed again, typically; 0 where it is not told."""
    told = [item for item in measured.of("blend") if item.get("tokens") > 0]
    return median(item.get("recomputed") / item.get("tokens") for item in told) if told else 0.0


def _is_load_slow(measured: Measured) -> bool:
    """Whether the first token is late, and fetching blocks takes most of the time until then."""
    stages: Mapping[str, float] = stages_ms(measured)
    total = typical_ttft_ms(measured)
    fetching = stages.get("lookup", 0.0) + stages.get("load", 0.0)
    return total > SLOW_TTFT_MS and fetching >= DOMINANT_SHARE * total
