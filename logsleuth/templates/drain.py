"""drain3's Drain, which looks up the clusters that a message can join: the only module that knows drain3.

drain3 compares a message with every cluster of as many words and the same first word; of a thousand, most share no
other word with it. Here they are found by their words, and the clusters are the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from operator import eq
from typing import Any, Final

from drain3.drain import Drain, LogCluster

PARAMETER: Final = "<*>"
_NONE: Final[dict[int, None]] = {}
_Place = tuple[int, str]


class IndexedDrain(Drain):
    """Drain at its usual settings, with an index of the words of each leaf."""

    def __init__(self) -> None:
        super().__init__(param_str=PARAMETER)
        self._leaves: dict[_Place, _Leaf] = {}
        self._leaf_of: dict[int, _Leaf] = {}

    def fast_match(
        self,
        cluster_ids: Collection[int],
        tokens: Sequence[str],
        sim_th: float,  # noqa: ARG002  the leaf knows how many words have to be the same
        include_params: bool,  # noqa: ARG002, FBT001  drain3 asks with True only where full texts are matched again
    ) -> LogCluster | None:
        """The cluster of a leaf that a message joins, as drain3 would choose it."""
        leaf = self._leaf_of[next(iter(cluster_ids))]
        number = leaf.find(tokens)
        return None if number is None else self.id_to_cluster[number]

    def add_seq_to_prefix_tree(self, root_node: Any, cluster: LogCluster) -> None:  # noqa: ANN401
        """Enter a cluster, in its leaf's index too."""
        super().add_seq_to_prefix_tree(root_node, cluster)
        words = cluster.log_template_tokens
        leaf = self._leaves.setdefault(self._path(root_node, words), _Leaf(len(words), self.sim_th))
        leaf.add(cluster.cluster_id, words)
        self._leaf_of[cluster.cluster_id] = leaf

    def add_log_message(self, content: str) -> tuple[LogCluster, str]:
        """The cluster that a message joins or begins, and what became of it."""
        cluster, change = super().add_log_message(content)
        if change == "cluster_template_changed":
            self._leaf_of[cluster.cluster_id].change(cluster.cluster_id, cluster.log_template_tokens)
        return cluster, change

    def _path(self, root_node: Any, words: Sequence[str]) -> _Place:  # noqa: ANN401
        """Where a cluster was entered: under its first word, or under the parameter with those that found no room."""
        if len(words) < 2:
            return len(words), ""
        children = root_node.key_to_child_node[str(len(words))].key_to_child_node
        return len(words), words[0] if words[0] in children else PARAMETER


class _Leaf:
    """Clusters of one length, by (place, word); a place that became a parameter is not looked up any more."""

    __slots__ = ("_by_word", "_least", "_words")

    def __init__(self, length: int, similarity: float) -> None:
        self._least = next((count for count in range(length + 1) if count / (length or 1) >= similarity), 0)
        self._words: dict[int, Sequence[str]] = {}
        self._by_word: dict[_Place, dict[int, None]] = {}

    def add(self, number: int, words: Sequence[str]) -> None:
        self._words[number] = words
        for place in enumerate(words):
            if place[1] != PARAMETER:
                self._by_word.setdefault(place, {})[number] = None

    def change(self, number: int, words: Sequence[str]) -> None:
        """Forget the words that have become parameters."""
        for place, word in zip(enumerate(self._words[number]), words, strict=True):
            if place[1] != word:
                del self._by_word[place][number]
        self._words[number] = words

    def find(self, words: Sequence[str]) -> int | None:
        """The cluster that shares most words; of several the one with most parameters, then the oldest."""
        places = [place for place in enumerate(words) if place[1] != PARAMETER]
        spare = len(words) - len(places)
        best, best_rank = None, (self._least, -1)
        for number in sorted(self._candidates(places)):
            known = self._words[number]
            shared = sum(map(eq, known, words))
            if spare:
                shared -= sum(a == b == PARAMETER for a, b in zip(known, words, strict=True))
            rank = (shared, known.count(PARAMETER))
            if rank > best_rank:
                best, best_rank = number, rank
        return best

    def _candidates(self, places: Sequence[_Place]) -> set[int]:
        """All clusters that can share enough words: each of them shares one of the rarest."""
        found = sorted((self._by_word.get(place, _NONE) for place in places), key=len)
        return set().union(*found[: max(len(places) - self._least + 1, 0)])
