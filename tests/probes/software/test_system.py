"""The machine in words."""

from __future__ import annotations

from logsleuth.doctor.examine import SYSTEM
from logsleuth.probes.run import run


def test_machine_tells_no_secrets() -> None:
    """Variables of the stacks are told, those that hold a secret are not."""
    given = {"NCCL_DEBUG": "INFO", "HF_TOKEN": "hf_x", "VLLM_API_KEY": "k", "EDITOR": "vi", "PATH": "/usr/bin:/bin"}

    told = run(SYSTEM, {}, environment=given)

    assert told.is_complete
    assert told.values["variables"] == {"NCCL_DEBUG": "INFO"}
    assert told.values["processors"]
    assert told.values["os"]
