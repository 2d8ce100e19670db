"""What travels between the stages: frozen values, each made by one stage and read by the later ones."""

from logsleuth.model.answer import Advice, Diagnosis, Evidence, Lost, Place, Relation, Report, Stats, Template
from logsleuth.model.clock import ClockOffset, Sight
from logsleuth.model.collective import Member, RankReport, ReportKind
from logsleuth.model.configuration import ConfigurationNotice
from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.reading import (
    NOBODY,
    Block,
    Event,
    EventKind,
    EventLine,
    Finding,
    Frame,
    Link,
    Mark,
    Origin,
    Raised,
    Record,
    Text,
)
from logsleuth.model.shift import Shift
from logsleuth.model.signature import Pattern, Probing, Remedy, Sample, SampleKind, Signature, Status, Words
from logsleuth.model.terms import NOWHERE, Facts, Level, Notice, NoticeKind, Role, Severity, Verdict, Where

__all__ = [
    "NOBODY",
    "NOWHERE",
    "Advice",
    "Block",
    "ClockOffset",
    "ConfigurationNotice",
    "Diagnosis",
    "Event",
    "EventKind",
    "EventLine",
    "Evidence",
    "Facts",
    "Finding",
    "Frame",
    "Level",
    "Link",
    "Lost",
    "Mark",
    "Member",
    "Notice",
    "NoticeKind",
    "Origin",
    "Outcome",
    "Pattern",
    "Place",
    "ProbeResult",
    "Probing",
    "Raised",
    "RankReport",
    "Record",
    "Relation",
    "Remedy",
    "Report",
    "ReportKind",
    "Role",
    "Sample",
    "SampleKind",
    "Severity",
    "Shift",
    "Sight",
    "Signature",
    "Stats",
    "Status",
    "Template",
    "Text",
    "Verdict",
    "Where",
    "Words",
]
