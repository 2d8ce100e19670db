"""What has become of a signature in an upstream."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logsleuth.catalog.verify.literals import Upstream
from logsleuth.catalog.verify.liveness import State, has_literal, is_within, liveness, of_component
from logsleuth.catalog.verify.template import Template
from logsleuth.model import Signature

MATCH = r"{literal: widgets left on rank, regex: 'only (?P<n>\d+) widgets left on rank (?P<rank>\d+), (?:stop|wait)'}"
HIT = "only 3 widgets left on rank 1, stop"


@pytest.mark.parametrize(
    ("statement", "state"),
    [
        ('raise E(f"only {n} widgets left on rank {r}, stop now")', State.ALIVE),
        ('x = "only {} widgets left on rank {}, {}".format(n, r, what)', State.ALIVE),
        ('x = "it is 3: only %s on rank %s, stop"', State.REWORDED),
        ('logger.error("only %d widgets are left on rank %d, stop")', State.REWORDED),
        ('raise E("the rank has no gadgets")', State.GONE),
        ("pass", State.GONE),
    ],
)
def test_states(
    make: Callable[..., Signature], upstream: Callable[..., Upstream], statement: str, state: State
) -> None:
    """The same message, other words, nothing of the kind."""
    found = liveness([make(MATCH, HIT)], upstream(statement))

    assert [one.state for one in found] == [state]
    assert (found[0].template is None) == (state is State.GONE)


def test_the_template_is_the_proof(make: Callable[..., Signature], upstream: Callable[..., Upstream]) -> None:
    """With its place."""
    found = liveness(
        [make(MATCH, HIT)], upstream('x = "other text"', 'raise E(f"only {n} widgets left on rank {r}, stop")')
    )

    assert found[0].template is not None
    assert str(found[0].template.where) == "vllm/engine/a.py:2"


def test_one_pattern_is_enough(make: Callable[..., Signature], upstream: Callable[..., Upstream]) -> None:
    """The best state of all."""
    signature = make(
        "- {literal: it was so in old times}\n- {literal: it is so in new times}",
        "it was so in old times",
        "it is so in new times",
    )

    assert [one.state for one in liveness([signature], upstream('x = "it is so in new times"'))] == [State.ALIVE]
    assert [one.state for one in liveness([signature], upstream('x = "it was so in old times"'))] == [State.ALIVE]


def test_texts_around_texts(make: Callable[..., Signature], upstream: Callable[..., Upstream]) -> None:
    """Several templates make one message."""
    signature = make(
        "{literal: gamma delta, regex: 'alpha beta: gamma delta: epsilon zeta'}",
        "alpha beta: gamma delta: epsilon zeta",
    )
    outer, middle, inner = 'x = f"alpha beta: {e}"', 'y = f"gamma delta: {e}"', 'z = "epsilon zeta"'

    assert [one.state for one in liveness([signature], upstream(outer, middle, inner))] == [State.ALIVE]
    assert [one.state for one in liveness([signature], upstream(outer, inner))] == [State.GONE]


def test_a_literal_in_a_hole(make: Callable[..., Signature], upstream: Callable[..., Upstream]) -> None:
    """The template would have printed the sample, with the literal as a value; not so where its text differs."""
    signature = make(
        "{literal: ibv_reg_mr, regex: 'Call to ibv_reg_mr failed with error'}",
        "Call to ibv_reg_mr failed with error 12",
    )

    assert [one.state for one in liveness([signature], upstream('x = "Call to %s failed with error %d"'))] == [
        State.ALIVE
    ]
    assert [one.state for one in liveness([signature], upstream('x = "Call to %s: failed with error"'))] != [
        State.ALIVE
    ]


def test_what_the_platform_prints(make: Callable[..., Signature], upstream: Callable[..., Upstream]) -> None:
    """It is told apart, and the upstream's own text comes first."""
    signature = make("{literal: No space left on device}", "OSError: [Errno 28] No space left on device")
    below = [Template(parts=("No space left on device",))]

    assert [one.state for one in liveness([signature], upstream("pass"), below)] == [State.BELOW]
    assert [one.state for one in liveness([signature], upstream('x = "No space left on device"'), below)] == [
        State.ALIVE
    ]


def test_the_platform_says_nothing_about_versions(
    make: Callable[..., Signature], upstream: Callable[..., Upstream]
) -> None:
    """Its text is there in every release."""
    signature = make("{literal: No space left on device}", "No space left on device", versions=">=2")
    found = liveness([signature], upstream("pass"), [Template(parts=("No space left on device",))])

    assert [(one.state, one.is_expected, one.is_surprise) for one in found] == [(State.BELOW, False, False)]


def test_numbers_alone_cannot_be_looked_for(make: Callable[..., Signature], upstream: Callable[..., Upstream]) -> None:
    """Nor can what has no sample."""
    assert [one.state for one in liveness([make(r"{scan: ' -500\d\d '}", "x -50001 y")], upstream("pass"))] == [
        State.UNCLEAR
    ]


@pytest.mark.parametrize(
    ("claims", "statement", "expectations"),
    [
        ({}, f"x = '{HIT}'", (True, False)),
        ({}, "pass", (True, True)),
        ({"versions": ">=0.9"}, "pass", (True, True)),
        ({"versions": ">=1.1"}, "pass", (False, False)),
        ({"versions": ">=1.1"}, f"x = '{HIT}'", (False, True)),
        ({"status": "doc-only"}, "pass", (False, False)),
    ],
)
def test_versions_and_surprises(
    make: Callable[..., Signature],
    upstream: Callable[..., Upstream],
    claims: dict[str, str],
    statement: str,
    expectations: tuple[bool, bool],
) -> None:
    """What the signature claims against what is there."""
    found = liveness([make(MATCH, HIT, **claims)], upstream(statement))[0]

    assert (found.is_expected, found.is_surprise) == expectations


@pytest.mark.parametrize(
    ("version", "versions", "wanted"),
    [
        ("0.11.0", ">=0.9,<0.12", True),
        ("0.9.0rc3", ">=0.9.0rc3", True),
        ("0.8", ">=0.9", False),
        ("", ">=1", True),
        ("main", ">=1", True),
        ("1", "x", True),
    ],
)
def test_ranges(version: str, versions: str, *, wanted: bool) -> None:
    """What cannot be told counts as within."""
    assert is_within(version, versions) is wanted


def test_signatures_of_a_component(make: Callable[..., Signature]) -> None:
    """All, where it has none of its own."""
    one, other = make(MATCH, HIT, component="nccl"), make(MATCH, HIT, component="vllm")

    assert of_component((one, other), "nccl") == (one,)
    assert of_component((one, other), "triton") == (one, other)


@pytest.mark.parametrize(
    ("literal", "parts", "wanted"),
    [
        ("on rank", ("left on rank ", ""), True),
        ("on rank 3 of", ("left on rank ", " of ", ""), True),
        ("type: Ucm", ("connector type: ", ""), True),
        ("rank 3", ("x", "y"), False),
        ("Failed(2) to open", ("Failed(", ") to open"), True),
    ],
)
def test_where_a_literal_stands(literal: str, parts: tuple[str, ...], *, wanted: bool) -> None:
    """In a part, or across holes with most of it fixed."""
    assert has_literal(literal, Template(parts=parts)) is wanted
