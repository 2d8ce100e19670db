"""Counts, first and last places are those of a loop over all lines, whichever way the lines were told apart."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.masking import shape_bytes
from logsleuth.model import Text
from logsleuth.templates import ShapeTable, shapes

LINE = st.sampled_from([b"took %d ms", b"read 0x%x", b"cmpl-%032x done", b"%d", b"", b"no figure"])
LINES = st.lists(st.builds(lambda line, figure: line % figure if b"%" in line else line, LINE, st.integers(0, 1 << 60)))


def text_of(lines: list[bytes], first_line: int = 1) -> Text:
    """Plain lines as a text."""
    data = b"".join(line + b"\n" for line in lines)
    return Text(source="a", first_line=first_line, data=data, shapes=data, line_count=len(lines))


def words(kind: int, count: int) -> list[bytes]:
    """As many kinds of lines without a figure, all beginning with that of `kind`."""
    alphabet = b"abcdefghijklmnop"
    return [
        bytes((alphabet[kind], *(alphabet[number >> shift & 15] for shift in (8, 4, 0)))) for number in range(count)
    ]


@given(st.lists(st.tuples(st.integers(0, 2), LINES), max_size=12))
def test_as_counted_one_by_one(texts: list[tuple[int, list[bytes]]]) -> None:
    """From several sources in turns."""
    table = ShapeTable(limits=DEFAULT_LIMITS)
    counts: Counter[bytes] = Counter()
    last: dict[bytes, tuple[int, int]] = {}
    numbers = [1, 1, 1]
    for source, lines in texts:
        table.count(text_of(lines, numbers[source]), source)
        for number, line in enumerate(lines, numbers[source]):
            counts[shape_bytes(line)] += 1
            last[shape_bytes(line)] = source, number
        numbers[source] += len(lines)
        if len(lines) % 2:  # somebody looks now and then
            assert sum(shape.count for shape in table.shapes.values()) == counts.total()

    assert {name: (shape.count, shape.last) for name, shape in table.shapes.items()} == {
        name: (count, last[name]) for name, count in counts.items()
    }


@pytest.fixture
def masked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many lines were masked at a time."""
    sizes: list[int] = []

    def mask(text: bytes) -> bytes:
        sizes.append(text.count(b"\n") + 1)
        return shape_bytes(text)

    monkeypatch.setattr(shapes, "shape_bytes", mask)
    return sizes


def test_many_kinds_that_come_again_are_known_by_their_keys(masked: list[int]) -> None:
    """Though no text holds one twice."""
    table = ShapeTable(limits=DEFAULT_LIMITS)
    for _ in range(40):
        table.count(text_of(words(0, 500)), 0)

    assert masked == [500, 501]  # the first, by its keys, and the one behind it, as a whole


def test_lines_that_never_come_again_cost_no_keys(masked: list[int]) -> None:
    """From the second text on."""
    table = ShapeTable(limits=DEFAULT_LIMITS)
    for kind in range(10):
        table.count(text_of(words(kind, 500)), 0)

    assert len(table._known) == 500  # those of the first
    assert masked == [500, *[501] * 9]
