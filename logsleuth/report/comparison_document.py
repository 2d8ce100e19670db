"""The JSON shape of a comparison of two runs, `logsleuth.diff/1`. In: model.Comparison. Out: plain JSON values."""

from __future__ import annotations

from typing import Final

from logsleuth.model import Diagnosis, Stats, Template
from logsleuth.model.comparison import Comparison, Divergence, MissingStep, RateChange, SettingChange, Step
from logsleuth.report.captions import title
from logsleuth.report.document import Json
from logsleuth.version import __version__
from logsleuth.wording import printable

SCHEMA: Final = "logsleuth.diff/1"


def comparison_document(comparison: Comparison, *, language: str = "en") -> dict[str, Json]:
    """The comparison as plain JSON values in `language` ("en" or "zh")."""
    good, bad = comparison.good, comparison.bad
    return {
        "schema": SCHEMA,
        "version": __version__,
        "different": comparison.is_different,
        "good": _stats(good),
        "bad": _stats(bad),
        "steps": comparison.steps,
        "reached": _step(comparison.reached),
        "divergences": [_divergence(item) for item in comparison.divergences],
        "diagnoses": {
            "new": [_diagnosis(item, language) for item in comparison.new_diagnoses],
            "gone": [_diagnosis(item, language) for item in comparison.gone_diagnoses],
        },
        "environment": [_setting(item) for item in comparison.settings],
        "templates": {
            "new": [_template(item) for item in comparison.appeared],
            "new_total": comparison.appeared_total,
            "missing": [_missing(item) for item in comparison.missing],
            "missing_total": comparison.missing_total,
            "changed": [_rate(item, good.lines, bad.lines) for item in comparison.changed],
            "changed_total": comparison.changed_total,
        },
    }


def _stats(stats: Stats) -> dict[str, Json]:
    return {
        "sources": stats.sources,
        "lines": stats.lines,
        "bytes": stats.bytes,
        "templates": stats.templates,
        "errors": stats.errors,
        "warnings": stats.warnings,
    }


def _template(item: Template) -> dict[str, Json]:
    return {
        "template": printable(item.template),
        "level": item.level.value if item.level else None,
        "count": item.count,
        "source": printable(item.first.source),
        "line": item.first.line,
    }


def _step(item: Step | None) -> dict[str, Json] | None:
    return None if item is None else {"step": item.number, **_template(item.template)}


def _divergence(item: Divergence) -> dict[str, Json]:
    return {
        **_template(item.template),
        "skipped": item.skipped,
        "after": _step(item.after),
        "expected": _step(item.expected),
    }


def _missing(item: MissingStep) -> dict[str, Json]:
    return {"step": item.step.number, **_template(item.step.template), "after": _step(item.after)}


def _rate(item: RateChange, good_lines: int, bad_lines: int) -> dict[str, Json]:
    return {
        **_template(item.template),
        "good_count": item.good_count,
        "bad_count": item.bad_count,
        "expected": round(item.expected, 1),
        "good_per_1000_lines": _per_1000(item.good_count, good_lines),
        "bad_per_1000_lines": _per_1000(item.bad_count, bad_lines),
    }


def _per_1000(count: int, lines: int) -> float:
    return round(1000 * count / max(lines, 1), 3)


def _setting(item: SettingChange) -> dict[str, Json]:
    return {"name": item.name, "good": _value(item.good), "bad": _value(item.bad)}


def _value(text: str | None) -> str | None:
    return None if text is None else printable(text)


def _diagnosis(item: Diagnosis, language: str) -> dict[str, Json]:
    first = item.evidence[0] if item.evidence else None
    return {
        "id": item.id,
        "title": printable(title(item).in_language(language)),
        "role": item.role.value,
        "severity": item.severity.value,
        "confidence": item.confidence,
        "count": item.count,
        "source": None if first is None else printable(first.source),
        "line": None if first is None else first.line,
    }
