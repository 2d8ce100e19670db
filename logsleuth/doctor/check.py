"""What a check is, what it is given and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from logsleuth.model import Diagnosis, Facts, ProbeResult, Report, Words
from logsleuth.probes.probe import Json

NONE: Final = Words(en="", zh="")


class Status(StrEnum):
    """How an item stands."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"  # not looked at: what it needs is not here


class Area(StrEnum):
    """The checklists."""

    HARDWARE = "hardware"
    SOFTWARE = "software"
    CONFIGURATION = "configuration"
    NETWORK = "network"
    MODEL = "model"
    REQUESTS = "requests"
    UCM_INSTALL = "ucm-install"
    UCM_CONFIGURATION = "ucm-configuration"
    UCM_RUN_TIME = "ucm-run-time"
    UCM_PERFORMANCE = "ucm-performance"


Ask = Callable[[str, Facts], ProbeResult | None]  # a probe by its name, None where there is none of it


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the checks look at.

    `settings` are those of the log, then of configuration files, which alone are `meant`; `software` and `system` are
    what this machine says of itself; `ask` runs a probe.
    """

    settings: Mapping[str, str]
    software: Mapping[str, Json]
    system: Mapping[str, Json]
    ask: Ask
    report: Report | None = None
    meant: Mapping[str, str] = field(default_factory=dict)

    def found(self, *classes: str) -> tuple[Diagnosis, ...]:
        """The diagnoses of these classes in the log."""
        items = self.report.diagnoses if self.report is not None else ()
        return tuple(item for item in items if any(f"{item.id}.".startswith(f"{name}.") for name in classes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check answers."""

    status: Status
    reason: Words
    remedy: Words = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One item of a checklist; `rows` are the places of the source documents that ask for it."""

    id: str
    area: Area
    title: Words
    rows: tuple[str, ...]
    look: Callable[[State], Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A check with its answer."""

    check: Check
    finding: Finding


def ok(en: str, zh: str) -> Finding:
    """An item that is as it should be."""
    return Finding(status=Status.OK, reason=Words(en=en, zh=zh))


def warn(en: str, zh: str, remedy: Words = NONE) -> Finding:
    """An item that may cost something."""
    return Finding(status=Status.WARN, reason=Words(en=en, zh=zh), remedy=remedy)


def fail(en: str, zh: str, remedy: Words = NONE) -> Finding:
    """An item that is wrong."""
    return Finding(status=Status.FAIL, reason=Words(en=en, zh=zh), remedy=remedy)


def skip(en: str, zh: str, remedy: Words = NONE) -> Finding:
    """An item that was not looked at, and why."""
    return Finding(status=Status.SKIPPED, reason=Words(en=en, zh=zh), remedy=remedy)
