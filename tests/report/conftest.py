"""Diagnoses and reports to put into form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from logsleuth.model import (
    Advice,
    Diagnosis,
    Evidence,
    Place,
    Report,
    Role,
    Severity,
    Stats,
    Template,
    Verdict,
    Where,
    Words,
)

Builder = Callable[..., Diagnosis]

OOM = Diagnosis(
    id="cuda.oom.device",
    title=Words(en="GPU memory exhausted", zh="显存耗尽"),
    role=Role.ROOT,
    severity=Severity.CRITICAL,
    confidence=0.9,
    summary=Words(
        en="Worker_TP1 asked for 2.00 GiB with 0.31 GiB free.", zh="Worker_TP1 申请 2.00 GiB，仅剩 0.31 GiB。"
    ),
    facts=(("requested", "2.00 GiB"),),
    places=(Place(source="vllm.log", process="Worker_TP1", pid=7, rank=1),),
    first_seen="2025-06-10T21:32:44.125",
    last_seen="2025-06-10T21:32:44.900",
    count=2,
    evidence=(Evidence(source="vllm.log", line=120, end_line=120, text="torch.OutOfMemoryError: CUDA out of memory."),),
    explains=("vllm.core-init-failed",),
    causes=(Words(en="Another process holds memory.", zh="其他进程占用显存。"),),
    remedies=(
        Advice(text=Words(en="Shorten the context.", zh="缩短上下文。"), command="vllm serve m --max-model-len 17296"),
    ),
    references=("https://docs.vllm.ai/",),
)


@pytest.fixture
def diagnosis() -> Builder:
    """A diagnosis like `OOM` with other values."""
    return lambda **changes: replace(OOM, **changes)


@pytest.fixture
def consequence() -> Diagnosis:
    """What `OOM` explains."""
    return replace(
        OOM,
        id="vllm.core-init-failed",
        title=Words(en="The engine core did not start", zh="引擎核心启动失败"),
        role=Role.CONSEQUENCE,
        explains=(),
        explained_by=OOM.id,
        evidence=(Evidence(source="vllm.log", line=140, end_line=140, text="EngineCore failed to start."),),
    )


@pytest.fixture
def report() -> Callable[..., Report]:
    """A report with these diagnoses."""

    def build(*diagnoses: Diagnosis, verdict: Verdict = Verdict.INCIDENT, **changes: object) -> Report:
        where = Where(source="vllm.log", line=120)
        built = Report(
            verdict=verdict,
            diagnoses=diagnoses,
            templates=(Template(id=1, template="CUDA <*>", count=2, level=None, first=where, last=where),),
            environment=(("model", "m"), ("tensor_parallel_size", "2"), ("vllm", "0.9.1")),
            stats=Stats(sources=1, lines=1234, bytes=99, errors=1, warnings=2, templates=1),
        )
        return replace(built, **changes)  # type: ignore[arg-type]  # a test names the fields that it needs

    return build
