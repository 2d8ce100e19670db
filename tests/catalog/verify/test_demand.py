"""What the patterns of a signature demand of a message."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logsleuth.catalog.verify.demand import demands
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
