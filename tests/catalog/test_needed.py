"""What every match needs: never more than a match holds, and enough to tell most texts without one."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.catalog.load import load_catalog
from logsleuth.catalog.needed import may_match, needed
from logsleuth.model import SampleKind

PIECES = ("abcd", "efgh", "x", "(?:", "(?P<n>", "(?!", ")", "|", "?", "*", "+", "{0,2}", "{2}", "[^abcd]", r"\.", r"\d")
WORDS = ("abcd", "efgh", "x", ".", "7", "abcdabcd")


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("CUDA error: (?P<error>[^\\n]+)", [("CUDA error: ",)]),
        ('File "[^"]*/(?:eagle|medusa)\\w*\\.py"', [('File "',), ("eagle", "medusa"), ('.py"',)]),
        ("first[\\s\\S]{0,300}?second", [("first",), ("second",)]),
        ("one of|two of", [("one of", "two of")]),
        ("(?:either (?:this|that)|other)", [("either ", "other")]),
        ("(?:either|\\d+) fails", [(" fails",)]),
        ("(?:maybe )?then", [("then",)]),
        ("(?:maybe ){0,3}then(?:some){2}", [("then",), ("some",)]),
        ("names? of", [("name",)]),
        ("a long line+ ends here", [("a long line",), (" ends here",)]),
        ("(?<!never )(?=perhaps)always(?!here)", [("always",)]),
        ("[word]{4}\\bthere", [("there",)]),
        ("abc", []),
        ("(?i)any case", []),
        ("(?i:any) case", []),
        ("\\x41BCDE", []),
        ("[[:alpha:]] class", []),
        ("", []),
    ],
)
def test_words_are_those_of_every_match(expression: str, words: list[tuple[str, ...]]) -> None:
    """What may be left out, or is no plain text, is not needed; nothing is where anything is not understood."""
    assert list(needed(expression)) == words


@pytest.mark.parametrize(
    ("text", "is_possible"),
    [("begin end", True), ("begin", False), ("end", False), ("the begin of an end", True), ("beg in end", False)],
)
def test_text_without_a_needed_word_has_no_match(text: str, *, is_possible: bool) -> None:
    """All of them must stand in the part that is looked at."""
    assert may_match("begin.*(?: end|late)", text, 0, len(text)) is is_possible


def test_words_outside_the_part_do_not_count() -> None:
    """The part is what the expression will be tried on."""
    assert not may_match("begin.*end", "begin end", 1, 9)


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=9), words=st.lists(st.sampled_from(WORDS), max_size=6))
def test_no_match_is_missed(pieces: list[str], words: list[str]) -> None:
    """Where a match is, its words are, whatever the expression."""
    try:
        expression = regex.compile("".join(pieces))
    except regex.error:
        return
    text = "".join(words)

    assert expression.search(text) is None or may_match(expression.pattern, text, 0, len(text))


def test_samples_hold_what_their_expressions_need() -> None:
    """No signature loses one of its own samples."""
    missed = [
        (signature.id, pattern.regex)
        for signature in load_catalog().signatures
        for pattern in signature.patterns
        for sample in signature.samples
        if pattern.regex and sample.kind is SampleKind.HIT
        for match in regex.finditer(pattern.regex, sample.text, regex.MULTILINE)
        if not may_match(pattern.regex, match[0], 0, len(match[0]))
    ]

    assert missed == []
