"""Checks of cards and memory."""

from __future__ import annotations

import pytest

from logsleuth.doctor.check import Status
from logsleuth.model import Outcome
from logsleuth.probes.probe import Json
from tests.doctor.states import result, state, status

CARD: dict[str, Json] = {
    "index": "0",
    "name": "NVIDIA H200",
    "memory.total": "143771",
    "driver_version": "570.1",
    "temperature.gpu": "41",
    "ecc.errors.uncorrected.volatile.total": "0",
}


def machine(*changes: dict[str, Json], cuda: str = "12.8") -> dict[str, Json]:
    """A machine with a card for each of these changes."""
    return {"gpus": [{**CARD, **change} for change in changes], "driver_cuda": cuda}


@pytest.mark.parametrize(
    ("name", "system", "versions", "wanted"),
    [
        ("gpu-model", machine({}, {"index": "1"}), {}, Status.OK),
        ("gpu-model", machine({}, {"name": "NVIDIA L4"}), {}, Status.WARN),
        ("gpu-driver", machine({}), {"torch": "2.9.0+cu128"}, Status.OK),
        ("gpu-driver", machine({}), {"torch": "2.11.0+cu130"}, Status.FAIL),
        ("gpu-driver", machine({}), {}, Status.SKIPPED),
        ("gpu-temperature", machine({}), {}, Status.OK),
        ("gpu-temperature", machine({"temperature.gpu": "86"}), {}, Status.WARN),
        ("gpu-temperature", machine({"temperature.gpu": "[N/A]"}), {}, Status.OK),
        ("gpu-errors", machine({"ecc.errors.uncorrected.volatile.total": "3"}), {}, Status.FAIL),
        ("gpu-errors", machine({}), {}, Status.OK),
        ("gpu-errors", {}, {}, Status.SKIPPED),
        ("host-memory", {"memory": {"MemTotal": 100, "MemAvailable": 50}}, {}, Status.OK),
        ("host-memory", {"memory": {"MemTotal": 100, "MemAvailable": 4}}, {}, Status.WARN),
        (
            "host-memory",
            {"memory": {"MemTotal": 100, "MemAvailable": 50, "SwapTotal": 90, "SwapFree": 1}},
            {},
            Status.WARN,
        ),
        ("shared-memory", {"shm_bytes": 64 << 20}, {}, Status.WARN),
        ("shared-memory", {"shm_bytes": 8 << 30}, {}, Status.OK),
    ],
    ids=range(16),
)
def test_item(name: str, system: dict[str, Json], versions: dict[str, str], wanted: Status) -> None:
    """What the machine says decides, and no card is no pass."""
    assert status(state(system=system, versions=versions), name) is wanted


@pytest.mark.parametrize(
    ("outcome", "provoked", "wanted"),
    [
        (Outcome.CONFIRMED, "cuda.driver-too-old", Status.FAIL),
        (Outcome.REFUTED, "", Status.OK),
        (Outcome.INCONCLUSIVE, "", Status.OK),
        (Outcome.INCONCLUSIVE, "cuda.oom.device", Status.WARN),
        (Outcome.SKIPPED, "", Status.SKIPPED),
    ],
)
def test_probe_of_the_driver_goes_first(outcome: Outcome, provoked: str, wanted: Status) -> None:
    """Where there is one, it was tried and not only read."""
    results = {"cuda-driver": result("cuda-driver", outcome, provoked)}

    assert status(state(system=machine({}), results=results), "gpu-driver") is wanted
