"""What a step of the decision tree is: a figure, the branches that its value may take, and how to measure it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from logsleuth.model import Remedy, Words

Condition = Callable[[float], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """Taken where `when` holds of the figure: `said` goes into the walk, `to` is the next step.

    A branch without a next step is the bottleneck: `remedies` are what to do about it, and `names` is the class that
    says as much, if there is one.
    """

    when: Condition
    said: Words
    to: str = ""
    remedies: tuple[Remedy, ...] = ()
    names: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One question, answered by the figure `asks`; where the log does not tell it, `measure` says how to get it."""

    id: str
    asks: str
    question: Words
    branches: tuple[Branch, ...]
    unknown_to: str = ""
    measure: Remedy | None = None


def at_least(bound: float) -> Condition:
    """Whether the figure is `bound` or more."""
    return lambda value: value >= bound


def below(bound: float) -> Condition:
    """Whether the figure is less than `bound`."""
    return lambda value: value < bound


def above(bound: float) -> Condition:
    """Whether the figure is more than `bound`."""
    return lambda value: value > bound


def otherwise(_: float) -> bool:
    """Whatever the figure is."""
    return True
