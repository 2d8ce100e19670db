"""Checks of versions and variables."""

from __future__ import annotations

import pytest

from logsleuth.doctor.check import Status
from tests.doctor.states import QUIET, items, state, status


@pytest.mark.parametrize(
    ("name", "settings", "versions", "wanted"),
    [
        ("cuda-version", {"cuda": "11.7"}, {}, Status.FAIL),
        ("cuda-version", {}, {"torch": "2.9.0+cu128"}, Status.OK),
        ("torch-version", {"torch": "1.13.1"}, {}, Status.FAIL),
        ("torch-version", {}, {"torch": "2.9.0+cu128"}, Status.OK),
        ("vllm-version", {"vllm": "0.5.3.post1"}, {}, Status.FAIL),
        ("vllm-version", {"vllm": "0.11.0"}, {"vllm": "0.13.0"}, Status.WARN),
        ("vllm-version", {"vllm": "0.11.0"}, {}, Status.OK),
        ("versions-fit", {}, {"vllm": "0.11.0", "torch": "2.9.0"}, Status.FAIL),
        ("versions-fit", {"vllm": "0.11.0", "torch": "2.9.0"}, {}, Status.FAIL),
        ("versions-fit", {}, {"vllm": "0.11.0", "ucm": "0.3.0"}, Status.OK),
        ("versions-fit", {}, {"vllm": "0.13.0", "ucm": "0.3.0"}, Status.WARN),
        ("attention", {}, {"vllm": "0.11.0"}, Status.OK),
        ("attention", {}, {"flash_attn": "2.8.0"}, Status.OK),
        ("attention", {}, {}, Status.SKIPPED),
    ],
    ids=range(14),
)
def test_versions(name: str, settings: dict[str, str], versions: dict[str, str], wanted: Status) -> None:
    """Those of the log go before those of this machine."""
    assert status(state(settings, versions=versions), name) is wanted


@pytest.mark.parametrize(
    ("variables", "vllm", "debugging", "cumem"),
    [
        ({}, "0.11.0", Status.OK, Status.OK),
        ({"VLLM_TRACE_FUNCTION": "1"}, "0.11.0", Status.WARN, Status.OK),
        ({"NCCL_DEBUG": "TRACE", "CUDA_LAUNCH_BLOCKING": "0"}, "0.11.0", Status.WARN, Status.OK),
        ({"NCCL_CUMEM_ENABLE": "1"}, "0.9.2", Status.OK, Status.FAIL),
        ({"NCCL_CUMEM_ENABLE": "0"}, "0.11.0", Status.OK, Status.WARN),
        ({"NCCL_CUMEM_ENABLE": "0"}, "0.9.2", Status.OK, Status.OK),
    ],
)
def test_variables(variables: dict[str, str], vllm: str, debugging: Status, cumem: Status) -> None:
    """What is left over from debugging, and what only some versions need."""
    given = state({"vllm": vllm}, system={"variables": {**variables}})

    assert (status(given, "debug-variables"), status(given, "nccl-cumem")) == (debugging, cumem)


def test_log_without_failures_passes_what_a_log_can_show() -> None:
    """Imports and platform."""
    found = items(state({"vllm": "0.11.0"}, report=QUIET))

    assert found["imports"].finding.status is found["platform"].finding.status is Status.OK
