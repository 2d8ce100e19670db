"""The native scan: every hit, once a line, with the line's start."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.model import Mark
from logsleuth.scan import Expression, Scanner, scanner

OOM = Expression(text=b"out of memory")
XID = Expression(text=rb"Xid \(.{1,20}\): \d+", is_literal=False)
START = Expression(text=rb"^\d+ x", is_literal=False)


def marks(data: bytes) -> list[Mark]:
    """The marks of three expressions in `data`."""
    return Scanner([OOM, XID, START]).marks(data)


def test_each_expression_is_marked_once_a_line() -> None:
    """Two in one line, one of them twice; the last line lacks its end."""
    data = b"fine\nout of memory, out of memory Xid (0): 79\nfine\n12 x"

    found = marks(data)

    assert found == [Mark(start=5, expression=0), Mark(start=5, expression=1), Mark(start=51, expression=2)]


def test_words_are_told_of_the_whole_text() -> None:
    """Once, and not among the marks of lines."""
    scanner = Scanner([OOM, Expression(text=b"200 OK", is_word=True), Expression(text=b"absent", is_word=True)])

    found = scanner.scan(b"200 OK\nout of memory, 200 OK\n")

    assert (found.marks, found.words) == ([Mark(start=7, expression=0)], {b"200 OK"})


def test_an_empty_text_has_no_marks() -> None:
    """Nothing in, nothing out."""
    assert marks(b"") == []


@given(st.lists(st.sampled_from([b"out of memory", b"\n", b"Xid (1): 3", b" ", b"1 x", b"abc"]), max_size=30))
def test_marks_are_those_of_a_search_line_by_line(parts: list[bytes]) -> None:
    """The block scan finds what a naive search of every line finds."""
    data = b"".join(parts)
    expected, start = set(), 0
    for line in data.split(b"\n"):
        for number, expression in enumerate((OOM, XID, START)):
            if re.search(expression.compiled_form(), line):
                expected.add((start, number))
        start += len(line) + 1

    found = marks(data)

    assert {(mark.start, mark.expression) for mark in found} == expected
    assert len(found) == len(expected)


def test_the_cache_is_used_and_a_damaged_one_rebuilt(tmp_path: Path) -> None:
    """A second scanner loads what the first one stored; garbage in its place is replaced."""
    Scanner([OOM], cache=tmp_path)
    (stored,) = tmp_path.iterdir()
    whole = stored.read_bytes()
    stored.write_bytes(whole[:-20] + b"x" * 20)

    found = Scanner([OOM], cache=tmp_path).marks(b"out of memory\n")

    assert found == [Mark(start=0, expression=0)]
    assert stored.read_bytes() == whole


def test_a_cache_folder_that_cannot_be_made_is_no_error(tmp_path: Path) -> None:
    """The cache is a comfort."""
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")

    assert Scanner([OOM], cache=blocked / "cache").marks(b"out of memory") == [Mark(start=0, expression=0)]


def test_another_way_of_compiling_is_another_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever decides on what is found decides on the name in the cache."""
    sought = (Expression(text=b"^a.c$", is_literal=False),)
    Scanner(sought, cache=tmp_path)
    monkeypatch.setattr(scanner, "LINEWISE", 0)
    Scanner(sought, cache=tmp_path)
    monkeypatch.setattr(scanner, "__version__", "another")
    Scanner(sought, cache=tmp_path)

    assert len(list(tmp_path.iterdir())) == 3
