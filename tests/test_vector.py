"""Counting and replacing: what Python's own methods give, whichever engine does it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from logsleuth.vector import holds, newlines, translated

TABLE = bytes.maketrans(b"19\n", b"00 ")


@given(st.binary(max_size=200), st.integers(0, 210), st.none() | st.integers(0, 210))
def test_newlines_are_those_of_the_part(data: bytes, start: int, end: int | None) -> None:
    """Of all of it, of a part, and of a part that there is not."""
    assert newlines(data) == data.count(b"\n")
    assert newlines(data, start, end) == data.count(b"\n", start, end)


@given(st.binary(max_size=200), st.binary(min_size=1, max_size=3), st.integers(0, 210))
def test_words_are_found_wherever_they_stand(data: bytes, words: bytes, at: int) -> None:
    """At the beginning, at the end, in between, or nowhere."""
    assert holds(data[:at] + words + data[at:], words)
    assert holds(data, words) == (words in data)


@given(st.binary(max_size=200))
def test_every_byte_is_replaced(data: bytes) -> None:
    """By what the table has for it."""
    assert translated(data, TABLE) == data.translate(TABLE)
