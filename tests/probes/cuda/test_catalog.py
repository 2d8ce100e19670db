"""The signatures and the probes know one another."""

from __future__ import annotations

from logsleuth.catalog.load import load_catalog
from logsleuth.probes.cuda import CUDA
from logsleuth.probes.speed import SPEED
from logsleuth.probes.table import answering, is_under

OURS = {probe.name: probe for probe in (*CUDA, *SPEED)}
FAMILIES = ("cuda.", "gpu.", "perf.")
# what a probe answers by its class, although nothing on this machine can decide this form of it
UNDECIDED = {
    "cuda.library-missing.extension": "a part of vLLM itself",
    "cuda.library-missing.linker": "a loader that another program names",
    "cuda.library-missing.nccl": "a path that vLLM was given",
    "cuda.library-missing.tensile": "files of ROCm, which no probe reads",
    "cuda.launch-failure.resources": "registers of one kernel",
    "cuda.oom.device.size-overflow": "a size that no card has",
    "cuda.oom.device.tgi-warmup": "another server",
    "gpu.driver-missing.container-rpc": "the runtime on the host",
    "gpu.driver-missing.container-toolkit": "the runtime on the host",
    "gpu.driver-missing.smi-library": "a library of nvidia-smi alone",
    "gpu.fabric-manager.nvls": "several cards at once",
    "gpu.not-visible.device-uuid": "a version that cannot read the name",
}


def test_every_signature_that_a_probe_can_decide_names_one() -> None:
    """And no other."""
    catalog = load_catalog()
    answered = {
        signature.id: {probe.name for probe in answering(signature.id) if probe.name in OURS}
        for signature in catalog.signatures
        if signature.id.startswith(FAMILIES)
    }
    named = {signature.id: {probe.name for probe in signature.probes} for signature in catalog.signatures}

    silent = {name for name, probes in answered.items() if probes and not named[name]}

    assert silent == set(UNDECIDED)


def test_a_class_that_is_answered_is_one_of_the_catalog() -> None:
    """No probe waits for a diagnosis that cannot come."""
    ids = [signature.id for signature in load_catalog().signatures]

    assert [
        name for probe in OURS.values() for name in probe.answers if not any(is_under(one, name) for one in ids)
    ] == []
