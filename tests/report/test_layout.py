"""Texts in lines of a given width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from logsleuth.report.layout import clipped, columns, wrapped


def lines(text: str, width: int, most: int | None = None) -> list[str]:
    """The lines without what a terminal does not show."""
    return [line.plain.rstrip() for line in wrapped(Text(text), width, most=most)]


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("", 10, [""]),
        ("one two three", 8, ["one two", "three"]),
        ("  indented stays so", 12, ["  indented", "stays so"]),
        ("a\n\nb", 10, ["a", "", "b"]),
        ("/a/very/long/path", 6, ["/a/ver", "y/long", "/path"]),
        ("无法解析配置文件。", 10, ["无法解析配", "置文件。"]),
        ("配置文件（见上）。", 10, ["配置文件", "（见上）。"]),
        ("one two · three", 8, ["one", "two ·", "three"]),
        ("one rank\xa07 three", 8, ["one", "rank\xa07", "three"]),
        ("把 max_model_len 调低，再试", 14, ["把", "max_model_len", "调低，再试"]),
    ],
)
def test_lines_break_where_people_would(text: str, width: int, expected: list[str]) -> None:
    """At spaces, between ideographs but not before their closing marks, and inside a word only where it must."""
    assert lines(text, width) == expected


def test_what_is_cut_is_marked() -> None:
    """The last line that is kept ends in an ellipsis."""
    assert lines("one two three four", 8, most=2) == ["one two", "three …"]
    assert lines("onetwothree", 5, most=1) == ["onet…"]
    assert lines("one two", 8, most=1) == ["one two"]
    assert lines("a\nb\nc", 8, most=2) == ["a", "b …"]
    assert lines("a\nb\nc\nd\ne", 8, most=2) == ["a", "b …"]


def test_one_line_is_clipped_by_columns() -> None:
    """A wide sign counts for two."""
    assert clipped(Text("显存耗尽"), 6).plain == "显存…"
    assert clipped(Text("short"), 6).plain == "short"


def test_columns_line_up() -> None:
    """Wide signs count twice, rows may be short, and what is too wide is cut."""
    said = columns([("rank", "op"), ("显存耗尽", "ALLREDUCE"), ("7",)], 20)

    assert [line.plain for line in said] == ["rank      op", "显存耗尽  ALLREDUCE", "7"]
    assert columns([("a", "bcdef")], 5)[0].plain == "a  b…"


@given(st.text(max_size=200), st.integers(min_value=4, max_value=40))
def test_no_text_breaks_the_layout(text: str, width: int) -> None:
    """Every sign is kept, and no line is wider than asked for."""
    said = wrapped(Text(text), width)

    assert all(cell_len(line.plain.rstrip()) <= width for line in said)
    assert "".join("".join(line.plain for line in said).split()) == "".join(Text(text).plain.split())
