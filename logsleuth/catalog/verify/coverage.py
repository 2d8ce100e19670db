"""The error messages of an upstream and the signatures in; out: which messages some signature would catch.

A message is caught if a pattern hits it with some value in its holes, or if a hit sample of the pattern is such a
message.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from logsleuth.catalog.match import compiled
from logsleuth.catalog.nearest import WordIndex
from logsleuth.catalog.verify.demand import Demand, demands
from logsleuth.catalog.verify.liveness import is_produced, matched
from logsleuth.catalog.verify.template import ERRORS, Kind, Template
from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.model import Signature, Status

NEAR: Final = 24
VALUES: Final = ("1", "8.5", "x", "'x'", "/a/b.c", "1.50 GiB", "True", "['x']", "10.0.0.1:80", "10.0.0.1<80>", "x.y")
# the parts of large programs whose errors end a server, wherever a version keeps them
PARTS: Final = {
    "vllm": ("engine", "worker", "executor", "distributed", "model_loader", "config"),
    "torch": ("distributed", "cuda"),
}
WORDED: Final = 0.9  # of the words that a pattern demands, with its literal to the letter
FIXED: Final = 0.6  # of them, where the message would have printed the sample: its holes hold the others


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The error messages that were looked at: those that a signature catches, with its id, and those that none does."""

    covered: tuple[tuple[Template, str], ...]
    uncovered: tuple[Template, ...]

    @property
    def count(self) -> int:
        """How many messages there are."""
        return len(self.covered) + len(self.uncovered)

    @property
    def share(self) -> float:
        """The share that is covered, 0 where there is nothing to cover."""
        return len(self.covered) / self.count if self.count else 0.0


def error_messages(
    templates: Iterable[Template], parts: Sequence[str] = (), kinds: Sequence[Kind] = ERRORS
) -> tuple[Template, ...]:
    """The messages of these kinds, each text once; `parts` are names of folders or modules, all if left out."""
    chosen = (one for one in templates if one.kind in kinds and len(one.words) > 1 and _is_part(one, parts))
    return tuple({one.text: one for one in reversed(tuple(chosen))}.values())[::-1]


def _is_part(template: Template, parts: Sequence[str]) -> bool:
    path = PurePosixPath(template.where.source)
    names = {*path.parts, path.stem}
    return not parts or any(part in names or str(path).startswith(f"{part.rstrip('/')}/") for part in parts)


def coverage(messages: Sequence[Template], signatures: Sequence[Signature]) -> Coverage:
    """Which of these messages a signature catches."""
    patterns = Patterns(tuple(one for one in signatures if one.status is not Status.RETIRED))
    found = tuple((message, patterns.catching(message)) for message in messages)
    return Coverage(
        covered=tuple((message, by) for message, by in found if by),
        uncovered=tuple(message for message, by in found if not by),
    )


class Patterns:
    """The patterns of a catalog, asked what catches a message."""

    def __init__(self, signatures: Sequence[Signature]) -> None:
        self.signatures = signatures
        self.literals = tuple((one, pattern) for one in signatures for pattern in one.patterns if pattern.literal)
        self.scans = tuple((one, pattern) for one in signatures for pattern in one.patterns if pattern.scan)
        self.demands = tuple(demand for demand in demands(signatures) if demand.fixed)
        self.index = WordIndex(demand.fixed for demand in self.demands)

    def catching(self, message: Template) -> str:
        """The id of a signature that catches the message, or an empty text."""
        return next(self._hitting(message), "") or next(self._sampled(message), "")

    def _hitting(self, message: Template) -> Iterator[str]:
        texts = tuple(message.filled(value) for value in (VALUES if len(message.parts) > 1 else VALUES[:1]))
        for signature, pattern in self.literals:
            if any(pattern.literal in text and _hits(pattern.regex, text) for text in texts):
                yield signature.id
        for signature, pattern in self.scans:
            if any(_hits(pattern.scan, text) and _hits(pattern.regex, text) for text in texts[:3]):
                yield signature.id

    def _sampled(self, message: Template) -> Iterator[str]:
        for near in self.index.near(message.words, NEAR):
            demand = self.demands[near.at]
            if _is_sample(demand, message):
                yield self.signatures[demand.signature].id


def _is_sample(demand: Demand, message: Template) -> bool:
    """Whether a hit sample is such a message: stricter than liveness, where the author vouches for the origin."""
    if demand.literal and not any(demand.literal in part for part in message.parts):
        return False
    share = matched(demand.fixed, message.words) / len(demand.fixed)
    return share >= WORDED or (share >= FIXED and is_produced(demand, message))


def _hits(expression: str, text: str) -> bool:
    sought = compiled(expression)
    try:
        return sought is not None and sought.search(text, timeout=DEFAULT_LIMITS.match_seconds) is not None
    except TimeoutError:
        return False
