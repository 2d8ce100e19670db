"""What a watcher tells, as JSON values of one documented shape and as single lines of text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from logsleuth.live.incidents import Change, Kind
from logsleuth.model import Diagnosis, Level, Report, Role, Stats, Verdict, Words
from logsleuth.report.captions import place, title, who
from logsleuth.report.document import Json, document
from logsleuth.templates.novelty import Fresh
from logsleuth.wording import escaped

SCHEMA: Final = "logsleuth.event/1"
TEMPLATE_NEW: Final = "template-new"
HEARTBEAT: Final = "heartbeat"
REPORT: Final = "report"
KINDS: Final = (*Kind, TEMPLATE_NEW, HEARTBEAT, REPORT)
WORDS: Final = {
    Kind.OPENED: Words(en="OPENED", zh="新故障"),
    Kind.UPDATED: Words(en="UPDATED", zh="更新"),
    Kind.RESOLVED: Words(en="RESOLVED", zh="已解除"),
}
REASON: Final = {
    "cause": Words(en="better cause", zh="找到更直接的原因"),
    "spread": Words(en="spread", zh="范围扩大"),
    "repeated": Words(en="again and again", zh="反复出现"),
    "changed": Words(en="changed", zh="有变化"),
    "recovered": Words(en="it recovered", zh="已自行恢复"),
    "service": Words(en="normal service went on", zh="服务恢复正常"),
    "superseded": Words(en="it was none", zh="后续日志表明并非故障"),
    "silent": Words(en="nothing more for a long time", zh="长时间未再出现"),
    "explained": Words(en="belongs to another incident", zh="属于另一故障"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One thing to tell: its type, its JSON, its line of text, and for an incident its diagnosis."""

    kind: str
    document: Mapping[str, Json]
    line: str
    diagnosis: Diagnosis | None = None

    @property
    def id(self) -> str:
        """What is the same for the same event, however often it is sent."""
        return str(self.document.get("event", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """What a heartbeat tells: how much was read, and how it goes."""

    uptime_s: float
    sources: int
    lines: int
    bytes: int
    lines_per_s: float
    open: tuple[str, ...] = ()
    levels: Mapping[Level | None, int] = field(default_factory=dict)
    alerts: Mapping[str, int] = field(default_factory=dict)


def of_change(change: Change, *, time: str, language: str) -> News:
    """The event of an incident."""
    told = diagnosis_document(change.diagnosis, language)
    values: dict[str, Json] = {
        **_head(change.kind.value, time),
        "event": f"{change.incident}-{change.revision}",
        "incident": change.incident,
        "revision": change.revision,
        "reason": change.reason.value,
        "previous": change.previous,
        "diagnosis": told,
    }
    return News(kind=change.kind.value, document=values, line=_line(change, time, language), diagnosis=change.diagnosis)


def of_template(item: Fresh, *, number: int, source: str, held_back: int, time: str) -> News:
    """The event of a kind of line that was never seen before; `held_back` others were not told."""
    line = item.place[1]
    values: dict[str, Json] = {
        **_head(TEMPLATE_NEW, time),
        "event": f"template-{number}",
        "template": escaped(item.template),
        "level": item.level.value if item.level else None,
        "source": escaped(source),
        "line": line,
        "suppressed": held_back,
    }
    said = f"{_clock(time)} TEMPLATE  {place(source, line)}  {escaped(item.template)}"
    return News(kind=TEMPLATE_NEW, document=values, line=said)


def of_pulse(pulse: Pulse, *, time: str) -> News:
    """The event that says that the watcher is alive."""
    levels: dict[str, Json] = {level.value if level else "none": count for level, count in pulse.levels.items()}
    values: dict[str, Json] = {
        **_head(HEARTBEAT, time),
        "uptime_s": round(pulse.uptime_s, 1),
        "sources": pulse.sources,
        "lines": pulse.lines,
        "bytes": pulse.bytes,
        "lines_per_s": round(pulse.lines_per_s, 1),
        "levels": levels,
        "open": list(pulse.open),
        "alerts": dict(pulse.alerts),
    }
    said = f"{_clock(time)} ALIVE  {pulse.lines:,} lines, {pulse.lines_per_s:,.0f}/s, {len(pulse.open)} open"
    return News(kind=HEARTBEAT, document=values, line=said)


def of_report(report: Report, *, time: str, language: str) -> News:
    """The last event: the whole report, as `logsleuth analyze` gives it."""
    values: dict[str, Json] = {**_head(REPORT, time), "report": document(report, language=language)}
    return News(kind=REPORT, document=values, line="")


def _head(kind: str, time: str) -> dict[str, Json]:
    return {"schema": SCHEMA, "type": kind, "time": time}


def diagnosis_document(item: Diagnosis, language: str) -> Json:
    """A diagnosis alone, as it stands in a report."""
    verdict = Verdict.DEGRADED if item.role is Role.PERF else Verdict.INCIDENT
    report = Report(verdict=verdict, diagnoses=(item,), templates=(), environment=(), stats=Stats())
    found = document(report, language=language)["diagnoses"]
    return found[0] if isinstance(found, list) else None


def _line(change: Change, time: str, language: str) -> str:
    item = change.diagnosis
    first = item.evidence[0]
    said = title(item).in_language(language)
    reason = REASON.get(change.reason.value)
    parts = [
        f"{_clock(time)} {WORDS[change.kind].in_language(language)}  {said} ({item.id})",
        f"[{reason.in_language(language)}]" if reason else "",
        who(item.places),
        place(first.source, first.line),
        item.summary.in_language(language) if change.kind is not Kind.RESOLVED else "",
    ]
    return " · ".join(escaped(" ".join(part.split())) for part in parts if part)


def _clock(time: str) -> str:
    """The hour of an ISO time."""
    return time[11:19]
