"""The probes that need no torch, run for real in their children over a stand-in for the driver's library."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import byref, c_void_p

import pytest

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.terms import Facts
from logsleuth.probes.cuda import CUDA
from logsleuth.probes.cuda.architecture import of_driver
from logsleuth.probes.cuda.driver import Driver, load
from logsleuth.probes.cuda.telling import sacrifice
from logsleuth.probes.probe import Json, Subject

PROBES = {probe.name: probe for probe in CUDA}
Ask = Callable[..., ProbeResult]
NEED = (("requested", "2.00 GiB"), ("allocated", "60.00 GiB"), ("reserved", "1.00 GiB"))
FAULT: dict[str, Json] = {"fault": True}


@pytest.mark.parametrize(
    ("name", "diagnosis", "facts", "fake", "expected"),
    [
        ("cuda-driver", "gpu.driver-missing", (), {}, (Outcome.REFUTED, "")),
        ("cuda-driver", "gpu.fabric-manager", (), {"FAKE_INIT": "802"}, (Outcome.CONFIRMED, "gpu.fabric-manager")),
        ("cuda-driver", "cuda.driver-too-old", (), {"FAKE_INIT": "802"}, (Outcome.INCONCLUSIVE, "gpu.fabric-manager")),
        ("cuda-devices", "cuda.invalid-device", (("gpu", "3"),), {}, (Outcome.CONFIRMED, "cuda.invalid-device")),
        ("cuda-devices", "cuda.invalid-device", (("gpu", "3"),), {"FAKE_COUNT": "4"}, (Outcome.REFUTED, "")),
        ("cuda-devices", "dist.not-enough-gpus", (("world_size", "2"),), {}, (Outcome.CONFIRMED, "cuda.invalid-device")),
        ("cuda-devices", "gpu.not-visible", (), {"FAKE_INIT": "100"}, (Outcome.CONFIRMED, "gpu.not-visible")),
        ("cuda-devices", "gpu.not-visible", (), {}, (Outcome.REFUTED, "")),
        ("cuda-context", "gpu.busy", (), {"FAKE_CONTEXT": "46"}, (Outcome.CONFIRMED, "gpu.busy")),
        ("cuda-context", "gpu.fabric-manager", (), {"FAKE_CONTEXT": "46"}, (Outcome.INCONCLUSIVE, "gpu.busy")),
        ("cuda-context", "gpu.busy", (), {}, (Outcome.REFUTED, "")),
        ("cuda-alloc", "cuda.oom.device", NEED, {}, (Outcome.REFUTED, "")),
        ("cuda-alloc", "cuda.oom.device.weights", NEED, {"FAKE_FREE_MIB": "9000"}, (Outcome.CONFIRMED, "cuda.oom.device.runtime")),
        ("cuda-alloc", "vllm.startup-memory", (("requested", "71 GiB"),), {"FAKE_FREE_MIB": "9000"}, (Outcome.CONFIRMED, "cuda.oom.device.runtime")),
        ("cuda-alloc", "cuda.oom.device.tenancy", (("requested", "99 GiB"),), {}, (Outcome.REFUTED, "cuda.oom.device.runtime")),
        ("cuda-pinned", "cuda.oom.pinned", (("requested", "64 MiB"),), {}, (Outcome.REFUTED, "")),
        ("cuda-pinned", "cuda.oom.pinned.ucm", (("requested", str(1 << 50)),), {}, (Outcome.CONFIRMED, "cuda.oom.pinned")),
        ("cuda-pinned", "cuda.oom.pinned", (("requested", str(1 << 50)),), {"FAKE_RESERVED": "1"}, (Outcome.CONFIRMED, "cuda.oom.pinned")),
        ("cuda-pinned", "cuda.oom.pinned", (("requested", str(1 << 46)),), {"FAKE_RESERVED": "1"}, (Outcome.INCONCLUSIVE, "")),
        ("cuda-launch", "cuda.invalid-configuration", (), {}, (Outcome.REFUTED, "cuda.invalid-configuration")),
        ("cuda-launch", "cuda.invalid-configuration", (), {"FAKE_KERNEL": "1"}, (Outcome.INCONCLUSIVE, "unknown")),
        ("cuda-access", "cuda.illegal-access", (), {}, (Outcome.REFUTED, "cuda.illegal-access")),
        ("cuda-access", "cuda.illegal-access", (), {"FAKE_KERNEL": "700"}, (Outcome.CONFIRMED, "cuda.illegal-access")),
        ("cuda-access", "cuda.illegal-access", (), {"FAKE_KERNEL": "2"}, (Outcome.INCONCLUSIVE, "cuda.oom.device.runtime")),
    ],
)  # fmt: skip
def test_what_a_machine_does_decides(
    ask: Ask, name: str, diagnosis: str, facts: Facts, fake: dict[str, str], expected: tuple[Outcome, str]
) -> None:
    """The class of the error that was met is read by the catalog, not by the probe."""
    found = ask(PROBES[name], Subject(diagnosis=diagnosis, facts=facts), fake=fake)

    assert (found.outcome, found.provoked) == expected, (found.detail.en, found.output)
    assert found.detail.zh


@pytest.mark.parametrize(
    ("name", "diagnosis"),
    [("cuda-access", "cuda.illegal-access"), ("cuda-launch", "cuda.invalid-configuration")],
)
def test_a_fault_put_in_the_place_of_the_sound_kernel_confirms(ask: Ask, name: str, diagnosis: str) -> None:
    """As the acceptance on a GPU does it; the error is that of another process."""
    found = ask(PROBES[name], Subject(diagnosis=diagnosis), wishes=FAULT)

    assert (found.outcome, found.provoked) == (Outcome.CONFIRMED, diagnosis)


@pytest.mark.parametrize(
    ("fake", "requested", "cause"),
    [
        ({"FAKE_FREE_MIB": "9000"}, "20 GiB", "tenancy"),
        ({}, "99 GiB", "does-not-fit"),
        ({"FAKE_LIMIT_MIB": "1000"}, "20 GiB", "unexplained"),
    ],
)
def test_the_rivals_of_an_exhausted_card_are_told_apart(
    ask: Ask, fake: dict[str, str], requested: str, cause: str
) -> None:
    """Others hold it, it is too small, or neither."""
    subject = Subject(diagnosis="cuda.oom.device", facts=(("requested", requested),))

    found = ask(PROBES["cuda-alloc"], subject, fake=fake)

    assert found.outcome is Outcome.CONFIRMED
    assert dict(found.facts)["cause"] == cause


def test_an_allocation_is_given_back(ask: Ask) -> None:
    """A second question meets the same card; each child starts with nothing taken."""
    subject = Subject(diagnosis="cuda.oom.device", facts=NEED)

    first, second = (ask(PROBES["cuda-alloc"], subject) for _ in range(2))

    assert dict(first.facts) == dict(second.facts)
    assert int(dict(first.facts)["reached_bytes"]) == 63 << 30


@pytest.fixture
def driver(driver_folder: str) -> Driver:
    """The stand-in within this process."""
    found = load(f"{driver_folder}/libcuda.so.1")
    found.start()
    return found


def test_no_context_is_left_on_the_thread(driver: Driver) -> None:
    """What is released is dead: the runtime, which takes what is current, would fail on it."""
    current = c_void_p(1)

    with driver.context(driver.device(0)):
        driver.call("cuCtxGetCurrent", byref(current))
        within = current.value
    driver.call("cuCtxGetCurrent", byref(current))

    assert (within is None, current.value) == (False, None)


def test_a_driver_without_its_compiler_decides_nothing(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container may lack the library that compiles PTX; torch's own kernels are tried all the same."""
    assert of_driver(driver, 0) == {"runs_ptx": True}
    monkeypatch.setenv("FAKE_KERNEL", "46")

    found = of_driver(driver, 0)

    assert found["runs_ptx"] is False
    assert "busy or unavailable" in str(found["ptx_error"])
    assert of_driver(None, 0) == {}


def test_the_toolkit_s_stub_is_named(ask: Ask) -> None:
    """The library that programs are linked with has no texts for its errors."""
    found = ask(PROBES["cuda-context"], Subject(diagnosis="gpu.busy"), fake={"FAKE_INIT": "34"})

    assert found.outcome is Outcome.SKIPPED
    assert "CUDA driver is a stub library" in found.detail.en


def test_a_sacrifice_that_does_not_end_is_ended(capfd: pytest.CaptureFixture[str]) -> None:
    """What it printed until then is told, and that it was ended."""
    output = sacrifice("cuda.forking:worker", {}, timeout_s=0.001)

    assert "did not end in time" in output
    assert capfd.readouterr().out == output
