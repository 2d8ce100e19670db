"""A time-out's diagnosis gets its suspects; any other diagnosis is left alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from logsleuth.diagnosis.collectives import enrich, world_size
from logsleuth.model import Diagnosis, Evidence, Facts, Finding, RankReport, ReportKind, Role, Severity, Words

MakeFinding = Callable[..., Finding]
ReadLog = Callable[..., list[Finding]]
DIAGNOSIS = Diagnosis(
    id="nccl.timeout.watchdog",
    title=Words(en="A collective operation timed out", zh="超时"),
    role=Role.ROOT,
    severity=Severity.CRITICAL,
    confidence=0.55,
    summary=Words(en="old", zh="旧"),
    facts=(("rank", "0"), ("seq", "1"), ("tensor_parallel_size", "2")),
    places=(),
    first_seen=None,
    last_seen=None,
    count=1,
    evidence=(Evidence(source="worker.log", line=1, end_line=1, text="x"),),
)
GAVE_UP = (
    "[rank0]:[E1120 04:11:02 ProcessGroupNCCL.cpp:632] [Rank 0] Watchdog caught collective operation timeout:"
    " WorkNCCL(SeqNum=17, OpType=ALLREDUCE, NumelIn=8, NumelOut=8, Timeout(ms)=600000) ran for 600021 milliseconds\n"
    "[rank0]:[E1120 04:11:02 ProcessGroupNCCL.cpp:2271] [PG ID 0 PG GUID 0(default_pg) Rank 0]  failure detected by"
    " watchdog at work sequence id: 17 PG status: last enqueued work: 19, last completed work: 16"
)
HEARD = (
    "[rank1]:[E1120 04:11:02 ProcessGroupNCCL.cpp:1746] [PG ID 0 PG GUID 0(default_pg) Rank 1] Received a dump signal due"
    " to a collective timeout from  rank 0 and we will. Last enqueued NCCL work: 16, last completed NCCL work: 16.This"
)


def test_the_suspect_is_named_with_its_own_line(read_log: ReadLog) -> None:
    """Facts of the first line that contradict the whole are replaced, others stay."""
    found = enrich(DIAGNOSIS, read_log(GAVE_UP, HEARD))

    assert found.summary.en.startswith("Rank 1 never entered ALLREDUCE #17")
    assert dict(found.facts).items() >= {"suspect": "rank 1", "seq": "17", "rank": "0", "victims": "0"}.items()
    assert [(item.source, item.line) for item in found.evidence] == [("worker.log", 1), ("worker.log", 3)]
    assert "dump signal" in found.evidence[1].text
    assert [row[0] for row in found.table] == ["rank", "1", "0"]


@pytest.mark.parametrize(
    "diagnosis",
    [
        replace(DIAGNOSIS, id="cuda.oom.device"),
        replace(DIAGNOSIS, id="nccl.timeouts-of-another-kind"),
        replace(DIAGNOSIS, role=Role.NOTICE),
        replace(DIAGNOSIS, id="nccl.timeout.teardown", role=Role.CONSEQUENCE, explained_by="nccl.timeout.watchdog"),
    ],
)
def test_other_diagnoses_are_left_alone(read_log: ReadLog, diagnosis: Diagnosis) -> None:
    """Another class, a notice, and what another time-out explains."""
    assert enrich(diagnosis, read_log(GAVE_UP, HEARD)) is diagnosis


def test_without_reports_nothing_changes(read_log: ReadLog) -> None:
    """There is nothing to say."""
    assert enrich(DIAGNOSIS, read_log("RuntimeError: x")) is DIAGNOSIS


def test_a_consequence_of_something_else_is_enriched(read_log: ReadLog) -> None:
    """It still matters who waited for whom."""
    diagnosis = replace(DIAGNOSIS, role=Role.CONSEQUENCE, explained_by="host.oom-killer")

    assert enrich(diagnosis, read_log(GAVE_UP, HEARD)).table


def test_flight_recorders_count() -> None:
    """A hang that no watchdog reported is solved from dumps alone."""
    dumps = [
        RankReport(
            kind=ReportKind.DUMP,
            source=f"rank_{rank}.json",
            rank=rank,
            group="0(default_pg)",
            is_group_unique=True,
            members=(0, 1, 2),
            seq=seq,
            last_enqueued=seq or 4,
            last_completed=4,
        )
        for rank, seq in ((0, 5), (1, 5), (2, None))
    ]

    found = enrich(replace(DIAGNOSIS, id="hang.collective", facts=()), (), reports=dumps)

    assert dict(found.facts)["suspect"] == "rank 2"
    assert found.evidence == DIAGNOSIS.evidence


@pytest.mark.parametrize(
    ("facts", "printed", "size"),
    [
        ((("tensor_parallel_size", "4"),), (), 4),
        ((("tensor_parallel_size", "4"), ("pipeline_parallel_size", "2")), (), 8),
        ((("tensor_parallel_size", "four"),), (), None),
        ((("tensor_parallel_size", "0"),), (("world_size", "3"),), 3),
        ((), (("world_size", "16"),), 16),
        ((), (("world_size", "9" * 30),), None),
        ((), (), None),
    ],
)
def test_the_size_of_the_world(make_finding: MakeFinding, facts: Facts, printed: Facts, size: int | None) -> None:
    """From the engine's configuration, or from what a rendezvous printed."""
    assert world_size(facts, [make_finding("dist.rendezvous-timeout", 1, facts=printed)]) == size
