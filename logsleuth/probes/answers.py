"""How a judge reads the values of a sample and puts its answer. In: JSON values. Out: typed values, results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from logsleuth.model.probe import Outcome, ProbeResult
from logsleuth.model.signature import Words
from logsleuth.model.terms import Facts
from logsleuth.probes.judging import result
from logsleuth.probes.probe import Json, Sample

Values = Mapping[str, Json]


def text_of(values: Values, name: str) -> str:
    """The value called `name` as a text, or an empty text."""
    value = values.get(name)
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def number_of(values: Values, name: str) -> float | None:
    """The value called `name` where it is a number."""
    value = values.get(name)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def is_true(values: Values, name: str) -> bool:
    """Whether the value called `name` is true."""
    return values.get(name) is True


def texts_of(values: Values, name: str) -> tuple[str, ...]:
    """The texts of the list called `name`."""
    value = values.get(name)
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def rows_of(values: Values, name: str) -> tuple[Values, ...]:
    """The mappings of the list called `name`."""
    value = values.get(name)
    return tuple(item for item in value if isinstance(item, dict)) if isinstance(value, list) else ()


def is_of(id_: str, *classes: str) -> bool:
    """Whether the signature `id_` is one of `classes` or lies below one of them."""
    return any(id_ == name or id_.startswith(f"{name}.") for name in classes)


def answer(
    name: str, outcome: Outcome, detail: Words, sample: Sample, *, facts: Facts = (), provoked: str = ""
) -> ProbeResult:
    """The result of a probe; `provoked` is the class of what its values show, where its output tells of none."""
    return result(name, outcome, detail, replace(sample, provoked=sample.provoked or provoked), facts)
