"""Tests of logsleuth.events.reprs."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.events.reprs import read_pairs, unquote

PAIRS = [
    ("{'a': 1, 'b': 'x, y'}", (("a", "1"), ("b", "x, y"))),
    (
        "a=1, b='x=1, y', c={'d': [1, 2], 'e': X(f=1)}",
        (("a", "1"), ("b", "x=1, y"), ("c", "{'d': [1, 2], 'e': X(f=1)}")),
    ),
    ("Namespace(a=None, b=['*'])", (("a", "None"), ("b", "['*']"))),
    ("a=False b=True, c=3", (("a", "False"), ("b", "True"), ("c", "3"))),
    ("a=1, served_model_name=/x) tail=2", (("a", "1"), ("served_model_name", "/x"))),
    ("{'a': 1} [303,303][x.py:344,f]", (("a", "1"),)),
    ("[{'a': 1}]", (("a", "1"),)),
    ("{'mode': <Mode.COMPILE: 3>, 'a': 1}", (("mode", "<Mode.COMPILE: 3>"), ("a", "1"))),
    ('{"a": "b\\"c", "d": null}', (("a", 'b\\"c'), ("d", "null"))),
    ("a='cut in the mid", (("a", "cut in the mid"),)),
    ("{'a': 'x', 'b", (("a", "x"),)),
    ("a==b, 1=2, =3, c=", (("a", "=b"),)),
    ("no pairs at all", ()),
    ("", ()),
]


@pytest.mark.parametrize(("text", "pairs"), PAIRS)
def test_pairs_are_read(text: str, pairs: tuple[tuple[str, str], ...]) -> None:
    """Dicts, calls and bare lists, whole and cut."""
    assert read_pairs(text) == pairs


def test_named_values_are_read_too() -> None:
    """A value whose name is asked for is opened, also inside quotes and brackets."""
    text = """{'k': "T(a='x', extra={'UCM': '/y', 'list': [{'name': 'N'}]})", 'other': {'b': 1}}"""

    pairs = read_pairs(text, nested=frozenset({"k", "extra", "list"}))

    assert [pair for pair in pairs if pair[0] not in {"k", "extra", "list"}] == [
        ("a", "x"),
        ("UCM", "/y"),
        ("name", "N"),
        ("other", "{'b': 1}"),
    ]


def test_nesting_ends_somewhere() -> None:
    """A value that contains itself many times is opened a few times only."""
    text = "{'k': " * 50

    assert len(read_pairs(text, nested=frozenset({"k"}))) == 5


def test_long_values_and_many_pairs_are_bounded() -> None:
    """Neither the values nor their number follow the input."""
    assert len(dict(read_pairs("a=" + "x" * 5000))["a"]) == 300
    assert len(read_pairs("a=1," * 5000)) == 400


@pytest.mark.parametrize(
    ("value", "bare"), [("'a'", "a"), ('"a"', "a"), ("'a", "a"), (" a ", "a"), ("'", ""), ("", "")]
)
def test_quotes_are_taken_off(value: str, bare: str) -> None:
    """Also where one is missing."""
    assert unquote(value) == bare


@given(st.text(alphabet="ab=:,'\"[](){}\\ ", max_size=200))
def test_any_text_gives_pairs(text: str) -> None:
    """No text is refused."""
    assert isinstance(read_pairs(text, nested=frozenset({"a"})), tuple)


@pytest.mark.parametrize("piece", ["'\\", "{", "a=b ", "a=", "(),", "x: ", "a ", "{'a': ", "a(", "\"'"])
def test_hostile_texts_take_linear_time(piece: str) -> None:
    """A line of 64 KiB of any repeated piece is read at once."""
    text = (piece * 66_000)[:65_536]
    started = time.process_time()

    read_pairs(text, nested=frozenset({"a"}))

    assert time.process_time() - started < 0.5
