"""Expressions that wait: they behave as compiled ones, and all of them compile."""

from __future__ import annotations

import gc
import importlib
import pkgutil
import re

import pytest

import logsleuth
from logsleuth.lazy import Waiting, lazy

OPTIONAL = ("logsleuth.probes", "logsleuth.probing", "logsleuth.doctor")  # their modules wait for what may not be there


def test_it_is_a_pattern() -> None:
    """In every way that a pattern is used."""
    word = lazy(r"(?P<letter>[a-z])\d", re.IGNORECASE)

    assert [found["letter"] for found in word.finditer("A1 b2")] == ["A", "b"]
    assert (word.sub("x", "a1"), word.split(" a1 "), word.fullmatch("a")) == ("x", [" ", "a", " "], None)
    assert (word.pattern, word.groups, dict(word.groupindex)) == (r"(?P<letter>[a-z])\d", 1, {"letter": 1})
    assert lazy(rb"\d").search(b"a1")


def test_it_is_compiled_once() -> None:
    """What was asked for stays."""
    word = lazy("a")

    assert word.match == word.match
    assert "match" in vars(word)


def test_a_mistake_shows_at_the_first_use() -> None:
    """Not where the module is imported."""
    wrong = lazy("(")

    with pytest.raises(re.error):
        wrong.match("a")
    assert not hasattr(wrong, "_nothing")


def test_every_expression_compiles() -> None:
    """Those of all modules: otherwise a mistake in a rare one would wait for its log."""
    for module in pkgutil.walk_packages(logsleuth.__path__, "logsleuth."):
        if not module.name.startswith((*OPTIONAL, "logsleuth.__main__")):
            importlib.import_module(module.name)

    found = [item for item in gc.get_objects() if isinstance(item, Waiting)]

    assert len(found) > 200
    for item in found:
        assert item.pattern == item._expression
