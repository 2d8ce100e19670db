"""Facts in texts, and texts that are safe to print."""

from __future__ import annotations

import pytest

from logsleuth.wording import escaped, fill, names, printable

FACTS = {"needed": "24.0 GiB", "env.model": "m"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("needs {needed}", "needs 24.0 GiB"),
        ("needs {needed}[[ of {total}]].", "needs 24.0 GiB."),
        ("serve {env.model}[[ with {needed}]]", "serve m with 24.0 GiB"),
        ("needs {total}", None),
        ("'{\"a\": 1}' stays", "'{\"a\": 1}' stays"),
    ],
)
def test_facts_are_filled_in(text: str, filled: str | None) -> None:
    """Optional parts go where a fact is unknown, and the whole text where one outside of them is."""
    assert fill(text, FACTS) == filled


def test_a_fact_is_not_read_as_a_text_with_names() -> None:
    """What a log says is never interpreted."""
    assert fill("{a}", {"a": "{b} [[x]]", "b": "no"}) == "{b} [[x]]"


def test_names_are_those_of_the_text() -> None:
    """Each once, optional parts included."""
    assert names("{a} [[{b} {a}]] {env.c}") == ("a", "b", "env.c")


@pytest.mark.parametrize(
    ("text", "line", "lines"),
    [
        ("\x1b[2J", "\\x1b[2J", "\\x1b[2J"),
        ("a\tb", "a\tb", "a\tb"),
        ("\x9b31m", "\\x9b31m", "\\x9b31m"),
        ("\u202eevil", "\\u202eevil", "\\u202eevil"),
        ("a\u2028b", "a\\u2028b", "a\\u2028b"),
        ("中文", "中文", "中文"),
        ("bell\x07", "bell\\x07", "bell\\x07"),
        ("a\nb\x1b\r\x9b", "a\\x0ab\\x1b\\x0d\\x9b", "a\nb\\x1b\\x0d\\x9b"),
        ("a\x0b\x0c\x85b", "a\\x0b\\x0c\\x85b", "a\\x0b\\x0c\\x85b"),
    ],
)
def test_controls_are_spelled_out(text: str, line: str, lines: str) -> None:
    """A terminal shows them and does not obey them; of several lines, only their ends survive."""
    assert escaped(text) == line
    assert printable(text) == lines
