"""All-reduce: judged without a device, and over gloo for real where torch is installed."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from logsleuth.model import Outcome
from logsleuth.probes.collectives.reduce import GLOO_ALLREDUCE, judge_gloo, judge_nccl
from logsleuth.probes.probe import Json, Sample, Subject
from logsleuth.probes.run import run

needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")
GOOD: dict[str, Json] = {"ranks": 2, "statuses": [0, 0], "steps": ["nccl-1", "nccl-2", "nccl-graph"], "is_hung": False}


@pytest.mark.parametrize(
    ("diagnosis", "outcome"),
    [
        ("nccl.shm", Outcome.REFUTED),
        ("nccl.p2p.handle-exchange", Outcome.REFUTED),
        ("nccl.version.graph-capture", Outcome.REFUTED),
        ("nccl.timeout.watchdog", Outcome.INCONCLUSIVE),
        ("nccl.unhandled-system", Outcome.INCONCLUSIVE),
        ("nccl.p2p.mnnvl", Outcome.INCONCLUSIVE),
        ("nccl.version", Outcome.INCONCLUSIVE),
    ],
)
def test_sums_that_are_right(diagnosis: str, outcome: Outcome) -> None:
    """They refute what one machine can show, not a late rank or the version of another node."""
    assert judge_nccl(Sample(is_complete=True, values=GOOD), Subject(diagnosis=diagnosis)).outcome is outcome


@pytest.mark.parametrize(("size", "outcome"), [("2", Outcome.REFUTED), ("16", Outcome.INCONCLUSIVE)])
def test_job_of_several_nodes_is_not_refuted_by_one(size: str, outcome: Outcome) -> None:
    """The ranks that were tried have to be all of the job."""
    subject = Subject(diagnosis="nccl.unhandled-system", facts=(("world_size", size),))

    assert judge_nccl(Sample(is_complete=True, values=GOOD), subject).outcome is outcome


@pytest.mark.parametrize(
    ("diagnosis", "provoked", "outcome"),
    [
        ("nccl.shm", "nccl.shm", Outcome.CONFIRMED),
        ("nccl.p2p", "nccl.shm", Outcome.INCONCLUSIVE),
        ("nccl.shm", "cuda.oom.device", Outcome.INCONCLUSIVE),
        ("nccl.shm", "", Outcome.INCONCLUSIVE),
    ],
)
def test_rank_that_fails(diagnosis: str, provoked: str, outcome: Outcome) -> None:
    """Only the same failure confirms."""
    values: dict[str, Json] = {"ranks": 2, "statuses": [1, 1], "steps": []}

    sample = Sample(is_complete=True, values=values, output="RuntimeError: x", provoked=provoked)

    assert judge_nccl(sample, Subject(diagnosis=diagnosis)).outcome is outcome


@pytest.mark.parametrize(
    ("diagnosis", "outcome"), [("dist.gloo.timeout", Outcome.CONFIRMED), ("dist.gloo.interface", Outcome.INCONCLUSIVE)]
)
def test_hang(diagnosis: str, outcome: Outcome) -> None:
    """Ranks that do not end are the failure where a collective has timed out."""
    sample = Sample(is_complete=True, values={"ranks": 2, "is_hung": True})

    assert judge_gloo(sample, Subject(diagnosis=diagnosis)).outcome is outcome


@pytest.mark.parametrize(
    ("size", "ranks"),
    [("", 2), ("1", 2), ("3", 3), ("512", 8), ("-4", 2), ("9" * 50, 2)],
    ids=lambda text: str(text)[:6],
)
def test_ranks_follow_the_log_within_bounds(size: str, ranks: int) -> None:
    """As many as the log has, at least two, at most eight."""
    wishes = GLOO_ALLREDUCE.wishes(Subject(facts=(("world_size", size),)))

    assert isinstance(wishes, dict)
    assert wishes["ranks"] == ranks


@pytest.mark.slow
@needs_torch
def test_gloo_adds_up_for_every_size() -> None:
    """One, two and three ranks over real sockets."""
    subject = Subject(diagnosis="dist.gloo", facts=(("world_size", "3"),))
    wishes = GLOO_ALLREDUCE.wishes(subject)
    assert isinstance(wishes, dict)

    found = judge_gloo(run(GLOO_ALLREDUCE, wishes), subject)

    assert found.outcome is Outcome.REFUTED, found
    assert dict(found.facts)["steps"] == "gloo-1, gloo-2, gloo-3"


@pytest.mark.slow
@needs_torch
def test_gloo_says_itself_that_an_interface_is_missing() -> None:
    """The child's output holds the error of gloo, which the catalog reads."""
    sample = run(GLOO_ALLREDUCE, {"ranks": 2, "interface": "nothing9"})

    assert "Unable to find address for: nothing9" in sample.output
    assert sample.values["statuses"] == [1, 1]
