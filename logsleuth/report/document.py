"""The one JSON shape, version 1 of the report contract; every other form is rendered from the same values."""

from __future__ import annotations

from typing import Final

import orjson

from logsleuth.model import (
    Advice,
    ClockOffset,
    ConfigurationNotice,
    Diagnosis,
    Evidence,
    Facts,
    Lost,
    Notice,
    Place,
    ProbeResult,
    Relation,
    Report,
    Stats,
    Template,
    Words,
)
from logsleuth.report.captions import title
from logsleuth.version import __version__
from logsleuth.wording import printable

SCHEMA: Final = "logsleuth.report/1"
Json = str | int | float | bool | list["Json"] | dict[str, "Json"] | None


def document(report: Report, *, language: str = "en", seconds: float | None = None) -> dict[str, Json]:
    """The report as plain JSON values in `language` ("en" or "zh"); `seconds`, where given, is what the caller took."""
    return {
        "schema": SCHEMA,
        "version": __version__,
        "verdict": report.verdict.value,
        "diagnoses": [_diagnosis(item, language) for item in report.diagnoses],
        "templates": [_template(item) for item in report.templates],
        "environment": _facts(report.environment),
        "stats": _stats(report.stats, seconds),
        "notices": [_notice(item) for item in report.notices],
        "configuration": [_configuration(item, language) for item in report.configuration],
        "graph": {
            "edges": [_relation(item, language) for item in report.relations],
            "lost": [_lost(item) for item in report.lost],
            "clocks": [_clock(item) for item in report.clocks],
        },
    }


def encode(document: dict[str, Json], *, indent: bool = False) -> bytes:
    """The bytes of `document`: the same values give the same bytes."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 if indent else 0) + b"\n"


def _diagnosis(item: Diagnosis, language: str) -> dict[str, Json]:
    return {
        "id": item.id,
        "title": _said(title(item), language),
        "role": item.role.value,
        "severity": item.severity.value,
        "confidence": item.confidence,
        "summary": _said(item.summary, language),
        "facts": _facts(item.facts),
        "where": [_place(place) for place in item.places],
        "first_seen": item.first_seen,
        "last_seen": item.last_seen,
        "count": item.count,
        "evidence": [_evidence(line) for line in item.evidence],
        "steps": [_said(step, language) for step in item.steps],
        "table": [[printable(cell) for cell in row] for row in item.table],
        "explains": list(item.explains),
        "explained_by": item.explained_by,
        "causes": [_said(cause, language) for cause in item.causes],
        "remedies": [_remedy(remedy, language) for remedy in item.remedies],
        "probe": probe_result(item.probe, language) if item.probe else None,
        "references": list(item.references),
        "nearest": list(item.nearest),
    }


def probe_result(item: ProbeResult, language: str) -> dict[str, Json]:
    """What one probe found, as plain JSON values."""
    return {
        "name": item.name,
        "outcome": item.outcome.value,
        "detail": _said(item.detail, language),
        "facts": _facts(item.facts),
        "provoked": item.provoked or None,
        "output": printable(item.output),
        "seconds": item.seconds,
    }


def _said(words: Words, language: str) -> str:
    return printable(words.in_language(language))


def _facts(facts: Facts) -> dict[str, Json]:
    return {name: printable(value) for name, value in facts}


def _place(place: Place) -> dict[str, Json]:
    return {
        "source": printable(place.source),
        "process": _name(place.process),
        "pid": place.pid,
        "rank": place.rank,
        "node": _name(place.node),
    }


def _name(text: str | None) -> str | None:
    return None if text is None else printable(text)


def _evidence(item: Evidence) -> dict[str, Json]:
    return {
        "source": printable(item.source),
        "line": item.line,
        "end_line": item.end_line,
        "text": printable(item.text),
    }


def _remedy(item: Advice, language: str) -> dict[str, Json]:
    remedy: dict[str, Json] = {
        "text": _said(item.text, language),
        "command": printable(item.command),
        "applies": item.applies,
    }
    if item.is_destructive:
        remedy["destructive"] = True
    return remedy


def _template(item: Template) -> dict[str, Json]:
    return {
        "id": item.id,
        "template": printable(item.template),
        "count": item.count,
        "level": item.level.value if item.level else None,
        "first_line": item.first.line,
        "last_line": item.last.line,
        "first_source": printable(item.first.source),
        "last_source": printable(item.last.source),
    }


def _stats(stats: Stats, seconds: float | None) -> dict[str, Json]:
    return {
        "sources": stats.sources,
        "lines": stats.lines,
        "bytes": stats.bytes,
        "seconds": seconds,
        "templates": stats.templates,
        "undecodable_bytes": stats.undecodable_bytes,
        "overflow_lines": stats.overflow_lines,
        "errors": stats.errors,
        "warnings": stats.warnings,
    }


def _notice(item: Notice) -> dict[str, Json]:
    return {"kind": item.kind.value, "where": printable(str(item.where)), "detail": printable(item.detail)}


def _configuration(item: ConfigurationNotice, language: str) -> dict[str, Json]:
    return {
        "id": item.id,
        "setting": printable(item.setting),
        "text": _said(item.text, language),
        "advice": _said(item.advice, language),
        "facts": _facts(item.facts),
    }


def _relation(item: Relation, language: str) -> dict[str, Json]:
    return {
        "cause": item.cause,
        "cause_where": printable(str(item.cause_where)),
        "effect": item.effect,
        "effect_where": printable(str(item.effect_where)),
        "reason": _said(item.reason, language),
    }


def _lost(item: Lost) -> dict[str, Json]:
    return {"loser": item.loser, "winner": item.winner, "where": printable(str(item.where)), "count": item.count}


def _clock(item: ClockOffset) -> dict[str, Json]:
    return {
        "source": printable(item.source),
        "reference": printable(item.reference),
        "ahead_s": item.ahead_s,
        "spread_s": item.spread_s,
        "shared": item.shared,
        "zone": item.is_zone,
    }
