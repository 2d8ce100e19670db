"""Every measurement, run for real where there is no GPU: a clean answer, never a pass."""

from __future__ import annotations

import ctypes

import pytest

from logsleuth.model.probe import Outcome
from logsleuth.probes.cuda import CUDA
from logsleuth.probes.probe import Need, Probe, Subject, Touch
from logsleuth.probes.run import address_space, run
from logsleuth.probes.speed import SPEED

MODEL = (("model", "org/Model-7B"), ("weights_gib", "14.2"))
FAMILIES = (*CUDA, *SPEED)


def _has_driver() -> bool:
    try:
        ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return True


@pytest.mark.skipif(_has_driver(), reason="a driver is here")
@pytest.mark.parametrize("probe", FAMILIES, ids=lambda probe: probe.name)
def test_nothing_passes_without_a_gpu(probe: Probe) -> None:
    """Skipped with a reason; the two that ask whether a driver is there find that it is not."""
    subject = Subject(environment=MODEL)
    wishes = probe.wishes(subject)
    assert isinstance(wishes, dict)

    sample = run(probe, wishes)
    found = probe.judge(sample, subject)

    assert sample.is_complete, sample.output
    if Need.GPU in probe.needs:
        assert found.outcome is Outcome.SKIPPED
    assert probe.name == "cuda-toolkit" or found.outcome in {Outcome.SKIPPED, Outcome.INCONCLUSIVE}
    assert found.name == probe.name
    assert found.detail.en
    assert found.detail.zh


@pytest.mark.parametrize("probe", FAMILIES, ids=lambda probe: probe.name)
def test_a_probe_says_what_it_touches_and_predicts(probe: Probe) -> None:
    """Whatever computes on a GPU is guarded where the GPU is in use; rivals predict different things."""
    says = [prediction.says.en for prediction in probe.predictions]

    assert (Touch.GPU in probe.touches) == (Need.GPU in probe.needs)
    assert len(set(says)) == len(says) >= 2
    assert probe.answers
    assert probe.hypothesis.en != probe.hypothesis.zh


@pytest.mark.parametrize("probe", FAMILIES, ids=lambda probe: probe.name)
def test_the_address_space_of_what_loads_a_driver_is_not_limited(probe: Probe) -> None:
    """It maps all memory of all cards before it does anything."""
    assert address_space(probe) == 0 or probe.name == "cuda-toolkit"


@pytest.mark.parametrize("probe", FAMILIES, ids=lambda probe: probe.name)
@pytest.mark.parametrize("how", ["hung", "killed", "out of memory", "silent"])
def test_a_child_that_tells_nothing_decides_nothing(probe: Probe, how: str) -> None:
    """Hang, crash, memory guard."""
    from logsleuth.probes.probe import Sample

    sample = {
        "hung": Sample(is_timed_out=True, seconds=30.0),
        "killed": Sample(signal=11),
        "out of memory": Sample(is_out_of_memory=True, signal=9),
        "silent": Sample(exit_status=1),
    }[how]

    found = probe.judge(sample, Subject(environment=MODEL))

    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.detail.en
