"""States of a machine made up for the tests of doctor."""

from __future__ import annotations

from collections.abc import Mapping

from logsleuth.doctor.check import Item, State, Status
from logsleuth.doctor.examine import examine
from logsleuth.model import Facts, Outcome, ProbeResult, Report, Stats, Verdict, Words
from logsleuth.probes.probe import Json

NOTHING: Mapping[str, ProbeResult] = {}
QUIET = Report(verdict=Verdict.HEALTHY, diagnoses=(), templates=(), environment=(), stats=Stats(sources=1))


def state(
    settings: Mapping[str, str] | None = None,
    *,
    versions: Mapping[str, str] | None = None,
    system: Mapping[str, Json] | None = None,
    report: Report | None = None,
    results: Mapping[str, ProbeResult] = NOTHING,
) -> State:
    """A machine with these settings, versions and cards, on which these probes have run."""

    def ask(name: str, _facts: Facts) -> ProbeResult | None:
        return results.get(name)

    told = dict(settings or {})
    return State(
        settings=told,
        meant=told,
        software={"python": "3.12.1", "versions": dict(versions or {})},
        system=system or {},
        ask=ask,
        report=report,
    )


def result(name: str, outcome: Outcome, provoked: str = "") -> ProbeResult:
    """A result of this outcome."""
    return ProbeResult(name=name, outcome=outcome, detail=Words(en="seen", zh="已查"), provoked=provoked)


def items(given: State) -> dict[str, Item]:
    """All items by their names."""
    return {item.check.id: item for item in examine(given)}


def status(given: State, name: str) -> Status:
    """How one item stands."""
    return items(given)[name].finding.status
