"""The corpus: every log of `fixtures/` gets the answer that its `case.yaml` tells, through the public API."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from logsleuth import Report, Role, Settings, Severity, analyze

FIXTURES = Path(__file__).parents[1] / "fixtures"
CASES = sorted(path.parent for path in FIXTURES.rglob("case.yaml"))
QUIET = [case for case in CASES if FIXTURES / "quiet" in case.parents]
LOUD = [case for case in CASES if case not in QUIET]
REQUIRED = {"origin", "licence", "verdict"}
ALLOWED = REQUIRED | {"first", "line"}


def name(case: Path) -> str:
    """The folder within `fixtures/`."""
    return str(case.relative_to(FIXTURES))


def truth(case: Path) -> dict[str, object]:
    """What `case.yaml` says."""
    values = yaml.safe_load((case / "case.yaml").read_text(encoding="utf-8"))
    assert isinstance(values, dict)
    return values


def answer(case: Path, cache: str) -> Report:
    """The report on the case's log."""
    logs: list[Path] = sorted(case.glob("input.*"))
    return analyze(logs, settings=Settings(cache=Path(cache)))


@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_case_is_complete(case: Path) -> None:
    """A log, where it comes from, its licence and what is true of it; a failure also its first cause."""
    values = truth(case)

    assert set(values) >= REQUIRED
    assert set(values) <= ALLOWED
    assert list(case.glob("input.*"))
    assert ("first" in values) is (values["verdict"] != "healthy")


@pytest.mark.parametrize("case", LOUD, ids=name)
def test_the_first_cause_is_named(case: Path, cache: str) -> None:
    """By its class, with the decisive line first."""
    values = truth(case)
    report = answer(case, cache)
    first = report.diagnoses[0]

    assert report.verdict == values["verdict"]
    assert f"{first.id}.".startswith(f"{values['first']}.")
    assert first.evidence[0].line == values.get("line", first.evidence[0].line)


@pytest.mark.parametrize("case", QUIET, ids=name)
def test_a_healthy_log_stays_quiet(case: Path, cache: str) -> None:
    """No finding that says something broke or is slow, and none of severity error."""
    report = answer(case, cache)

    assert report.verdict == truth(case)["verdict"] == "healthy"
    assert [item.id for item in report.diagnoses if item.role in {Role.ROOT, Role.PERF, Role.CONSEQUENCE}] == []
    assert [item.id for item in report.diagnoses if item.severity in {Severity.ERROR, Severity.CRITICAL}] == []
