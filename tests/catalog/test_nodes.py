"""YAML is read as the author wrote it, and never harms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.catalog.nodes import Fields, Items, Scalar, read_tree


def test_scalars_stay_as_they_were_written() -> None:
    """Nothing is taken for a truth, a time, a number or nothing."""
    tree, problems = read_tree("x", b"a: no\nb: 12:30:45\nc: 0.10\nd: 1_000\ne: 'quoted'\nf: >-\n  one\n  two\n")

    assert problems == []
    assert isinstance(tree, Fields)
    assert {key: node.value for key, node in tree.nodes.items() if isinstance(node, Scalar)} == {
        "a": "no",
        "b": "12:30:45",
        "c": "0.10",
        "d": "1_000",
        "e": "quoted",
        "f": "one two",
    }
    assert tree.lines == {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6}


def test_lists_know_their_lines() -> None:
    """Every entry has the line that it begins in."""
    tree, _ = read_tree("x", b"- a\n-\n  - b\n")

    assert tree == Items((Scalar("a", 1), Items((Scalar("b", 3),), 3)), 1)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "key 'a' stands here twice; the first is in line 1"),
        ("a: x\nb: one #two\n", 2, "'one' ends at ' #'; quote the text, or put two spaces before a comment"),
        ("a: !!int 'x'\n", 1, "tag 'tag:yaml.org,2002:int' is not allowed; write the value alone"),
        ("a: !!python/name:os.system x\n", 1, "tag 'tag:yaml.org,2002:python/name:os.system' is not allowed"),
        ("a: !mine x\n", 1, "tag '!mine' is not allowed; write the value alone"),
        ("a: x\nb: c: d\n", 2, "not readable as YAML: mapping values are not allowed in this context; quote a text"),
        ("a: {name}: b\n", 1, "not readable as YAML"),
        ("{a: b}: c\n", 1, "a key must be a word; is a text with '{' unquoted?"),
        ("", 0, "the file is empty"),
        ("a: b\n---\nc: d\n", 2, "a second document begins here; one file holds one list"),
        ("[" * 40 + "]" * 40, 1, "nested too deeply or too large; split it into several files"),
        ("[" * 100_000, 1, "nested too deeply or too large"),
        ("a: &a [x]\nb: [*a, *a]\n", 2, "'*a' names no text above; write the value out, or quote it"),
        ("- x\n" * 20_001, 20_000, "nested too deeply or too large"),
        ("a: \x00\n", 0, "not readable as YAML"),
        ("#" * 300_000, 0, "300000 bytes are more than the 262144 allowed; split the file"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, line: int, message: str) -> None:
    """One problem, with the line to look at."""
    _, problems = read_tree("x", text.encode())

    assert len(problems) == 1
    assert problems[0].message.startswith(message)
    assert problems[0].where.line == line or message == "not readable as YAML"


def test_a_comment_after_two_spaces_is_one() -> None:
    """The schema's own example has such comments."""
    assert read_tree("x", b"a: b  # c\nd: 'e' # f\n")[1] == []


def test_a_text_can_be_used_again() -> None:
    """An expression that several patterns share needs to be written only once."""
    tree, problems = read_tree("x", b"a: &again some text\nb: [*again]\n")

    assert problems == []
    assert isinstance(tree, Fields)
    assert tree.nodes["b"] == Items((Scalar("some text", 2),), 2)


def test_other_encodings_are_refused_with_their_line() -> None:
    """The line of the first wrong byte is named."""
    tree, problems = read_tree("x", b"a: b\nc: \xff\n")

    assert tree is None
    assert str(problems[0]) == "x:2: not UTF-8; save the file as UTF-8 [yaml]"


@given(st.binary(max_size=300) | st.text(alphabet="ab:-[]{}&*!#'\"|>\n \t,?%@`", max_size=80).map(str.encode))
def test_any_bytes_give_a_tree_or_a_problem(data: bytes) -> None:
    """Reading is total."""
    tree, problems = read_tree("x", data)

    assert tree is not None or problems
