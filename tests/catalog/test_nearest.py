"""Texts are near when they share rare words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from logsleuth.catalog import nearest as module
from logsleuth.catalog.nearest import MAX_WORDS, Near, WordIndex, nearest, words_of_text
from logsleuth.model import Signature, Words

TEXTS = ("the disk is full", "the disk is slow", "the widget is lost", "")


def test_words() -> None:
    """Runs of letters in any script; numbers and signs do not count, and there is a bound."""
    assert words_of_text("Rank3: GPU_memory 0x1f 显存 不足, a b") == ("rank", "gpu", "memory", "显存", "不足")
    assert len(words_of_text("word " * (MAX_WORDS + 1))) == MAX_WORDS


def test_rare_words_decide() -> None:
    """The one with the rare word comes first, the others in their order, those without any word in common never."""
    index = WordIndex(map(words_of_text, TEXTS))

    found = index.near(words_of_text("the widget"), 3)

    assert [near.at for near in found] == [2, 0, 1]
    assert found[0].score > 2 * found[1].score


def test_the_same_text_is_nearest() -> None:
    """With the full score."""
    index = WordIndex(map(words_of_text, TEXTS))

    assert index.near(words_of_text("the disk is full"), 1) == (Near(at=0, score=1.0),)
    assert index.near((), 1) == ()
    assert index.near(("unheard",), 1) == ()


def test_one_common_word_is_not_near() -> None:
    """However short the text that has it."""
    index = WordIndex([("the",), words_of_text("the widget of the rank")])

    assert [near.at for near in index.near(words_of_text("the widget was lost by a rank"), 2)] == [1, 0]


def test_the_nearest_signatures(signature: Signature) -> None:
    """By title, literal or sample, each signature once."""
    other = replace(signature, id="vllm.other", title=Words(en="Widgets are lost", zh="x"), patterns=(), samples=())

    found = nearest((signature, other), "max seq len needs KV cache", 5)
    titled = nearest((signature, other), "lost widgets", 5)

    assert [one.id for one, _ in found] == ["vllm.kv-cache-too-small.request"]
    assert [one.id for one, _ in titled] == ["vllm.other"]


def test_the_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rare words are looked up first, the common ones not at all where there would be too much to read."""
    monkeypatch.setattr(module, "MAX_VISITS", 1)
    index = WordIndex(map(words_of_text, TEXTS))

    assert [near.at for near in index.near(words_of_text("the widget"), 3)] == [2]
