"""What an analysis answers: diagnoses with their evidence, templates, the report."""

from __future__ import annotations

from dataclasses import dataclass

from logsleuth.model.clock import ClockOffset
from logsleuth.model.configuration import ConfigurationNotice
from logsleuth.model.probe import ProbeResult
from logsleuth.model.signature import Probing, Words
from logsleuth.model.terms import Facts, Level, Notice, Role, Severity, Verdict, Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Decisive lines, with control characters escaped."""

    source: str
    line: int
    end_line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A process in which a diagnosis was seen."""

    source: str
    process: str | None = None
    pid: int | None = None
    rank: int | None = None
    node: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A remedy with its facts filled in."""

    text: Words
    command: str = ""
    applies: str = ""
    is_destructive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """One entry of the report, in its order; see the report contract for the fields."""

    id: str
    title: Words
    role: Role
    severity: Severity
    confidence: float
    summary: Words
    facts: Facts
    places: tuple[Place, ...]
    first_seen: str | None
    last_seen: str | None
    count: int
    evidence: tuple[Evidence, ...]
    explains: tuple[str, ...] = ()
    explained_by: str | None = None
    causes: tuple[Words, ...] = ()
    remedies: tuple[Advice, ...] = ()
    references: tuple[str, ...] = ()
    probes: tuple[Probing, ...] = ()
    probe: ProbeResult | None = None  # what the machine said of it, where it was asked
    nearest: tuple[str, ...] = ()  # of an unknown failure: the signatures whose texts are most like it
    steps: tuple[Words, ...] = ()  # of slowness: the questions asked on the way to the bottleneck, with their answers
    table: tuple[tuple[str, ...], ...] = ()  # the heads of the columns, then the rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A cluster of lines; `first_line` and `last_line` are positions (source, line)."""

    id: int
    template: str
    count: int
    level: Level | None
    first: Where
    last: Where
    producer: str = ""  # the format of the producer's prefix: vllm, ucm, nccl ...
    example: str = ""  # the first line of it
    is_coarse: bool = False  # a group of rare lines with the same beginning, for want of room


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What was read."""

    sources: int = 0
    lines: int = 0
    bytes: int = 0
    undecodable_bytes: int = 0
    templates: int = 0
    overflow_lines: int = 0
    errors: int = 0
    warnings: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """An edge of the causal graph: the diagnosis `effect` follows from `cause`, and why."""

    cause: str
    cause_where: Where
    effect: str
    effect_where: Where
    reason: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A signature that was found but gave way to a better answer for the same event, first at `where`."""

    loser: str
    winner: str
    where: Where
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole answer, before it is put into words."""

    verdict: Verdict
    diagnoses: tuple[Diagnosis, ...]
    templates: tuple[Template, ...]
    environment: Facts
    stats: Stats
    notices: tuple[Notice, ...] = ()
    configuration: tuple[ConfigurationNotice, ...] = ()
    relations: tuple[Relation, ...] = ()
    lost: tuple[Lost, ...] = ()
    clocks: tuple[ClockOffset, ...] = ()
