"""Of several signatures that fit one event, which stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from logsleuth.diagnosis.rivals import Rivals
from logsleuth.model import Finding, Lost, Role, Signature, Where

MakeFinding = Callable[..., Finding]
MakeSignature = Callable[..., Signature]
ROLES = {"w": Role.WRAPPER, "n": Role.NOTICE}


@pytest.mark.parametrize(
    ("ids", "loses_to", "kept", "lost"),
    [
        ([], {}, [], []),
        (["a.b", "c"], {}, ["a.b", "c"], []),
        (["a.b", "a.b"], {}, ["a.b", "a.b"], []),
        (["a.b", "a.b.c"], {}, ["a.b.c"], [("a.b", "a.b.c")]),
        (["a.b", "a.bc"], {}, ["a.b", "a.bc"], []),
        (["a", "c.d"], {"a": ("c",)}, ["c.d"], [("a", "c.d")]),
        (["c", "a"], {"a": ("c.d",)}, ["c", "a"], []),
        (["a", "c", "d"], {"a": ("c", "d")}, ["c", "d"], [("a", "c")]),
        (["a", "b", "c"], {"a": ("b",), "b": ("c",)}, ["c"], [("a", "b"), ("b", "c")]),
        (["a", "b"], {"a": ("*",)}, ["b"], [("a", "b")]),
        (["a", "w"], {"a": ("*",)}, ["a", "w"], []),
        (["a", "w"], {"a": ("*", "w")}, ["w"], [("a", "w")]),
        (["a", "n"], {"a": ("*",)}, ["a", "n"], []),
        (["a", "b"], {"a": ("*",), "b": ("*",)}, ["a", "b"], []),
    ],
)
def test_the_better_answers_stay(
    make_finding: MakeFinding,
    make_signature: MakeSignature,
    ids: list[str],
    loses_to: Mapping[str, tuple[str, ...]],
    kept: list[str],
    lost: list[tuple[str, str]],
) -> None:
    """A finer name before a coarser one, and what the catalog says; `*` gives way to any root that does not."""
    signatures = {
        name: make_signature(name, ROLES.get(name, Role.ROOT), loses_to=loses_to.get(name, ())) for name in ids
    }

    found, given_way = Rivals(signatures).best([make_finding(name, 1) for name in ids])

    assert [finding.signature_id for finding in found] == kept
    assert [(one.loser, one.winner) for one in given_way] == lost


def test_a_loser_is_told_with_its_place_and_count(make_finding: MakeFinding, make_signature: MakeSignature) -> None:
    """The line is that of the loser."""
    loser, winner = replace(make_finding("a", 7), count=3), make_finding("a.b", 9)

    _, lost = Rivals({name: make_signature(name) for name in ("a", "a.b")}).best([loser, winner])

    assert lost == (Lost(loser="a", winner="a.b", where=Where(source="log0", line=7), count=3),)


@pytest.mark.parametrize(("at", "kept"), [(0, ["a.b"]), (1, ["a", "a.b"])])
def test_a_harmless_report_beside_a_grave_one_does_not_hide_it(
    make_finding: MakeFinding, make_signature: MakeSignature, at: int, kept: list[str]
) -> None:
    """A finer notice only wins where it speaks of the same lines."""
    grave, harmless = make_finding("a", 7), replace(make_finding("a.b", 8), first=at, last=at)

    found, _ = Rivals({"a": make_signature("a"), "a.b": make_signature("a.b", Role.NOTICE)}).best([grave, harmless])

    assert [finding.signature_id for finding in found] == kept


@pytest.mark.parametrize(("at", "kept"), [(0, ["w"]), (1, ["a", "w"])])
def test_what_a_vessel_holds_does_not_stand_elsewhere(
    make_finding: MakeFinding, make_signature: MakeSignature, at: int, kept: list[str]
) -> None:
    """A wrapper that is named beside it only wins where it speaks of the same lines."""
    vessel, wrapper = make_finding("a", 7), replace(make_finding("w", 8), first=at, last=at)
    signatures = {"a": make_signature("a", loses_to=("*", "w")), "w": make_signature("w", Role.WRAPPER)}

    found, _ = Rivals(signatures).best([vessel, wrapper])

    assert [finding.signature_id for finding in found] == kept
