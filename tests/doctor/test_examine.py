"""The checklists as a whole."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from logsleuth.doctor.check import Area, Status
from logsleuth.doctor.examine import CHECKS, collect, examine, is_failed
from logsleuth.probing import Terms
from tests.doctor.states import items, state

# every row of the source documents that asks for a check of the machine, the software or the configuration
ROWS = {
    "S0-8", "S1-2.1", "S1-6", "S2-B.3.1", "S2-B.3.2", "S2-B.3.3", "S2-B.3.4",
    "S4-1", "S4-2", "S4-3", "S4-4", "S4-5", "S4-6", "S4-7", "S4-8", "S4-9", "S4-10", "S4-11", "S4-12", "S4-13", "S4-14",
    "S4-15", "S4-16",
}  # fmt: skip


def test_every_row_has_its_item() -> None:
    """No checklist of the source documents is left out."""
    assert {row for check in CHECKS for row in check.rows} >= ROWS


def test_items_have_one_name_each_and_both_languages() -> None:
    """Programs tell them apart by their names."""
    assert max(Counter(check.id for check in CHECKS).values()) == 1
    assert all(check.title.en and check.title.zh for check in CHECKS)
    assert {check.area for check in CHECKS} == set(Area)


def test_nothing_known_is_nothing_passed() -> None:
    """What was not looked at is skipped with a reason in both languages, never ok."""
    found = items(state())

    passed = {name for name, item in found.items() if item.finding.status is not Status.SKIPPED}
    assert passed == {"debug-variables"}
    assert all(item.finding.reason.en and item.finding.reason.zh for item in found.values())


def test_area_is_chosen() -> None:
    """Only its own items."""
    chosen = examine(state(), [Area.UCM_PERFORMANCE])

    assert {item.check.area for item in chosen} == {Area.UCM_PERFORMANCE}
    assert not is_failed(chosen)


@pytest.mark.usefixtures("clean")
def test_log_and_file_on_this_machine(tmp_path: Path) -> None:
    """Everything real: a log, a file, probes of this machine."""
    log, file = tmp_path / "vllm.log", tmp_path / "ucm.yaml"
    log.write_text(
        "INFO 06-10 21:32:17 [core.py:58] Initializing a V1 LLM engine (v0.11.0) with config: model='/none/x', "
        "tensor_parallel_size=2, enable_prefix_caching=False, \n"
        "(EngineCore_DP0 pid=9) ERROR 06-10 21:32:18 [core.py:700] ValueError: Unsupported connector type: UCMConnector\n",
        encoding="utf-8",
    )
    file.write_text("ucm_connectors: [{ucm_connector_name: UcmNfsStore, ucm_connector_config: {buffer_number: 8}}]")

    found = {item.check.id: item.finding for item in examine(collect([str(log)], [file], Terms(variables={})))}

    assert found["vllm-version"].reason.en == "vLLM 0.11.0."
    assert found["ucm-connector"].status is Status.FAIL
    assert found["ucm-connector"].remedy.zh
    assert found["ucm-buffer"].status is Status.FAIL
    assert found["prefix-caching"].status is Status.WARN
    assert found["model-files"].status is Status.SKIPPED
    assert found["socket-interface"].status in {Status.OK, Status.FAIL}
