"""Signatures and what an upstream can print in; out: which of them that upstream can still trigger.

A signature lives if some template would have printed what one of its patterns matches in a hit sample, or holds the
words of that match in their order and the pattern's literal to the letter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from logsleuth.catalog.nearest import WordIndex, words_of_text
from logsleuth.catalog.verify.demand import Demand, demands
from logsleuth.catalog.verify.literals import Upstream
from logsleuth.catalog.verify.production import produced
from logsleuth.catalog.verify.template import Template
from logsleuth.model import Signature, Status

CANDIDATES: Final = 24
ALIVE: Final = 0.8  # of the words that a pattern demands
PRODUCED: Final = 0.4  # of them, where the template would have printed the sample: the others are its values
SPANNED: Final = 0.6  # of the match, in that case
LITERAL: Final = 0.6  # of them, where a literal of several words stands in the template to the letter
REWORDED: Final = 0.5  # of the weight of these words


class State(StrEnum):
    """What has become of a signature in one upstream."""

    ALIVE = "alive"
    BELOW = "below"  # not its own text: Python, the C library, CUDA or torch print it
    REWORDED = "reworded"
    GONE = "gone"
    UNCLEAR = "unclear"  # it demands no word that could be looked for


RANK: Final = (State.UNCLEAR, State.GONE, State.REWORDED, State.BELOW, State.ALIVE)
Found = tuple[State, Template | None]
NOTHING: Final[Found] = (State.UNCLEAR, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Liveness:
    """A signature in one upstream: its best pattern, the template that proves it or comes near."""

    signature: Signature
    state: State
    template: Template | None = None
    is_expected: bool = True  # its `versions` include this upstream's

    @property
    def is_surprise(self) -> bool:
        """Whether the signature's `versions` say otherwise."""
        if self.is_expected:
            return self.state in {State.REWORDED, State.GONE}
        return self.state is State.ALIVE  # what lies below says nothing about versions


def liveness(
    signatures: Iterable[Signature], upstream: Upstream, below: Sequence[Template] = ()
) -> tuple[Liveness, ...]:
    """The state of every signature that has patterns, in their order; `below` is what lies under the upstream."""
    chosen = tuple(one for one in signatures if one.patterns and one.status is not Status.RETIRED)
    evidence = Evidence(upstream.templates, below)
    best: dict[int, Found] = {}
    for demand in demands(chosen):
        known = best.get(demand.signature, NOTHING)
        if known[0] is not State.ALIVE:
            found = evidence.judge(demand)
            best[demand.signature] = max(known, found, key=lambda one: RANK.index(one[0]))
    return tuple(_liveness(one, best.get(at, NOTHING), upstream.version) for at, one in enumerate(chosen))


def of_component(signatures: Sequence[Signature], component: str) -> tuple[Signature, ...]:
    """The signatures of a component, or all where it has none."""
    return tuple(one for one in signatures if one.component == component) or tuple(signatures)


def _liveness(signature: Signature, found: Found, version: str) -> Liveness:
    return Liveness(
        signature=signature,
        state=found[0],
        template=found[1],
        is_expected=is_within(version, signature.versions) and signature.status is not Status.DOC_ONLY,
    )


def is_within(version: str, versions: str) -> bool:
    """Whether a version lies in a range; what cannot be told counts as yes."""
    try:
        return not versions or SpecifierSet(versions).contains(Version(version), prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return True


class Evidence:
    """The templates of an upstream and of what lies below it, asked for what a pattern demands."""

    def __init__(self, templates: Sequence[Template], below: Sequence[Template] = ()) -> None:
        self.templates = (*templates, *below)
        self.own = len(templates)
        self.words = tuple(template.words for template in self.templates)
        self.index = WordIndex(self.words)

    def judge(self, demand: Demand) -> Found:
        """The state of a demand, with the template that proves it or the nearest one."""
        if not demand.fixed:
            return NOTHING
        near = [one.at for one in self.index.near(demand.fixed, CANDIDATES)]
        proofs = sorted(at for at in near if is_met(demand, self.templates[at], self.words[at]))
        proofs = proofs or self._composed(demand, near)
        if proofs:
            return State.ALIVE if proofs[0] < self.own else State.BELOW, self.templates[proofs[0]]
        weight, at = max(((self._shared(demand, at), at) for at in near if at < self.own), default=(0.0, 0))
        return (State.REWORDED, self.templates[at]) if weight >= REWORDED else (State.GONE, None)

    def _shared(self, demand: Demand, at: int) -> float:
        """The share, by weight, that the demanded words and those of a template have in common."""
        asked, held = set(demand.fixed), set(self.words[at])
        both = sum(map(self.index.weight, sorted(asked & held)))
        larger = max(sum(map(self.index.weight, sorted(words))) for words in (asked, held))
        return both / larger if larger else 0.0

    def _composed(self, demand: Demand, near: Sequence[int]) -> list[int]:
        """Templates, each of them whole, that make up the message together: an outer text around an inner one.

        The first holds the literal.
        """
        covered: set[int] = set()
        used: list[int] = []
        for at in near:
            words = self.words[at]
            spans = blocks(demand.fixed, words)
            if words and sum(map(len, spans)) == len(words):
                covered |= {place for span in spans for place in span}
                used.append(at)
        holders = sorted(at for at in used if not demand.literal or has_literal(demand.literal, self.templates[at]))
        return holders if len(covered) >= ALIVE * len(demand.fixed) else []


def is_met(demand: Demand, template: Template, words: Sequence[str]) -> bool:
    """Whether a message of this template has what the pattern demands."""
    asked = len(demand.fixed)
    shared = matched(demand.fixed, words)
    if shared < max(PRODUCED * asked, min(2, asked)):
        return False
    wanted = LITERAL if len(words_of_text(demand.literal)) > 2 else ALIVE
    if shared >= wanted * asked and (has_literal(demand.literal, template) if demand.literal else asked > 2):
        return True
    return is_produced(demand, template)


def is_produced(demand: Demand, template: Template) -> bool:
    """Whether the template would have printed most of what the pattern matches in its sample."""
    span = produced(template.parts, demand.message)
    return span is not None and _is_within(demand.span, span)


def _is_within(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    """Whether most of `inner` lies in `outer`."""
    return min(inner[1], outer[1]) - max(inner[0], outer[0]) >= SPANNED * (inner[1] - inner[0])


def has_literal(literal: str, template: Template) -> bool:
    """Whether the literal stands in a message of the template, to the letter where it is not in a hole."""
    if any(literal in part for part in template.parts):
        return True
    return any(_spans_hole(literal, template.parts, at) for at in range(1, len(template.parts)))


def _spans_hole(literal: str, parts: Sequence[str], at: int) -> bool:
    """Whether the literal begins in the part before hole `at` and goes on in or after that hole."""
    before = next((size for size in range(len(literal), 3, -1) if parts[at - 1].endswith(literal[:size])), 0)
    rest = literal[before:]
    after = next((size for size in range(len(rest), 3, -1) if parts[at].startswith(rest[-size:])), 0)
    held = before + after
    return held > 0 and held >= len(literal) * 2 // 3


def matched(asked: Sequence[str], held: Sequence[str]) -> int:
    """How many of the words asked for stand in the words held, in the same order."""
    return sum(map(len, blocks(asked, held)))


def blocks(asked: Sequence[str], held: Sequence[str]) -> list[range]:
    """Where the words asked for stand in the same order in those held."""
    found = SequenceMatcher(None, asked, held, autojunk=False).get_matching_blocks()
    return [range(block.a, block.a + block.size) for block in found if block.size]
