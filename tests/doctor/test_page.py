"""The items as text and JSON."""

from __future__ import annotations

import json

from logsleuth.doctor.examine import examine
from logsleuth.doctor.page import SCHEMA, encode, render
from tests.doctor.states import state

SECRET = state(
    {"vllm": "0.5.2", "kv_connector": "UCMConnector", "storage_backends": "/mnt/hf_abcdefghijklmnop1234567890"}
)


def test_text_has_areas_reasons_and_what_to_do() -> None:
    """In both languages; what to give for more is said once."""
    said = render(examine(SECRET))

    assert "  ✗ vLLM: vLLM 0.5.2 may hang in ZMQ.\n      → Upgrade vLLM to 0.5.4 or later." in said
    assert said.count("→ Name a log: logsleuth doctor vllm.log") == 1
    assert "升级" in render(examine(SECRET), language="zh")


def test_json_is_one_document() -> None:
    """Every item with its status and the rows that ask for it."""
    said = json.loads(encode(examine(SECRET)))

    assert said["schema"] == SCHEMA
    found = next(item for item in said["items"] if item["id"] == "vllm-version")
    assert (found["status"], found["area"], "S4-15" in found["rows"]) == ("fail", "software", True)
