"""What the catalog knows of a failure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from logsleuth.model.terms import NOWHERE, Facts, Level, Role, Severity, Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The same text in the two languages of the reports."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        """The text in `language` ("en" or "zh")."""
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One thing to do; with `needs`, only where these facts are known."""

    text: Words
    command: str = ""
    applies: str = ""
    is_destructive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One way in which a signature shows: `literal` stands in a line, `regex` confirms it and captures facts.

    An empty `regex` means that the literal is proof enough. `scan` (an expression in linear syntax) replaces the
    literal where no fixed text is rare enough. `frame` must match `file:function` of a frame of the same traceback;
    `levels` are those at which the text counts (an empty tuple: any).
    """

    literal: str = ""
    scan: str = ""
    regex: str = ""
    frame: str = ""
    levels: tuple[Level | None, ...] = (None, Level.WARNING, Level.ERROR, Level.CRITICAL)
    line: int = 0


class SampleKind(StrEnum):
    """What a sample proves."""

    HIT = "hit"
    MISS = "miss"
    LOSE = "lose"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A text that proves a signature: it hits with these captures, misses for a reason, or hits and loses."""

    kind: SampleKind
    text: str
    captures: Facts = ()
    because: str = ""
    to: str = ""
    line: int = 0


class Status(StrEnum):
    """How far a signature has come."""

    DRAFT = "draft"
    TEST = "test"
    STABLE = "stable"
    DOC_ONLY = "doc-only"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probing:
    """A probe that can confirm or refute, and what its outcome would be under this diagnosis."""

    name: str
    expects: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One row of the catalog."""

    id: str
    class_id: str  # the class of the taxonomy that the id belongs to
    title: Words
    status: Status
    role: Role
    severity: Severity
    patterns: tuple[Pattern, ...]
    component: str = ""
    versions: str = ""
    at_least: int = 1  # seen less often than this, it is worth no more than a line
    derive: Facts = ()  # (name, expression over captures)
    explains: tuple[str, ...] = ()  # ids or class prefixes that are its consequences wherever both are found
    explained_by: tuple[str, ...] = ()  # the same, seen from the consequence; "*" is any root
    loses_to: tuple[str, ...] = ()  # better answers for the same event
    overlaps: tuple[str, ...] = ()  # signatures that may hit its samples, side by side
    summary: Words = Words(en="", zh="")
    causes: tuple[Words, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    references: tuple[str, ...] = ()
    probes: tuple[Probing, ...] = ()
    check_next: tuple[str, ...] = ()
    samples: tuple[Sample, ...] = ()
    where: Where = NOWHERE
