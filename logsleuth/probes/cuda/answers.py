"""What the judges of the CUDA and speed probes share. In: samples. Out: results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes.judging import from_failure, is_same_failure, result, skipped
from logsleuth.probes.probe import Json, Sample, Subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a probe's sample is read: its name, the classes that it predicts, and what to say in either case.

    Whatever is diagnosed, an error of `predicts` is what this probe would provoke then.
    """

    name: str
    predicts: tuple[str, ...]
    passed: Words
    failed: Words


def answer(reading: Reading, sample: Sample, subject: Subject) -> ProbeResult:
    """Absent: skipped. The values say that all went well: refuted. An error of the class diagnosed: confirmed."""
    facts = facts_of(sample.values)
    if absent := text(sample.values, "absent"):
        return skipped(reading.name, Words(en=absent, zh=f"缺少条件：{absent}"))
    if sample.is_complete and sample.values.get("is_ok") is True:
        return result(reading.name, Outcome.REFUTED, reading.passed, sample, facts)
    if is_predicted(sample.provoked, subject, reading.predicts):
        return result(reading.name, Outcome.CONFIRMED, reading.failed, sample, facts)
    return undecided(reading.name, sample, subject, facts)


def undecided(name: str, sample: Sample, subject: Subject, facts: Facts = ()) -> ProbeResult:
    """Another failure, or a child that did not come to its end; what it met goes into the words."""
    other = from_failure(name, sample, replace(subject, diagnosis=""), facts=facts)
    if other is not None:
        return other
    error = text(sample.values, "error") or "an error that the catalog does not know"
    detail = Words(en=f"something else failed here: {error}", zh=f"此处失败的是另一件事：{error}")
    return result(name, Outcome.INCONCLUSIVE, detail, sample, facts)


def is_predicted(provoked: str, subject: Subject, predicts: tuple[str, ...]) -> bool:
    """Whether the error that was met is what the probe provokes if the diagnosis is true.

    Of several predicted classes only the one diagnosed counts; a diagnosis outside them predicts them all.
    """
    wanted = [item for item in predicts if is_same_failure(item, subject.diagnosis)] or predicts
    return any(is_same_failure(provoked, item) for item in wanted)


def facts_of(values: Mapping[str, Json]) -> Facts:
    """The figures of a sample, as the report shows them."""
    plain = ((name, value) for name, value in values.items() if name not in {"is_ok", "error", "absent"})
    return tuple(
        (name, _fact(value)) for name, value in plain if not isinstance(value, dict) and value not in (None, "", [])
    )


def _fact(value: Json) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"
    if isinstance(value, list):
        return ", ".join(_fact(item) for item in value if not isinstance(item, dict))
    return str(value)


def text(values: Mapping[str, Json], name: str) -> str:
    """The text called `name`, empty where there is none."""
    value = values.get(name)
    return value if isinstance(value, str) else ""


def number(values: Mapping[str, Json], name: str) -> float:
    """The number called `name`, 0 where there is none."""
    value = values.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def whole(values: Mapping[str, Json], name: str) -> int:
    """The whole number called `name`, 0 where there is none."""
    return int(number(values, name))
