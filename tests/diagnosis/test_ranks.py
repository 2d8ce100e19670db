"""Which diagnoses are of ranks."""

from __future__ import annotations

import pytest

from logsleuth.diagnosis.ranks import is_of_ranks
from logsleuth.model import Diagnosis, Role, Severity, Words


@pytest.mark.parametrize(
    ("name", "role", "cause", "wanted"),
    [
        ("nccl.timeout", Role.ROOT, None, True),
        ("nccl.timeout.watchdog", Role.ROOT, None, True),
        ("hang.collective", Role.PERF, None, True),
        ("nccl.timeouts-of-another-kind", Role.ROOT, None, False),
        ("cuda.oom.device", Role.ROOT, None, False),
        ("nccl.timeout.watchdog", Role.NOTICE, None, False),
        ("nccl.timeout.watchdog", Role.CONSEQUENCE, "cuda.oom.device", True),
        ("nccl.timeout.watchdog", Role.CONSEQUENCE, "nccl.timeout.watchdog", False),
        ("nccl.timeout.teardown", Role.ROOT, None, True),
        ("nccl.timeout.teardown", Role.CONSEQUENCE, "cuda.oom.device", False),
    ],
)
def test_time_outs_are_of_ranks(name: str, role: Role, cause: str | None, *, wanted: bool) -> None:
    """But for notices, and for what another one tells of."""
    diagnosis = Diagnosis(
        id=name,
        title=Words(en="x", zh="x"),
        role=role,
        severity=Severity.CRITICAL,
        confidence=0.5,
        summary=Words(en="x", zh="x"),
        facts=(),
        places=(),
        first_seen=None,
        last_seen=None,
        count=1,
        evidence=(),
        explained_by=cause,
    )

    assert is_of_ranks(diagnosis) is wanted
