"""The same clusters as drain3, word for word."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from drain3.drain import Drain
from hypothesis import given, settings
from hypothesis import strategies as st

from logsleuth.masking import mask_text
from logsleuth.templates.drain import IndexedDrain

FIXTURES = Path(__file__).parents[2] / "fixtures"


def assert_same(messages: list[str]) -> None:
    """Cluster by cluster, and the templates in the end."""
    ours, theirs = IndexedDrain(), Drain(param_str="<*>")
    found = [ours.add_log_message(message)[0] for message in messages]
    known = [theirs.add_log_message(message)[0] for message in messages]

    assert [cluster.cluster_id for cluster in found] == [cluster.cluster_id for cluster in known]
    assert [cluster.get_template() for cluster in found] == [cluster.get_template() for cluster in known]
    assert len(ours.clusters) == len(theirs.clusters)


WORDS = st.sampled_from(["a", "b", "c", "d", "<*>", "7", "x9", "\u0663", "e="])


@given(st.lists(st.lists(WORDS, max_size=6).map(" ".join), max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_words(messages: list[str]) -> None:
    """Few words, so that clusters merge, grow parameters and rival each other."""
    assert_same(messages)


@pytest.mark.parametrize("seed", [1, 2])
def test_more_first_words_than_a_level_has_room_for(seed: int) -> None:
    """The hundred-and-first shares a path with all others."""
    draw = random.Random(seed)
    words = [f"w{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(300)]

    assert_same([" ".join(draw.choices(words, k=draw.randint(1, 9))) for _ in range(3000)])


@pytest.mark.parametrize("path", sorted(FIXTURES.rglob("*.log"))[:12], ids=lambda path: path.name)
def test_real_logs(path: Path) -> None:
    """As they come, masked."""
    lines = mask_text(path.read_text(encoding="utf-8", errors="replace")[:200_000]).splitlines()

    assert_same([line.strip() for line in lines])
