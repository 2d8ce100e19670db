"""The words that every stage uses: levels, roles, places, notices."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Facts = tuple[tuple[str, str], ...]  # (name in snake_case, value), in the order of their discovery


class Level(StrEnum):
    """The level that the producer printed."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"
    CRITICAL = "CRITICAL"


class Role(StrEnum):
    """What a signature usually is in an incident; `consequence` is given by the diagnosis alone."""

    ROOT = "root"
    WRAPPER = "wrapper"
    PERF = "perf"
    NOTICE = "notice"
    CONSEQUENCE = "consequence"


class Severity(StrEnum):
    """How much it hurts, as the report prints it."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Verdict(StrEnum):
    """The report in one word."""

    INCIDENT = "incident"
    DEGRADED = "degraded"
    HEALTHY = "healthy"


class NoticeKind(StrEnum):
    """What was left out or repaired on the way, and had to be said."""

    LINE_CUT = "line-cut"
    SOURCE_UNREADABLE = "source-unreadable"
    SOURCE_TRUNCATED = "source-truncated"
    SOURCE_SKIPPED = "source-skipped"
    BINARY = "binary"
    UNDECODABLE = "undecodable"
    LIMIT = "limit"
    UNCONFIRMED = "unconfirmed"
    LOSSY = "lossy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A place in an input; lines count from 1, and 0 stands for the source as a whole."""

    source: str
    line: int = 0

    def __str__(self) -> str:
        """`file:line`, or the file alone."""
        return f"{self.source}:{self.line}" if self.line else self.source


NOWHERE = Where(source="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that the reader of a report has to know about the reading itself."""

    kind: NoticeKind
    where: Where
    detail: str
