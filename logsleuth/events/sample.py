"""What a figure read from a line is, and how a reader of one kind of line is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

Values = tuple[tuple[str, float], ...]
Match = re.Match[bytes]
Reader = Callable[[Match], tuple["Metric", Values]]

NUMBER: Final = rb"(\d{1,15}(?:\.\d{1,9})?)"
INTEGER: Final = rb"(\d{1,18})"


class Metric(StrEnum):
    """The group of figures that a line belongs to."""

    VLLM_V0 = "vllm-v0"
    VLLM_V1 = "vllm-v1"
    UCM_LOOKUP = "ucm-lookup"
    UCM_TRANSFER = "ucm-transfer"
    LMCACHE = "lmcache"
    LOAD_SHARDS = "load-shards"
    REQUEST = "request"
    GPU = "gpu"
    BLEND = "blend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The figures of one line; `offset` is where they begin in the block."""

    metric: Metric
    offset: int
    values: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A kind of line: words that stand in its block, the expression (it begins with fixed text), its reader."""

    anchor: str
    expression: re.Pattern[bytes]
    read: Reader


def named(metric: Metric, *names: str) -> Reader:
    """A reader that gives the expression's groups these names, and leaves out the ones that did not match."""

    def read(match: Match) -> tuple[Metric, Values]:
        return metric, tuple(
            (name, float(text)) for name, text in zip(names, match.groups(), strict=True) if text is not None
        )

    return read
