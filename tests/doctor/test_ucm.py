"""Checks of UCM."""

from __future__ import annotations

import pytest

from logsleuth.doctor.check import Status
from logsleuth.model import Outcome
from tests.doctor.states import QUIET, result, state, status

STORE = {"kv_connector": "UCMConnector", "ucm_connector_name": "UcmPipelineStore"}
NFS = {**STORE, "ucm_connector_name": "UcmNfsStore"}
PATHS = {"path-writable": result("path-writable", Outcome.CONFIRMED)}


@pytest.mark.parametrize(
    ("name", "settings", "wanted"),
    [
        ("ucm-version", {"ucm": "0.4.0", "vllm": "0.11.0"}, Status.OK),
        ("ucm-version", {"ucm": "0.4.0", "vllm": "0.13.0"}, Status.WARN),
        ("ucm-version", {"ucm": "0.4.0", "vllm": "0.21.0"}, Status.FAIL),
        ("ucm-version", STORE, Status.SKIPPED),
        ("ucm-keys", {**STORE, "pinned_pool_size": "1"}, Status.WARN),
        ("ucm-keys", STORE, Status.OK),
        ("ucm-storage", {**STORE, "storage_backends": "['/mnt/a:/mnt/b']"}, Status.FAIL),
        ("ucm-storage", STORE, Status.SKIPPED),
        ("ucm-storage", {**STORE, "storage_backends": "':'"}, Status.SKIPPED),
        ("ucm-buffer", {**NFS, "buffer_number": "512"}, Status.FAIL),
        ("ucm-buffer", {**NFS, "buffer_number": "1024"}, Status.OK),
        ("ucm-buffer", {**STORE, "ucm": "0.3.0", "buffer_number": "1000"}, Status.FAIL),
        ("ucm-buffer", {**STORE, "buffer_number": "512"}, Status.WARN),
        ("ucm-buffer", {**STORE, "cache_buffer_capacity_gb": "32"}, Status.OK),
        ("ucm-block-size", {**STORE, "ucm_block_size": "64", "block_size": "128"}, Status.FAIL),
        ("ucm-block-size", {**STORE, "block_size": "128"}, Status.OK),
        ("ucm-connector", {"kv_connector": "UCMConnector"}, Status.WARN),
        ("ucm-patches", {**STORE, "ucm_patches": "patches applied"}, Status.OK),
    ],
    ids=range(18),
)
def test_item(name: str, settings: dict[str, str], wanted: Status) -> None:
    """As the version in force reads it, not as a guide for another one says."""
    assert status(state(settings, results=PATHS), name) is wanted


@pytest.mark.parametrize(
    "name", ["ucm-keys", "ucm-buffer", "ucm-block-size", "ucm-hit-rate", "ucm-store", "ucm-import"]
)
def test_server_without_ucm_passes_none_of_it(name: str) -> None:
    """A log that shows no UCM is no proof that UCM works."""
    assert status(state({"kv_connector": "LMCacheConnectorV1"}, report=QUIET), name) is Status.SKIPPED


def test_quiet_log_with_ucm_passes_run_time_and_performance() -> None:
    """Nothing that the log could show went wrong."""
    given = state(STORE, report=QUIET)

    names = ("ucm-store", "ucm-lookup", "ucm-transfer", "ucm-hashes", "ucm-hit-rate", "ucm-speed", "ucm-lookup-time")
    assert {status(given, name) for name in names} == {Status.OK}
