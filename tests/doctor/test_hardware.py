"""Checks of cards and memory."""

from __future__ import annotations

from dataclasses import replace

import pytest

from logsleuth.doctor.check import Area, Status
from logsleuth.doctor.examine import examine
from logsleuth.model import Facts, Outcome, ProbeResult
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
        (
            "host-memory",
            {
                "memory": {"MemTotal": 100, "MemAvailable": 50},
                "cgroup": {"memory_limit_bytes": 40, "memory_used_bytes": 39},
            },
            {},
            Status.WARN,
        ),
        ("shared-memory", {"shm_bytes": 64 << 20}, {}, Status.WARN),
        ("shared-memory", {"shm_bytes": 8 << 30}, {}, Status.OK),
    ],
    ids=range(17),
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


@pytest.mark.parametrize(
    ("outcome", "kills", "wanted"),
    [
        (Outcome.REFUTED, "0", Status.OK),
        (Outcome.INCONCLUSIVE, "3", Status.WARN),
        (Outcome.INCONCLUSIVE, "", Status.SKIPPED),
    ],
)
def test_kills(outcome: Outcome, kills: str, wanted: Status) -> None:
    """A kill of anybody is told; who cannot count them has passed nothing."""
    facts = (("kills_since_boot", kills),) if kills else ()
    found = replace(result("oom-kills", outcome), facts=facts)

    assert status(state(results={"oom-kills": found}), "oom-kills") is wanted


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"storage_backends": "['/mnt/a:/mnt/b']", "download_dir": "/models"}, "/mnt/a"),
        ({"download_dir": "/models"}, "/models"),
        ({}, "/scratch"),
    ],
)
def test_disk_that_the_service_fills(settings: dict[str, str], path: str) -> None:
    """That of the store, of the downloads, else of temporary files."""
    asked: list[str] = []

    def ask(name: str, facts: Facts) -> ProbeResult | None:
        asked.extend(dict(facts)["path"] for _ in range(name == "disk-space"))
        return None

    examine(replace(state(settings, system={"temporary": "/scratch"}), ask=ask), [Area.HARDWARE])

    assert asked == [path]
