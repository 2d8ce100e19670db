"""What the input leaves out is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from logsleuth.diagnosis.losses import CUT_COST, cost, losses, over_limits
from logsleuth.model import Finding, Origin

MakeFinding = Callable[..., Finding]


@pytest.mark.parametrize(
    ("environment", "ranks", "told"),
    [
        ({"tensor_parallel_size": "4"}, (0, 1), "ranks 2, 3 of 4 report nothing"),
        ({"tensor_parallel_size": "2", "pipeline_parallel_size": "2"}, (0, 1, 3), "ranks 2 of 4 report nothing"),
        (
            {"tensor_parallel_size": "100"},
            (0, 1),
            "ranks 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17 of 100",
        ),
        ({"tensor_parallel_size": "2"}, (0, 1), None),
        ({"tensor_parallel_size": "4"}, (0,), None),
        ({"tensor_parallel_size": "4"}, (0, 7), None),
        ({}, (0, 1), None),
        ({"tensor_parallel_size": "²"}, (0, 1), None),
        ({"tensor_parallel_size": "99999", "pipeline_parallel_size": "99999"}, (0, 1), None),
    ],
)
def test_silent_ranks_are_named(
    environment: dict[str, str], ranks: tuple[int, ...], told: str | None, make_finding: MakeFinding
) -> None:
    """Where several ranks speak and the size is a likely one."""
    found = [make_finding("nccl.timeout", rank + 1, origin=Origin(rank=rank)) for rank in ranks]

    details = [notice.detail for notice in losses(found, environment)]

    assert len(details) == (told is not None)
    assert all(detail.startswith(told or "") for detail in details)


def test_a_cut_traceback_is_said_and_costs(make_finding: MakeFinding) -> None:
    """The first one, with its last line."""
    whole = make_finding("cuda.oom.device", 1)
    cut = replace(whole, event=replace(whole.event, is_cut=True))

    assert [(notice.where.line, notice.kind.value) for notice in losses([whole, cut, cut], {})] == [(1, "lossy")]
    assert (cost(whole), cost(cut)) == (0.0, CUT_COST)


def test_what_ucm_itself_holds_back_is_said(make_finding: MakeFinding) -> None:
    """Its logger drops repetitions, so that counts are too low."""
    finding = make_finding("ucm.transfer-failed", 1)
    of_ucm = replace(finding, event=replace(finding.event, layers=("ucm",)))

    assert [list(losses([one], {})) != [] for one in (finding, of_ucm)] == [False, True]


@pytest.mark.parametrize(
    ("coarse_lines", "dropped", "told"),
    [(0, 0, []), (3, 0, ["3 lines of rare"]), (0, 2, ["2 findings"]), (3, 2, ["3 lines of rare", "2 findings"])],
)
def test_what_did_not_fit_is_said(coarse_lines: int, dropped: int, told: list[str]) -> None:
    """Each bound that was reached."""
    found = list(over_limits(coarse_lines, dropped))

    assert [notice.detail.startswith(words) for notice, words in zip(found, told, strict=True)] == [True] * len(told)
