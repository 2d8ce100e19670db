"""What distinguishes a bad run from a good one."""

from __future__ import annotations

from dataclasses import dataclass

from logsleuth.model.answer import Diagnosis, Stats, Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A template of the good run, and its number (from 1) in the order of first appearance."""

    number: int
    template: Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Divergence:
    """Where a source of the bad run first does what the good run had not done at that stage.

    `skipped` counts the steps that the good run had in between and the bad run never had; 0 where the template is new.
    `after` is the last step that both had, `expected` how the good run went on from there.
    """

    template: Template
    skipped: int = 0
    after: Step | None = None
    expected: Step | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingStep:
    """A step of the good run that the bad run never had, and the nearest one before it that both had."""

    step: Step
    after: Step | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateChange:
    """A template of both runs that is far more or less frequent than the length of the runs explains."""

    template: Template
    good_count: int
    bad_count: int
    expected: float  # times that the bad run should have had it


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """A setting, version or size that differs; None where a run does not tell."""

    name: str
    good: str | None
    bad: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The whole difference; the tuples are bounded, the totals are not.

    `is_different` leaves out what differs between any two runs: single lines of ordinary levels that come and go.
    """

    is_different: bool
    good: Stats
    bad: Stats
    steps: int
    reached: Step | None
    divergences: tuple[Divergence, ...] = ()
    new_diagnoses: tuple[Diagnosis, ...] = ()
    gone_diagnoses: tuple[Diagnosis, ...] = ()
    settings: tuple[SettingChange, ...] = ()
    appeared: tuple[Template, ...] = ()
    appeared_total: int = 0
    missing: tuple[MissingStep, ...] = ()
    missing_total: int = 0
    changed: tuple[RateChange, ...] = ()
    changed_total: int = 0
