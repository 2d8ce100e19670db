"""What a blended request spends its time on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from logsleuth.diagnosis.performance import Measured
from logsleuth.diagnosis.performance.blending import blending, composition

Build = Callable[..., Measured]
BLENDED = {"blocks": 32.0, "is_blended": 1.0, "chunk_hits": 28.0}
LOADS = [{"cost_ms": 6000.0, "is_load": 1.0}, {"cost_ms": 9000.0, "is_load": 0.0}]
LOOKUPS = [{"cost_ms": 30.0}]


def reduced(tokens: float) -> dict[str, float]:
    """Of 4,000 tokens, so many are computed again."""
    return {"tokens": 4000.0, "recomputed": tokens}


GUIDE = [{"load_ms": 800.0}, {"selection_ms": 50.0}, {"recompute_ms": 150.0}]
FIRES: list[tuple[dict[str, Any], str]] = [
    ({"blend": [*[BLENDED] * 3, reduced(2400)]}, "cacheblend.ttft"),
    ({"blend": [BLENDED] * 3, "ucm_transfer": LOADS * 3, "request": [{"median_ttft_ms": 7000.0}]}, "cacheblend.ttft"),
    ({"blend": GUIDE}, "cacheblend.ttft.stages"),
]
SILENT: list[dict[str, Any]] = [
    {},
    {"blend": [*[BLENDED] * 3, reduced(700)]},
    {"blend": [*[BLENDED] * 2, reduced(2400)]},
    {"blend": [BLENDED] * 3, "ucm_transfer": LOADS * 3},
    {"blend": [BLENDED] * 3, "ucm_transfer": LOADS * 3, "request": [{"median_ttft_ms": 4000.0}]},
    {"blend": [BLENDED] * 3, "ucm_transfer": LOADS * 3, "request": [{"mean_ttft_ms": 20000.0}]},
    {"blend": GUIDE[:1]},
    {"blend": [{"generation_ms": 800.0}, {"selection_ms": 50.0}]},
]


@pytest.mark.parametrize(("given", "expected"), FIRES)
def test_it_fires(measured: Build, given: Mapping[str, Any], expected: str) -> None:
    """Too much is computed again, loading takes the time, or a guide's script says where it goes."""
    assert [hit[0] for hit in blending(measured(**given))] == [expected]


@pytest.mark.parametrize("given", SILENT)
def test_it_is_silent(measured: Build, given: Mapping[str, Any]) -> None:
    """Blending that pays, or of which too little is told."""
    assert blending(measured(**given)) == []


def test_the_stages_of_one_request(measured: Build) -> None:
    """Saving is none of them; what no line tells is the rest."""
    series = {
        "blend": [BLENDED, BLENDED, {"selection_ms": 8.0}, reduced(800)],
        "ucm_transfer": LOADS * 2,
        "ucm_lookup": LOOKUPS * 2,
    }

    assert dict(composition(measured(**series, request=[{"ttft_ms": 7000.0}]))) == {
        "lookup_ms": "30",
        "load_ms": "6000",
        "selection_ms": "4",
        "rest_ms": "966",
        "stage": "load",
        "share": "86%",
        "ttft": "7",
        "recompute_ratio": "20%",
    }
    assert dict(composition(measured(blend=GUIDE[:1]))) == {"load_ms": "800"}
    assert composition(measured(request=[{"ttft_ms": 7000.0}])) == ()
