"""Drain: messages -> clusters of those that share most of their words, in the order in which they come.

After He, Zhu, Zheng and Lyu, "Drain: An Online Log Parsing Approach with Fixed Depth Tree" (ICWS 2017), with the same
clusters as drain3's at its usual settings. Messages of as many words and with the same first word are compared; the
clusters to compare with are looked up by their words, since most of a thousand share none.
"""

from __future__ import annotations

from operator import eq
from typing import Final

PARAMETER: Final = "<*>"
CHILDREN: Final = 100  # first words of messages of one length; what comes later stands under the parameter
SIMILARITY: Final = 0.4  # of the words have to be the same
_NONE: Final[dict[int, None]] = {}


class Cluster:
    """Messages that are taken for one kind, and the words that all of them share."""

    __slots__ = ("number", "parameters", "words")

    def __init__(self, number: int, words: list[str]) -> None:
        self.number = number
        self.words = words
        self.parameters = words.count(PARAMETER)

    def template(self) -> str:
        """The shared words, with `<*>` in place of the others."""
        return " ".join(self.words)


class _Leaf:
    """Clusters of one length, by (place, word); a place that became a parameter is not looked up any more."""

    __slots__ = ("by_word", "clusters", "least")

    def __init__(self, length: int) -> None:
        self.least = next((count for count in range(length + 1) if count / (length or 1) >= SIMILARITY), 0)
        self.clusters: list[Cluster] = []
        self.by_word: dict[tuple[int, str], dict[int, None]] = {}

    def add(self, cluster: Cluster) -> None:
        index = len(self.clusters)
        self.clusters.append(cluster)
        for place in enumerate(cluster.words):
            if place[1] != PARAMETER:
                self.by_word.setdefault(place, {})[index] = None

    def find(self, words: list[str]) -> int | None:
        """The cluster that shares most words; of several the one with most parameters, then the oldest."""
        places = [place for place in enumerate(words) if place[1] != PARAMETER]
        spare = len(words) - len(places)
        best, best_rank = None, (self.least, -1)
        for index in sorted(self._candidates(places)):
            cluster = self.clusters[index]
            shared = sum(map(eq, cluster.words, words))
            if spare:
                shared -= sum(a == b == PARAMETER for a, b in zip(cluster.words, words, strict=True))
            if (shared, cluster.parameters) > best_rank:
                best, best_rank = index, (shared, cluster.parameters)
        return best

    def _candidates(self, places: list[tuple[int, str]]) -> set[int]:
        """All clusters that can share enough words: each of them shares one of the rarest."""
        found = sorted((self.by_word.get(place, _NONE) for place in places), key=len)
        return set().union(*found[: max(len(places) - self.least + 1, 0)])

    def merge(self, index: int, words: list[str]) -> None:
        """Take a message into a cluster: what it does not share becomes a parameter."""
        cluster = self.clusters[index]
        if cluster.words == words:
            return
        for place, (known, word) in enumerate(zip(cluster.words, words, strict=True)):
            if known not in (word, PARAMETER):
                del self.by_word[place, known][index]
                cluster.words[place] = PARAMETER
                cluster.parameters += 1


class Drain:
    """The clusters of the messages so far."""

    def __init__(self) -> None:
        self._count = 0
        self._leaves: dict[tuple[int, str], _Leaf] = {}
        self._first_words: dict[int, set[str]] = {}

    def __len__(self) -> int:
        return self._count

    def add(self, message: str) -> Cluster:
        """The cluster of `message`, which may be new."""
        words = message.split()
        leaf = self._leaves.get((len(words), self._known_word(words)))
        if leaf is not None:
            index = leaf.find(words) if words else 0
            if index is not None:
                leaf.merge(index, words)
                return leaf.clusters[index]
        self._count += 1
        cluster = Cluster(self._count, words)
        place = (len(words), self._new_word(words))
        if place not in self._leaves:
            self._leaves[place] = _Leaf(len(words))
        self._leaves[place].add(cluster)
        return cluster

    def _known_word(self, words: list[str]) -> str:
        """The first word by which a message is looked up; that of a single word is no path of its own."""
        if len(words) < 2:
            return ""
        return words[0] if words[0] in self._first_words.get(len(words), ()) else PARAMETER

    def _new_word(self, words: list[str]) -> str:
        """The first word under which a cluster is entered: words with digits and those beyond the bound share one."""
        if len(words) < 2:
            return ""
        known = self._first_words.setdefault(len(words), set())
        word = words[0]
        if word not in known:
            room = CHILDREN - len(known) - (PARAMETER not in known)
            if any(map(str.isdigit, word)) or room < 1:
                word = PARAMETER
            known.add(word)
        return word
