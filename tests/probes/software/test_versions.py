"""Versions of this interpreter, and made-up ones."""

from __future__ import annotations

from typing import Final

import pytest

from logsleuth.model import Outcome
from logsleuth.probes.probe import Json, Sample, Subject
from logsleuth.probes.run import run
from logsleuth.probes.software.versions import VERSION_PAIR, conflicts, judge

GOOD: Final[dict[str, Json]] = {
    "python": "3.12.1",
    "versions": {"vllm": "0.11.0", "torch": "2.8.0+cu128", "transformers": "4.57.0", "ucm": "0.4.0"},
    "all": {"vllm": "0.11.0", "torch": "2.8.0+cu128", "transformers": "4.57.0", "numpy": "2.2.6"},
    "requirements": {"vllm": ["torch==2.8.0", "numpy", "ray[cgraph]>=2.48; extra == 'ray'", "tomli; python_version<'3.11'"]},
    "ucm_packages": ["uc-manager 0.4.0"],
}  # fmt: skip
OLD: Final[dict[str, Json]] = {
    **GOOD,
    "all": {"vllm": "0.11.0", "torch": "2.8.0", "transformers": "4.30.0"},
    "requirements": {"vllm": ["transformers>=4.55.2", "not a requirement ="]},
}


def sample(values: dict[str, Json]) -> Sample:
    """A child that told these values."""
    return Sample(is_complete=True, values=values)


@pytest.mark.parametrize(
    ("values", "subject", "outcome"),
    [
        (GOOD, Subject(diagnosis="deps.transformers.version"), Outcome.REFUTED),
        (OLD, Subject(diagnosis="deps.transformers"), Outcome.CONFIRMED),
        (OLD, Subject(diagnosis="deps.version-conflict", facts=(("name", "transformers"),)), Outcome.CONFIRMED),
        (OLD, Subject(diagnosis="deps.triton"), Outcome.INCONCLUSIVE),
        (GOOD, Subject(diagnosis="deps.vllm-api", environment=(("vllm", "0.9.2"),)), Outcome.INCONCLUSIVE),
        (
            {**GOOD, "versions": {"vllm": "0.21.0", "ucm": "0.5.0rc1"}},
            Subject(diagnosis="ucm.version.constructor"),
            Outcome.CONFIRMED,
        ),
        (
            {**GOOD, "versions": {"vllm": "0.9.2", "ucm": "0.4.0"}},
            Subject(diagnosis="ucm.version"),
            Outcome.INCONCLUSIVE,
        ),
        (
            {**GOOD, "ucm_packages": ["uc-manager-cuda-12 0.9.0", "uc-manager-ascend 0.9.0"]},
            Subject(diagnosis="ucm.native-missing.several-wheels"),
            Outcome.CONFIRMED,
        ),
        (
            {**GOOD, "ucm_packages": ["uc-manager 0.9.0", "uc-manager-cuda-12 0.9.0"]},
            Subject(diagnosis="ucm.native-missing.several-wheels"),
            Outcome.REFUTED,
        ),
        (
            {**GOOD, "ucm_packages": ["uc-manager 0.5.0", "uc-manager-cuda-12 0.9.0"]},
            Subject(diagnosis="ucm.native-missing.several-wheels"),
            Outcome.CONFIRMED,
        ),
        ({"versions": {}}, Subject(diagnosis="deps.vllm-api"), Outcome.SKIPPED),
    ],
    ids=range(11),
)
def test_judged(values: dict[str, Json], subject: Subject, outcome: Outcome) -> None:
    """Only conflicts of the packages that the diagnosis is about confirm it."""
    assert judge(sample(values), subject).outcome is outcome


def test_extras_and_markers_that_do_not_hold_are_no_requirements() -> None:
    """As pip check reads them."""
    assert conflicts(GOOD) == ()


def test_this_interpreter() -> None:
    """A real child: what is installed for the tests is told, and nothing is imported."""
    told = run(VERSION_PAIR, {})

    assert told.is_complete
    every = told.values["all"]
    assert isinstance(every, dict)
    assert every["pyyaml"]
