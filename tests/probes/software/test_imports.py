"""Imports in a real child, of packages written for the test."""

from __future__ import annotations

from pathlib import Path

import pytest

from logsleuth.model import Outcome, ProbeResult, Words
from logsleuth.probes.probe import Sample, Subject
from logsleuth.probes.run import run
from logsleuth.probes.software.imports import IMPORT_CHAIN, judge


def package(folder: Path, name: str, content: str = "") -> None:
    """A package of one module `inner`."""
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text("", encoding="utf-8")
    (folder / name / "inner.py").write_text(content, encoding="utf-8")


def asked(folder: Path, diagnosis: str, **facts: str) -> tuple[ProbeResult, Sample]:
    """The probe, for real, with `folder` on the path."""
    subject = Subject(diagnosis=diagnosis, facts=tuple(facts.items()))
    wishes = IMPORT_CHAIN.wishes(subject)
    assert isinstance(wishes, dict)
    sample = run(IMPORT_CHAIN, wishes, environment={"PYTHONPATH": str(folder)})
    return judge(sample, subject), sample


def test_every_link_is_imported(tmp_path: Path) -> None:
    """Refuted, with the chain."""
    package(tmp_path, "vllm", "class Known: ...")

    found, _ = asked(tmp_path, "deps.vllm-api", module="vllm.inner", name="Known")

    assert found.outcome is Outcome.REFUTED
    assert dict(found.facts)["imported"] == "vllm > vllm.inner > Known"


def test_name_that_is_missing_raises_what_the_log_has(tmp_path: Path) -> None:
    """The output holds Python's own words, for the catalog to read."""
    package(tmp_path, "vllm")

    _, sample = asked(tmp_path, "deps.vllm-api", module="vllm.inner", name="KVConnectorBase")

    assert "ImportError: cannot import name 'KVConnectorBase' from 'vllm.inner'" in sample.output
    assert sample.values["chain"] == ["vllm", "vllm.inner"]


def test_package_that_is_not_there(tmp_path: Path) -> None:
    """Beside vLLM it is missing; without vLLM it is the wrong interpreter."""
    assert asked(tmp_path, "deps.flash-attn", module="flash_attn")[0].outcome is Outcome.SKIPPED

    package(tmp_path, "vllm")
    found, _ = asked(tmp_path, "deps.flash-attn", module="flash_attn")

    assert (found.outcome, found.provoked) == (Outcome.CONFIRMED, "deps.module-missing")


def test_log_does_not_say_which_code_runs(tmp_path: Path) -> None:
    """A package of none of the stacks is looked for, and never imported."""
    package(tmp_path, "payload")
    (tmp_path / "payload" / "__init__.py").write_text("raise SystemExit('ran')", encoding="utf-8")

    found, sample = asked(tmp_path, "deps.module-missing", module="payload.inner")

    assert "ran" not in sample.output
    assert found.outcome is Outcome.REFUTED


@pytest.mark.parametrize("module", ["os; import x", "a b", ".x", "x.", "1a"])
def test_what_is_no_module_is_not_asked(module: str) -> None:
    """Words instead of wishes."""
    assert isinstance(IMPORT_CHAIN.wishes(Subject(diagnosis="storage", facts=(("module", module),))), Words)
