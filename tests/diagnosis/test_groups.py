"""Findings of one failure become one group, over ranks, repetitions and episodes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from logsleuth.diagnosis.groups import MOST_GROUPS, Group, group, key_of, merged
from logsleuth.diagnosis.unknown import SIGNATURE as UNKNOWN_SIGNATURE
from logsleuth.model import Finding, Level, Role, Signature

MakeFinding = Callable[..., Finding]
MakeSignature = Callable[..., Signature]


def told(groups: tuple[Group, ...]) -> list[tuple[str, int, list[int]]]:
    """Id, episode and lines of each group."""
    return [(item.id, item.episode, [finding.last_line for finding in item.findings]) for item in groups]


def test_one_signature_is_one_group(make_finding: MakeFinding, make_signature: MakeSignature) -> None:
    """In the order of the first findings, each with its findings in order."""
    findings = [make_finding(name, line) for name, line in (("b", 9), ("a", 5), ("b", 2))]

    found = group(findings, {name: make_signature(name) for name in "ab"})

    assert told(found) == [("b", 0, [2, 9]), ("a", 0, [5])]
    assert found[0].first is findings[2]


def test_unknown_failures_are_told_apart_by_their_fingerprints(make_finding: MakeFinding) -> None:
    """They share a signature that the catalog does not hold."""
    findings = [
        make_finding("unknown", line, facts=(("fingerprint", digest),))
        for line, digest in ((1, "x"), (2, "y"), (3, "x"))
    ]

    found = group(findings, {})

    assert told(found) == [("unknown", 0, [1, 3]), ("unknown", 0, [2])]
    assert [item.signature for item in found] == [UNKNOWN_SIGNATURE] * 2
    assert [key_of(finding) for finding in findings] == [("unknown", "x"), ("unknown", "y"), ("unknown", "x")]


def test_beyond_a_bound_unknown_failures_are_one(make_finding: MakeFinding) -> None:
    """The first ones stay apart, the others are counted together, and a known one still counts as its own."""
    findings = [
        make_finding("unknown", line, facts=(("fingerprint", f"f{line}"),)) for line in range(1, MOST_GROUPS + 11)
    ]
    again = make_finding("unknown", 2000, facts=(("fingerprint", "f1"),))

    found = group([*findings, again, make_finding("a", 3000)], {})

    assert [item.count for item in found] == [2, *[1] * (MOST_GROUPS - 1), 10, 1]


def test_lines_order_one_source_and_times_several(make_finding: MakeFinding, make_signature: MakeSignature) -> None:
    """A clock that goes back within a source changes nothing; another source makes times count."""
    late = make_finding("a", 1, ts="01-01T00:00:30")
    early = make_finding("a", 2, ts="01-01T00:00:10")
    earliest = make_finding("a", 7, source=1, ts="01-01T00:00:00")
    signatures = {"a": make_signature("a")}

    assert told(group([early, late], signatures)) == [("a", 0, [1, 2])]
    assert group([late, earliest], signatures)[0].first is earliest


def test_an_hour_apart_is_another_episode(make_finding: MakeFinding, make_signature: MakeSignature) -> None:
    """Of causes and wrappers; what a server notes now and then has no episodes."""
    stamps = ("01-01T00:00:00", "01-01T05:00:00")
    signatures = {name: make_signature(name, role) for name, role in (("a", Role.ROOT), ("n", Role.NOTICE))}
    findings = [
        make_finding(name, line, ts=stamps[line % 2]) for name, line in (("a", 2), ("a", 3), ("n", 4), ("n", 5))
    ]

    assert told(group(findings, signatures)) == [("a", 0, [2]), ("a", 1, [3]), ("n", 0, [4, 5])]


def test_episodes_can_be_joined_again(make_finding: MakeFinding, make_signature: MakeSignature) -> None:
    """The first one's signature and number, and all findings."""
    first, second = make_finding("a", 1), make_finding("a", 2)
    parts = [
        Group(signature=make_signature("a"), findings=(finding,), episode=number)
        for number, finding in ((3, first), (4, second))
    ]

    joined = merged(parts)

    assert (joined.signature, joined.findings, joined.episode) == (parts[0].signature, (first, second), 3)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([Level.WARNING, Level.INFO, Level.DEBUG], True),
        ([Level.WARNING, Level.ERROR], False),
        ([Level.WARNING, None], False),
        ([Level.CRITICAL], False),
    ],
)
def test_a_group_is_quiet_where_nobody_called_it_an_error(
    make_finding: MakeFinding, make_signature: MakeSignature, levels: list[Level | None], *, expected: bool
) -> None:
    """A line without a level may be one."""
    findings = tuple(make_finding("a", line, level=level) for line, level in enumerate(levels, 1))

    assert Group(signature=make_signature("a"), findings=findings).is_quiet is expected


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.ROOT, (("free", "1"), ("rank", "0"), ("size", "2"))),
        (Role.PERF, (("free", "3"), ("size", "2"), ("rank", "0"))),
    ],
)
def test_facts_of_the_first_are_completed_by_later_ones(
    make_finding: MakeFinding, make_signature: MakeSignature, role: Role, expected: tuple[tuple[str, str], ...]
) -> None:
    """Of slowness the latest figures count."""
    findings = (
        make_finding("a", 1, facts=(("free", "1"), ("rank", "0"))),
        make_finding("a", 2, facts=(("free", "3"), ("size", "2"))),
    )

    assert Group(signature=make_signature("a", role), findings=findings).facts == expected


def test_counts_add_up(make_finding: MakeFinding, make_signature: MakeSignature) -> None:
    """Over all findings, each of which may stand for many."""
    findings = (make_finding("a", 1), replace(make_finding("a", 2), count=41))

    made = Group(signature=make_signature("a", Role.WRAPPER), findings=findings)

    assert (made.count, made.role) == (42, Role.WRAPPER)
