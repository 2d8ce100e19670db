"""Which ranks ended otherwise than by the time-out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logsleuth.diagnosis.collectives import deaths_of
from logsleuth.model import Facts, Finding, Level, Origin, Role, Signature

MakeFinding = Callable[..., Finding]
MakeSignature = Callable[..., Signature]
ReadLog = Callable[..., list[Finding]]
REPORT = """\
torch.distributed.elastic.multiprocessing.errors.ChildFailedError: first observed failure below
 ============================================================
 train.py FAILED
 ------------------------------------------------------------
 Failures:
 [1]:
   rank      : 1 (local_rank: 1)
   exitcode  : -6 (pid: 6175)
 ------------------------------------------------------------
 Root Cause (first observed failure):
 [0]:
   time      : 2026-01-15_05:44:28
   host      : gpu-b03
   rank      : 13 (local_rank: 5)
   exitcode  : {code} (pid: 6180)
   error_file: <N/A>
 ============================================================"""


@pytest.mark.parametrize(
    ("code", "deaths"),
    [
        ("-9", {13: "exit code -9, SIGKILL"}),
        ("-11", {13: "exit code -11, SIGSEGV"}),
        ("137", {13: "exit code 137, SIGKILL"}),
        ("1", {13: "exit code 1"}),
        ("-6", {}),
        ("134", {}),
        ("-15", {}),
        ("0", {}),
        ("-99", {13: "exit code -99"}),
    ],
)
def test_the_launchers_root_cause_counts(read_log: ReadLog, code: str, deaths: dict[int, str]) -> None:
    """Unless it is how a rank ends that gave up waiting, or that was told to stop."""
    assert deaths_of(read_log(REPORT.format(code=code))) == deaths


@pytest.mark.parametrize(
    ("facts", "deaths"),
    [
        ((("worker", "VllmWorker-1"), ("exit_code", "-9")), {1: "exit code -9, SIGKILL"}),
        ((("worker", "Worker_TP3"), ("exit_code", "1")), {3: "exit code 1"}),
        ((("worker", "VllmWorker-1"), ("exit_code", "None")), {}),
        ((("worker", "EngineCore_0"), ("exit_code", "-9")), {}),
        ((), {}),
    ],
)
def test_a_worker_is_known_by_its_name(make_finding: MakeFinding, facts: Facts, deaths: dict[int, str]) -> None:
    """The parent process of vLLM names the worker, whose number is its rank."""
    assert deaths_of([make_finding("vllm.worker-died", 3, facts=facts)]) == deaths


@pytest.mark.parametrize(
    ("id_", "role", "level", "rank", "deaths"),
    [
        ("cuda.oom.device", Role.ROOT, Level.ERROR, 2, {2: "cuda.oom.device"}),
        ("cuda.oom.device", Role.ROOT, Level.ERROR, None, {}),
        ("cuda.oom.device", Role.ROOT, Level.WARNING, 2, {}),
        ("vllm.worker-init-failed", Role.WRAPPER, Level.ERROR, 2, {}),
        ("nccl.timeout.watchdog", Role.ROOT, Level.ERROR, 2, {}),
        ("host.segfault", Role.ROOT, Level.ERROR, 2, {}),
        ("perf.preemption", Role.PERF, Level.ERROR, 2, {}),
    ],
)
def test_a_ranks_own_error_counts(  # noqa: PLR0913, PLR0917  a table of many columns
    make_finding: MakeFinding,
    make_signature: MakeSignature,
    id_: str,
    role: Role,
    level: Level,
    rank: int | None,
    deaths: dict[int, str],
) -> None:
    """Where the catalog calls it a cause, the producer an error, and it is no symptom."""
    finding = make_finding(id_, 3, origin=Origin(rank=rank), level=level)

    assert deaths_of([finding], {id_: make_signature(id_, role)}) == deaths
    assert deaths_of([finding]) == {}


def test_the_first_death_of_a_rank_is_told(make_finding: MakeFinding) -> None:
    """Whatever the order in which they are given."""
    findings = [
        make_finding("vllm.worker-died", line, facts=(("worker", "VllmWorker-1"), ("exit_code", code)))
        for line, code in ((9, "1"), (3, "-9"))
    ]

    assert deaths_of(findings) == {1: "exit code -9, SIGKILL"}
