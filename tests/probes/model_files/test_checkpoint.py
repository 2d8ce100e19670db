"""The files of a model, measured in a child."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logsleuth.model import Outcome, ProbeResult
from logsleuth.probes.model_files.checkpoint import HUB_CACHE, MODEL_FILES_PROBE
from logsleuth.probes.probe import Probe, Subject
from logsleuth.probes.run import run

CONFIG = {"architectures": ["X"], "model_type": "x", "num_attention_heads": 12}


def model(folder: Path, *, cut: int = 0) -> Path:
    """A model of one shard, with so many bytes missing at its end."""
    header = json.dumps({"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}).encode()
    content = len(header).to_bytes(8, "little") + header + bytes(16)
    (folder / "model.safetensors").write_bytes(content[: len(content) - cut])
    (folder / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    return folder


def asked(probe: Probe, diagnosis: str, environment: dict[str, str] | None = None, **facts: str) -> ProbeResult:
    """The probe, for real."""
    subject = Subject(diagnosis=diagnosis, facts=tuple(facts.items()))
    wishes = probe.wishes(subject)
    assert isinstance(wishes, dict)
    return probe.judge(run(probe, wishes, environment=environment or {}), subject)


@pytest.mark.parametrize(
    ("diagnosis", "cut", "size", "outcome", "provoked"),
    [
        ("model.checkpoint-corrupt.header", 0, "1", Outcome.REFUTED, ""),
        ("model.checkpoint-corrupt.header", 3, "1", Outcome.CONFIRMED, "model.checkpoint-corrupt.truncated"),
        ("model.config-invalid", 3, "1", Outcome.INCONCLUSIVE, "model.checkpoint-corrupt.truncated"),
        ("model.checkpoint-mismatch.shape", 0, "1", Outcome.INCONCLUSIVE, ""),
        ("vllm.tp-divisibility", 0, "8", Outcome.CONFIRMED, "vllm.tp-divisibility"),
    ],
)
def test_files(tmp_path: Path, diagnosis: str, cut: int, size: str, outcome: Outcome, provoked: str) -> None:
    """Whole files refute, the damage of the diagnosis confirms, another one decides nothing."""
    folder = model(tmp_path, cut=cut)

    found = asked(MODEL_FILES_PROBE, diagnosis, path=str(folder), tensor_parallel_size=size)

    assert (found.outcome, found.provoked) == (outcome, provoked), found


def test_file_of_a_diagnosis_leads_to_its_folder(tmp_path: Path) -> None:
    """A traceback names the shard, not the folder."""
    shard = model(tmp_path, cut=1) / "model.safetensors"

    found = asked(MODEL_FILES_PROBE, "model.checkpoint-corrupt.truncated", file=str(shard))

    assert found.outcome is Outcome.CONFIRMED
    assert "model.safetensors: 1 bytes of 16" in found.detail.en


@pytest.mark.parametrize(
    ("diagnosis", "outcome"), [("model.not-found.path", Outcome.CONFIRMED), ("model.weights-missing", Outcome.SKIPPED)]
)
def test_folder_that_is_not_here(tmp_path: Path, diagnosis: str, outcome: Outcome) -> None:
    """That is the failure itself, or the wrong machine."""
    assert asked(MODEL_FILES_PROBE, diagnosis, path=str(tmp_path / "none")).outcome is outcome


def test_model_that_the_cache_lacks(tmp_path: Path) -> None:
    """The child looks where the variables of the service point."""
    found = asked(HUB_CACHE, "model.hub-unreachable.offline", {"HF_HOME": str(tmp_path)}, model="org/name")

    assert (found.outcome, found.provoked) == (Outcome.CONFIRMED, "model.hub-unreachable.offline")
    assert str(tmp_path) in found.detail.en
