"""Which error messages of an upstream some signature catches."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logsleuth.catalog.verify.coverage import Coverage, coverage, error_messages
from logsleuth.catalog.verify.literals import Upstream
from logsleuth.catalog.verify.python_source import python_templates
from logsleuth.catalog.verify.template import Kind
from logsleuth.model import Signature

MATCH = r"{literal: widgets left on rank, regex: 'only (?P<n>\d+) widgets left on rank (?P<rank>\d+)'}"
HIT = "only 3 widgets left on rank 1"


@pytest.mark.parametrize(
    ("match", "hit", "statement", "is_covered"),
    [
        (MATCH, HIT, 'raise E(f"only {n} widgets left on rank {r}")', True),
        (MATCH, HIT, 'raise E(f"no widgets left on rank {r}")', False),
        (MATCH, HIT, 'raise E(f"only {n} widgets are left on rank {r}")', False),
        (r"{scan: 'rank \d+ (?:died|left)'}", "rank 3 died", 'logger.error("rank %d died")', True),
        (r"{scan: 'rank \d+ (?:died|left)'}", "rank 3 died", 'logger.error("rank %d rose")', False),
        # no value fits both holes at once: the sample proves it
        (
            r"{literal: 'KiB for ', regex: 'needs (?P<s>\d+) KiB for (?P<p>/\S+), has (?P<x>[a-z]{5})'}",
            "it needs 3 KiB for /a/b, has quite",
            'raise E("it needs {} KiB for {}, has {}".format(a, b, c))',
            True,
        ),
        ("{literal: 'AError: no such widget'}", "AError: no such widget", 'raise AError("no such widget")', True),
    ],
)
def test_covered_or_not(
    make: Callable[..., Signature],
    upstream: Callable[..., Upstream],
    match: str,
    hit: str,
    statement: str,
    *,
    is_covered: bool,
) -> None:
    """By a value in the holes, or by a sample."""
    found = coverage(error_messages(upstream(statement).templates), [make(match, hit)])

    assert found.share == float(is_covered)
    assert [by for _, by in found.covered] == ["host.killed.made"] * is_covered


def test_nothing_to_cover() -> None:
    """A share of nothing is nothing."""
    assert (Coverage(covered=(), uncovered=()).share, coverage([], []).count) == (0.0, 0)


SOURCE = b"""
raise E("one text here")
raise F("one text here")
logger.warning("two texts here")
logger.info("three texts here")
assert x, "four texts here"
raise E("five")
"""


def test_which_messages_count() -> None:
    """Raised, or logged as warning or error; each text once, where it stands first; more than one word."""
    found = error_messages(python_templates("vllm/v1/engine/core.py", SOURCE) or ())

    assert [(str(one.where), one.text) for one in found] == [
        ("vllm/v1/engine/core.py:2", "one text here"),
        ("vllm/v1/engine/core.py:4", "two texts here"),
    ]


@pytest.mark.parametrize(
    ("parts", "count"),
    [((), 2), (("engine",), 2), (("core",), 2), (("vllm/v1",), 2), (("x", "core.py"), 2), (("eng",), 0)],
)
def test_parts_of_a_program(parts: tuple[str, ...], count: int) -> None:
    """Names of folders and modules, or a path from the top."""
    found = error_messages(python_templates("vllm/v1/engine/core.py", SOURCE) or (), parts)

    assert len(found) == count


def test_kinds() -> None:
    """Others, where they are asked for."""
    found = error_messages(python_templates("a.py", SOURCE) or (), kinds=(Kind.ASSERT,))

    assert [one.text for one in found] == ["four texts here"]


def test_an_expression_that_takes_too_long(make: Callable[..., Signature], upstream: Callable[..., Upstream]) -> None:
    """Covers nothing."""
    signature = make("{literal: widget, regex: 'widget (a|aa|aaa)+b'}", "widget ab")

    assert coverage(upstream(f'raise E("widget {"a" * 60}")').templates, [signature]).share == 0.0
