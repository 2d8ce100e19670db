"""Ways to look."""

from __future__ import annotations

import pytest

from logsleuth.doctor.check import Status
from logsleuth.doctor.ways import number, probed
from logsleuth.model import Outcome, Words
from tests.doctor.states import result, state

REMEDY = Words(en="do", zh="做")


@pytest.mark.parametrize(
    ("outcome", "wanted", "remedy"),
    [
        (Outcome.CONFIRMED, Status.FAIL, "do"),
        (Outcome.REFUTED, Status.OK, ""),
        (Outcome.INCONCLUSIVE, Status.WARN, "do"),
        (Outcome.SKIPPED, Status.SKIPPED, ""),
    ],
)
def test_outcome_of_a_probe(outcome: Outcome, wanted: Status, remedy: str) -> None:
    """A remedy stands where there is something to do."""
    found = probed("n", remedy=REMEDY)(state(results={"n": result("n", outcome)}))

    assert (found.status, found.remedy.en) == (wanted, remedy)


def test_probe_that_is_not_here_passes_nothing() -> None:
    """It is skipped."""
    assert probed("n")(state()).status is Status.SKIPPED


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("1,024", 1024.0), ("0.9", 0.9), ("٣", None), ("x", None), ("", None), ("1e400", None), ("nan", None)],
)
def test_numbers(text: str, wanted: float | None) -> None:
    """As settings write them."""
    assert number(state({"n": text}), "n") == wanted
