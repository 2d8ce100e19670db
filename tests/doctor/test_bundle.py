"""The body of an issue."""

from __future__ import annotations

from logsleuth.doctor.bundle import render
from logsleuth.doctor.examine import examine
from logsleuth.probes.probe import Json
from tests.doctor.states import state

SYSTEM: dict[str, Json] = {
    "os": "Ubuntu 22.04.5 LTS",
    "machine": "x86_64",
    "gpus": [{"index": "0", "name": "NVIDIA H200", "driver_version": "570.1"}],
    "variables": {"NCCL_DEBUG": "INFO"},
    "topology": "GPU0\tX\n```\nNV18",
}
SETTINGS = {"model": "x", "api_key": "sk-abcdefghijklmnopqrstuvwx", "note": "```\n# not a heading"}


def test_environment_has_the_sections_of_the_template() -> None:
    """As vLLM's collect_env.py prints it."""
    given = state(SETTINGS, versions={"vllm": "0.11.0", "torch": "2.8.0+cu128"}, system=SYSTEM)

    said = render(given, examine(given))

    assert "### Your current environment" in said
    assert "### 🐛 Describe the bug" in said
    assert "PyTorch version              : 2.8.0+cu128\nCUDA used to build PyTorch   : 12.8" in said
    assert "GPU models and configuration : GPU 0: NVIDIA H200" in said
    assert "[pip3] vllm==0.11.0" in said
    assert "NCCL_DEBUG=INFO" in said


def test_issue_is_public() -> None:
    """Secrets are replaced, and no value ends the block it stands in."""
    given = state(SETTINGS, system=SYSTEM)

    said = render(given, examine(given))

    assert "sk-abc" not in said
    assert said.count("```") % 2 == 0
    assert "\n# not a heading" not in said
