"""A first request that stands out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from logsleuth.diagnosis.performance import Measured
from logsleuth.diagnosis.performance.first_request import first_request

Build = Callable[..., Measured]
UCM = {"kv_connector": "UCMConnector"}


def ttft(*values: float) -> list[dict[str, float]]:
    """Requests with these times to first token."""
    return [{"ttft_ms": value} for value in values]


def loads(*values: float, size: float = 1e8) -> list[dict[str, float]]:
    """Loads that took so long, the first of them of `size`."""
    sizes = [size, *[1e8] * (len(values) - 1)]
    return [{"cost_ms": value, "bytes": of, "is_load": 1.0} for value, of in zip(values, sizes, strict=True)]


SAVES = [{"cost_ms": 9000.0, "bytes": 1e8, "is_load": 0.0}]
SICK: list[dict[str, Any]] = [
    {"environment": UCM, "request": ttft(6000, 200, 210, 190, 300, 200)},
    {"environment": {"ucm_store": "UcmPipelineStore"}, "request": ttft(6000, 200, 210, 190, 300, 200)},
    {"ucm_transfer": [*SAVES, *loads(4000, 30, 31, 35, 60, 33)]},
    {"ucm_lookup": [{"cost_ms": 1500.0, "looked_up": 9.0}, *[{"cost_ms": 2.0, "looked_up": 9.0}] * 5]},
]
WELL: list[dict[str, Any]] = [
    {"request": ttft(6000, 200, 210, 190, 300, 200)},
    {"environment": UCM, "request": ttft(6000, 200, 210, 190, 300)},
    {"environment": UCM, "request": ttft(600, 20, 21, 19, 30, 20)},
    {"environment": UCM, "request": ttft(6000, 2000, 2100, 1900, 3000, 2000)},
    {"environment": UCM, "request": ttft(6000, 200, 210, 190, 5000, 200)},
    {"ucm_transfer": loads(4000, 30, 31, 35, 60, 33, size=1e10)},
]


@pytest.mark.parametrize("given", SICK)
def test_it_fires(measured: Build, given: Mapping[str, Any]) -> None:
    """Seconds for the first, a fraction for all others."""
    ((signature_id, shown, _),) = first_request(measured(**given))

    assert (signature_id, len(shown)) == ("ucm.first-request-slow", 1)


@pytest.mark.parametrize("given", WELL)
def test_it_is_silent(measured: Build, given: Mapping[str, Any]) -> None:
    """No UCM, too few, too short, not several times as long, not alone, or simply larger."""
    assert first_request(measured(**given)) == []
