"""The matrix of GPUs that reach each other, judged without a device."""

from __future__ import annotations

import pytest

from logsleuth.model import Outcome
from logsleuth.probes.collectives.peers import judge
from logsleuth.probes.probe import Sample, Subject


@pytest.mark.parametrize(
    ("is_offered", "is_equal", "diagnosis", "outcome", "provoked"),
    [
        (True, True, "nccl.p2p", Outcome.REFUTED, ""),
        (True, True, "nccl.p2p.handle-exchange", Outcome.INCONCLUSIVE, ""),
        (True, False, "nccl.p2p", Outcome.CONFIRMED, "nccl.p2p"),
        (False, True, "nccl.p2p.peer-access", Outcome.CONFIRMED, "nccl.p2p.peer-access"),
        (False, True, "nccl.p2p.handle-exchange", Outcome.INCONCLUSIVE, "nccl.p2p.peer-access"),
        (False, True, "dist.custom-allreduce", Outcome.CONFIRMED, "nccl.p2p.peer-access"),
    ],
)
def test_judged(*, is_offered: bool, is_equal: bool, diagnosis: str, outcome: Outcome, provoked: str) -> None:
    """Changed data confirms; access that is not offered does where that is the diagnosis."""
    pair = {"source": 0, "target": 1, "is_offered": is_offered, "is_equal": is_equal}

    found = judge(Sample(is_complete=True, values={"pairs": [{**pair}], "gpus": 2}), Subject(diagnosis=diagnosis))

    assert (found.outcome, found.provoked) == (outcome, provoked)
