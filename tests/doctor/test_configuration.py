"""Checks of vLLM's configuration."""

from __future__ import annotations

import pytest

from logsleuth.doctor.check import Status
from logsleuth.model import Outcome
from tests.doctor.states import QUIET, result, state, status


@pytest.mark.parametrize(
    ("name", "settings", "wanted"),
    [
        ("max-model-len", {"max_model_len": "8192"}, Status.OK),
        ("max-model-len", {"max_model_len": "1048576"}, Status.WARN),
        ("max-num-seqs", {"max_num_seqs": "256"}, Status.OK),
        ("max-num-seqs", {"max_num_seqs": "2"}, Status.WARN),
        ("prefix-caching", {"enable_prefix_caching": "True"}, Status.OK),
        ("prefix-caching", {"enable_prefix_caching": "False"}, Status.WARN),
        ("chunked-prefill", {"engine": "V0"}, Status.WARN),
        ("chunked-prefill", {}, Status.SKIPPED),
        ("cuda-graphs", {"enforce_eager": "True"}, Status.WARN),
        ("parallel-size", {"tensor_parallel_size": "2"}, Status.OK),
        ("parallel-size", {"tensor_parallel_size": "2", "pipeline_parallel_size": "2"}, Status.FAIL),
        ("parallel-size", {"tensor_parallel_size": "4", "distributed_executor_backend": "ray"}, Status.OK),
        ("memory-utilization", {"gpu_memory_utilization": "0.5"}, Status.OK),
    ],
    ids=range(13),
)
def test_setting(name: str, settings: dict[str, str], wanted: Status) -> None:
    """A notice warns; no rule of a document is repeated that does not hold, such as a utilization of 0.9 at least."""
    assert status(state(settings, system={"gpus": [{"index": "0"}, {"index": "1"}]}), name) is wanted


def test_hub_is_left_alone_without_a_reason() -> None:
    """No diagnosis is about it."""
    results = {"hub-access": result("hub-access", Outcome.CONFIRMED)}

    assert status(state(report=QUIET, results=results), "model-hub") is Status.SKIPPED


def test_files_of_the_model_are_probed() -> None:
    """Where the log or a file names one."""
    results = {"model-files": result("model-files", Outcome.CONFIRMED)}

    assert status(state({"model": "/models/x"}, results=results), "model-files") is Status.FAIL
    assert status(state(results=results), "model-files") is Status.SKIPPED


@pytest.mark.parametrize(
    ("outcome", "provoked", "wanted"),
    [
        (Outcome.CONFIRMED, "dist.wrong-host-ip", Status.WARN),
        (Outcome.CONFIRMED, "dist.wrong-host-ip.bind", Status.FAIL),
        (Outcome.INCONCLUSIVE, "", Status.OK),
    ],
)
def test_address_of_this_node(outcome: Outcome, provoked: str, wanted: Status) -> None:
    """One node alone needs none that others reach, but never one of another machine."""
    found = result("host-address", outcome, provoked)

    assert status(state(results={"host-address": found}), "host-address") is wanted
