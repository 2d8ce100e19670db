"""Texts in, the texts nearest to another one out: shared words count by their rarity."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.model import Diagnosis, SampleKind, Signature

WORD: Final = lazy(r"[^\W\d_]{2,}")
MAX_WORDS: Final = 400  # of one text
SHORTEST: Final = 0.5  # of the question's weight
ASKED: Final = 3  # unknown failures that the catalog is searched for
NEAR_SCORE: Final = 0.3  # below it, two texts share little more than the words of every error
MAX_VISITS: Final = 60_000  # postings read for one question: the rare words come first


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """One text that shares words with the question: its number, and how near it is (0 to 1)."""

    at: int
    score: float


def words_of_text(text: str) -> tuple[str, ...]:
    """The words of a text in lower case: runs of letters, so that numbers and separators do not count."""
    return tuple(match[0].lower() for match, _ in zip(WORD.finditer(text), range(MAX_WORDS), strict=False))


class WordIndex:
    """Texts by their words, built once and asked often."""

    def __init__(self, texts: Iterable[Sequence[str]]) -> None:
        self._postings: dict[str, list[int]] = {}
        sets: list[tuple[str, ...]] = []
        for at, words in enumerate(texts):
            sets.append(tuple(dict.fromkeys(words)))
            for word in sets[-1]:
                self._postings.setdefault(word, []).append(at)
        self._count = len(sets)
        self._weights = tuple(sum(map(self.weight, words)) for words in sets)

    def weight(self, word: str) -> float:
        """What a word counts: the rarer, the more; a word that no text has counts like one that a single text has."""
        return math.log(1 + self._count / max(1, len(self._postings.get(word, ()))))

    def near(self, words: Iterable[str], limit: int) -> tuple[Near, ...]:
        """The nearest texts, best first; ties keep their order."""
        asked = tuple(dict.fromkeys(words))
        shared: dict[int, float] = {}
        visits = 0
        for word in sorted(asked, key=lambda word: (len(self._postings.get(word, ())), word)):
            found = self._postings.get(word, [])
            visits += len(found)
            if visits > MAX_VISITS and shared:
                break
            weight = self.weight(word)
            for at in found:
                shared[at] = shared.get(at, 0.0) + weight
        whole = sum(map(self.weight, asked))
        scored = (Near(at=at, score=self._score(value, whole, at)) for at, value in shared.items())
        return tuple(sorted(scored, key=lambda near: (-near.score, near.at))[:limit])

    def _score(self, shared: float, whole: float, at: int) -> float:
        """The cosine of the two, as if no text were much shorter than the question: one common word is not near."""
        held = max(self._weights[at], whole * SHORTEST)
        return round(min(1.0, shared / math.sqrt(whole * held)), 6) if whole else 0.0


def nearest(signatures: Sequence[Signature], message: str, limit: int = 5) -> tuple[tuple[Signature, float], ...]:
    """The signatures whose title, literals or hit samples are nearest to `message`, each once, best first."""
    texts = tuple(_texts(signatures))
    index = WordIndex(words_of_text(text) for _, text in texts)
    best: dict[str, tuple[Signature, float]] = {}
    for near in index.near(words_of_text(message), limit * 20):
        signature = texts[near.at][0]
        best.setdefault(signature.id, (signature, near.score))
    return tuple(best.values())[:limit]


def _texts(signatures: Sequence[Signature]) -> Iterable[tuple[Signature, str]]:
    for signature in signatures:
        yield signature, signature.title.en
        yield from ((signature, pattern.literal) for pattern in signature.patterns if pattern.literal)
        yield from ((signature, sample.text) for sample in signature.samples if sample.kind is SampleKind.HIT)


def with_nearest(
    signatures: Sequence[Signature], diagnoses: Iterable[Diagnosis], *, unknown: str
) -> Iterator[Diagnosis]:
    """The diagnoses; the first of those called `unknown` with the signatures that are most like them."""
    asked = 0
    for item in diagnoses:
        if item.id != unknown or asked >= ASKED:
            yield item
            continue
        asked += 1
        facts = dict(item.facts)
        near = nearest(signatures, f"{facts.get('exception', '')} {facts.get('message', '')}")
        yield replace(item, nearest=tuple(found.id for found, score in near if score >= NEAR_SCORE))
