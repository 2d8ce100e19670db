"""What the patterns of a signature demand of a message."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logsleuth.catalog.verify.demand import demands, mandatory
from logsleuth.model import Signature


@pytest.mark.parametrize(
    ("match", "hit", "matched", "fixed"),
    [
        ("{literal: no such widget}", "E: no such widget 3", "no such widget", "no such widget"),
        (
            r"{literal: widgets left, regex: '(?P<n>\d+) widgets left on (?P<host>\S+)'}",
            "3 widgets left on rank",
            "3 widgets left on rank",
            "widgets left on",
        ),
        (
            r"{literal: ' failed: ', regex: '(?P<op>read|write) failed: [^\n]{0,40}?(?P<why>no space|quota)'}",
            "write failed: oh well, no space",
            "write failed: oh well, no space",
            "write failed no space",
        ),
        (
            r"{literal: 'is gone', regex: '(?:GPU|[Cc]ard) \w+ is gone'}",
            "card three is gone",
            "card three is gone",
            "card is gone",
        ),
        (
            r"{scan: 'broken \w+ pipe', regex: 'a (broken) \w+ pipe'}",
            "a broken old pipe",
            "a broken old pipe",
            "broken pipe",
        ),
        (r"{scan: 'broken \w+ pipe'}", "a broken old pipe", "broken old pipe", "broken pipe"),
        (
            r"{literal: 'ValueError: bad one', regex: 'ValueError: bad one'}",
            "ValueError: bad one",
            "ValueError: bad one",
            "bad one",
        ),
        (r"{literal: 'code -500', regex: 'code -500\d+'}", "code -50001", "code -50001", "code"),
        (r"{literal: 'is lost', regex: 'disk\d* is lost'}", "disk is lost", "disk is lost", "disk is lost"),
        (
            r"{literal: 'of memory', regex: 'out of memory(?:, (?P<n>\d+) MiB free)?: (?P<s>[\d.]+ [KM]iB) asked'}",
            "out of memory, 3 MiB free: 8 MiB asked",
            "out of memory, 3 MiB free: 8 MiB asked",
            "out of memory free asked",
        ),
        (
            r"{literal: 'memory', regex: 'out of memory(?: of GPU)?'}",
            "out of memory of GPU",
            "out of memory",
            "out of memory",
        ),
        (r"{scan: 'abc', regex: '(?:abc de)?'}", "abc de", "abc de", "abc de"),
        (
            r"{literal: 'in use', regex: 'Errno 98\] already in use'}",
            "[Errno 98] already in use",
            "Errno 98] already in use",
            "errno already in use",
        ),
        (r"{scan: 'rank\d{3}', regex: '\d{3}'}", "rank123", "123", ""),
    ],
)
def test_demands(make: Callable[..., Signature], match: str, hit: str, matched: str, fixed: str) -> None:
    """The match, and the words that no wildcard took."""
    found = list(demands([make(match, hit)]))

    assert [one.message[slice(*one.span)] for one in found] == [matched]
    assert " ".join(found[0].fixed) == fixed


def test_a_pattern_without_a_sample_demands_nothing(make: Callable[..., Signature]) -> None:
    """Neither where its literal, nor where its expression is missing."""
    match = "- {literal: one text here}\n- {literal: other text, regex: 'some other text'}"

    assert [one.pattern for one in demands([make(match, "one text here", "no other text")])] == [0]


def test_an_expression_that_takes_too_long(make: Callable[..., Signature]) -> None:
    """Demands nothing; lint says so elsewhere."""
    signature = make("{literal: widget, regex: 'widget (a|aa|aaa)+b'}", f"widget {'a' * 60}")

    assert list(demands([signature])) == []


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        (r"a(?:b(?P<c>d)?)? e\)? [)?(]? (?P<x>f|g)(?:h)*?", r"a e\)? [)?(]? (?P<x>f|g)"),
        (r"(?:i)+ (?!z)k(l){0,2}", r"(?:i)+ (?!z)k(l){0,2}"),
        (r"(a))?", r"(a))?"),
    ],
)
def test_what_may_be_missing_is_not_demanded(expression: str, wanted: str) -> None:
    """Groups that are optional; escaped and bracketed parentheses are text."""
    assert mandatory(expression) == wanted
