"""Goes through the checklists. In: what is to be looked at. Out: items in the order of the lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from logsleuth.api import analyze, prepare
from logsleuth.config import load_settings
from logsleuth.doctor.check import Area, Check, Item, State, Status
from logsleuth.doctor.configuration import CONFIGURATION
from logsleuth.doctor.hardware import HARDWARE
from logsleuth.doctor.settings import read_settings
from logsleuth.doctor.software import SOFTWARE
from logsleuth.doctor.ucm import UCM
from logsleuth.model import Facts, ProbeResult, Report, Words
from logsleuth.probes.probe import Probe, Subject
from logsleuth.probes.run import run
from logsleuth.probes.software.versions import VERSION_PAIR
from logsleuth.probes.table import PROBES
from logsleuth.probing import Prober, Terms

CHECKS: Final[tuple[Check, ...]] = (*HARDWARE, *SOFTWARE, *CONFIGURATION, *UCM)
NOTHING: Final = Words(en="", zh="")
SYSTEM: Final = Probe(
    name="system",
    title=Words(en="the machine in words", zh="机器概况"),
    hypothesis=NOTHING,
    answers=(),
    predictions=(),
    measure="software.system:measure",
    wishes=lambda _subject: {},
    judge=VERSION_PAIR.judge,
    limit_s=60.0,
)


def collect(logs: Sequence[str], configurations: Sequence[Path], terms: Terms) -> State:
    """What the checks look at; raises UsageError where a log or a file cannot be read."""
    told: dict[str, str] = {}
    for path in configurations:
        told |= dict(read_settings(path))
    report = analyze([Path(log) for log in logs]) if logs else None
    # a file says what is meant, the log what was in force
    settings = told | dict(report.environment if report is not None else ())
    return State(
        settings=settings,
        software=run(VERSION_PAIR, {}, environment=terms.variables, python=terms.python).values,
        system=run(SYSTEM, {}, environment=terms.variables, python=terms.python).values,
        ask=_asking(terms, settings, report),
        report=report,
        meant=told,
    )


def _asking(
    terms: Terms, settings: dict[str, str], report: Report | None
) -> Callable[[str, Facts], ProbeResult | None]:
    prober = Prober(lambda: prepare(cache=load_settings().cache), terms)
    environment = tuple(settings.items())

    def ask(name: str, facts: Facts) -> ProbeResult | None:
        probe = next((probe for probe in PROBES if probe.name == name), None)
        if probe is None:
            return None
        diagnosis = dict(facts).get("diagnosis", "") if report is not None else ""
        subject = Subject(diagnosis=diagnosis, facts=facts, environment=environment, may_connect=terms.may_connect)
        return prober.ask(probe, subject)

    return ask


def examine(state: State, areas: Sequence[Area] = ()) -> tuple[Item, ...]:
    """Every item of these checklists, of all without a choice."""
    wanted = set(areas) or set(Area)
    return tuple(Item(check=check, finding=check.look(state)) for check in CHECKS if check.area in wanted)


def is_failed(items: Sequence[Item]) -> bool:
    """Whether something is wrong."""
    return any(item.finding.status is Status.FAIL for item in items)
