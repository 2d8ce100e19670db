"""config.json and tokenizer files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logsleuth.probes.model_files.configuration import architectures, problems

GOOD = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "num_attention_heads": 40}


def model(folder: Path, config: object) -> None:
    """A folder with this config.json and a tokenizer."""
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")


@pytest.mark.parametrize(
    ("config", "size", "classes"),
    [
        (GOOD, 8, []),
        (GOOD, 16, ["vllm.tp-divisibility"]),
        ({**GOOD, "architectures": None}, 1, ["vllm.arch-missing"]),
        ({**GOOD, "model_type": ""}, 1, ["model.config-invalid"]),
        ({**GOOD, "rope_scaling": {"factor": 8.0}}, 1, ["model.config-invalid.rope"]),
        ({**GOOD, "rope_scaling": {"rope_type": "yarn", "type": "linear"}}, 1, ["model.config-invalid.rope"]),
        ({**GOOD, "rope_scaling": {"type": "yarn", "factor": 4.0}}, 1, []),
        ({**GOOD, "rope_parameters": {"full_attention": {"rope_type": "default"}}}, 1, []),
        ({**GOOD, "rope_scaling": "yarn"}, 1, ["model.config-invalid.rope"]),
        ({**GOOD, "num_attention_heads": None, "text_config": {"num_attention_heads": 6}}, 4, ["vllm.tp-divisibility"]),
        ([], 1, ["model.config-invalid"]),
    ],
    ids=range(11),
)
def test_configuration(tmp_path: Path, config: object, size: int, classes: list[str]) -> None:
    """Every contradiction under the class of the failure that it leads to."""
    model(tmp_path, config)

    assert [row["class"] for row in problems(tmp_path, size)] == classes


def test_files_that_are_missing_or_no_json(tmp_path: Path) -> None:
    """No config.json; then one without a tokenizer, and a damaged text."""
    assert [row["class"] for row in problems(tmp_path, 1)] == ["model.config-invalid"]

    (tmp_path / "config.json").write_text(json.dumps(GOOD), encoding="utf-8")
    (tmp_path / "generation_config.json").write_text("{", encoding="utf-8")

    classes = [row["class"] for row in problems(tmp_path, 1)]
    assert classes == ["model.checkpoint-corrupt.text-file", "vllm.tokenizer"]
    assert architectures(tmp_path) == "LlamaForCausalLM"
