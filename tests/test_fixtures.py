"""The corpus: every log of `fixtures/` gets the answer that its `case.yaml` tells, through the public API.

A case names its `verdict`, and for a failure the class of its `first` cause and the `line` that decides. A labelled case
instead lists what the first diagnosis may be (`expect`, `accept`) and may not be (`not_first`), an expression that its
evidence must match, and facts that it must hold; or it is `healthy`. An answer that is still wrong says so in
`known_wrong`, with the reason: the test fails as soon as it comes right.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from logsleuth import Diagnosis, Report, Role, Settings, Severity, analyze

FIXTURES = Path(__file__).parents[1] / "fixtures"
ALARMS = {Role.ROOT, Role.PERF}
LABELS = {"id", "source", "origin", "licence", "logs", "expect", "accept", "also", "not_first", "evidence", "facts"}
KEYS = {
    False: {"origin", "licence", "verdict", "first", "line", "known_wrong"},
    True: {*LABELS, "healthy", "note", "known_wrong"},
}
REQUIRED = {False: {"origin", "licence", "verdict"}, True: {"origin", "licence", "expect"}}


def truth(case: Path) -> dict[str, Any]:
    """What `case.yaml` says."""
    values = yaml.safe_load((case / "case.yaml").read_text(encoding="utf-8"))
    assert isinstance(values, dict)
    return values


def is_labelled(case: Path) -> bool:
    """Whether the case says what is allowed, and not what is wanted exactly."""
    return "expect" in truth(case)


def name(case: Path) -> str:
    """The folder within `fixtures/`."""
    return str(case.relative_to(FIXTURES))


def fits(found: str, classes: list[str]) -> bool:
    """Whether an id is one of these, or one of these followed by further parts."""
    return any(f"{found}.".startswith(f"{one}.") for one in classes)


def logs(case: Path) -> list[Path]:
    """The inputs of a case, in order."""
    named = truth(case).get("logs") or ["log.txt"]
    return [case / log for log in named] if is_labelled(case) else sorted(case.glob("input.*"))


def answer(case: Path, cache: str) -> Report:
    """The report on the case's logs."""
    return analyze(logs(case), settings=Settings(cache=Path(cache)))


CASES = sorted(path.parent for path in FIXTURES.rglob("case.yaml"))
QUIET = [case for case in CASES if truth(case).get("verdict") == "healthy" or truth(case).get("healthy")]
LOUD = [case for case in CASES if case not in QUIET]


def judged(cases: list[Path]) -> list[object]:
    """The cases as parameters; those known to be answered wrongly are expected to fail."""
    reasons = {case: truth(case).get("known_wrong") for case in cases}
    marks = {
        case: [pytest.mark.xfail(strict=True, reason=reason)] if reason else [] for case, reason in reasons.items()
    }
    return [pytest.param(case, id=name(case), marks=marks[case]) for case in cases]


@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_case_is_complete(case: Path) -> None:
    """Its logs, where they come from, their licence and what is true of them."""
    values, labelled = truth(case), is_labelled(case)

    assert set(values) >= REQUIRED[labelled]
    assert set(values) <= KEYS[labelled]
    assert logs(case)
    assert all(log.is_file() for log in logs(case))


@pytest.mark.parametrize("case", judged(LOUD))
def test_the_first_cause_is_named(case: Path, cache: str) -> None:
    """By its class, with the decisive line first."""
    report = answer(case, cache)

    assert report.diagnoses
    if is_labelled(case):
        check_labels(truth(case), report.diagnoses[0])
    else:
        check_first(truth(case), report)


def check_first(values: dict[str, Any], report: Report) -> None:
    """The verdict, the class and the line are those of the case."""
    first = report.diagnoses[0]

    assert report.verdict == values["verdict"]
    assert fits(first.id, [values["first"]])
    assert first.evidence[0].line == values.get("line", first.evidence[0].line)


def check_labels(values: dict[str, Any], first: Diagnosis) -> None:
    """The first diagnosis is allowed, not forbidden, proved and told with its facts."""
    assert first.role in ALARMS
    assert fits(first.id, [*values["expect"], *(values.get("accept") or [])])
    assert not fits(first.id, values.get("not_first") or [])
    assert any(re.search(values.get("evidence") or "", item.text) for item in first.evidence)
    facts = " ".join(plain(value) for _, value in first.facts)
    assert [label for label in (values.get("facts") or {}).values() if plain(label) not in facts] == []


def plain(value: object) -> str:
    """A value as labels compare it: without spaces and case."""
    return re.sub(r"\s+", "", str(value)).lower()


@pytest.mark.parametrize("case", judged(QUIET))
def test_a_healthy_log_stays_quiet(case: Path, cache: str) -> None:
    """No finding that says something broke or is slow; in `quiet/` none of severity error either."""
    report = answer(case, cache)

    assert [item.id for item in report.diagnoses if item.role in ALARMS] == []
    if FIXTURES / "quiet" in case.parents:
        assert [item.id for item in report.diagnoses if item.severity in {Severity.ERROR, Severity.CRITICAL}] == []
