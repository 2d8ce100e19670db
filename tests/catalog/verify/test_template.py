"""Literals become fixed parts with holes between them."""

from __future__ import annotations

import pytest

from logsleuth.catalog.verify.template import MAX_CHARS, Kind, Template, is_telling, joined, split_holes


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plain", ("plain",)),
        ("rank %d of %s", ("rank ", " of ", "")),
        ("%(name)s is %5.2f%% of %zu, %llx", ("", " is ", "% of ", ", ", "")),
        ("100% of it", ("100% of it",)),
        ("{} of {total:.2f} {a.b[0]!r}", ("", " of ", " ", "")),
        ("literal {{x}} stays", ("literal {x} stays",)),
        ('{"key": 1}', ('{"key": 1}',)),
        ("", ("",)),
    ],
)
def test_holes(text: str, parts: tuple[str, ...]) -> None:
    """Of %-format, `.format` and fmt; other percent signs and braces are text."""
    assert split_holes(text) == parts


def test_a_huge_literal_is_cut() -> None:
    """Programs embed whole kernels."""
    assert [len(part) for part in split_holes("x" * (MAX_CHARS + 1))] == [MAX_CHARS]


def test_texts_join_without_a_hole() -> None:
    """What follows goes on in the last part; nothing at all is one empty part."""
    assert joined([("a", "b"), ("c",), (), ("d", "e")]) == ("a", "bcd", "e")
    assert joined([]) == ("",)


def test_a_template_in_words() -> None:
    """Its text, its words, and how it would be printed."""
    template = Template(parts=("rank ", " died"), kind=Kind.RAISE, exception="ValueError")

    assert (template.text, template.words) == ("rank {} died", ("rank", "died"))
    assert template.filled("3") == "ValueError: rank 3 died"


@pytest.mark.parametrize(
    ("parts", "kind", "wanted"),
    [
        (("two words",), Kind.TEXT, True),
        (("snake_case",), Kind.TEXT, False),
        (("word",), Kind.TEXT, False),
        (("error: ", ""), Kind.TEXT, True),
        (("word",), Kind.RAISE, True),
        (("", ""), Kind.RAISE, False),
        (("--- 1",), Kind.ERROR, False),
    ],
)
def test_which_literals_are_messages(parts: tuple[str, ...], kind: Kind, *, wanted: bool) -> None:
    """Identifiers and separators are not, unless they are surely printed."""
    assert is_telling(parts, kind) is wanted
