"""Lines of `logsleuth.records.syslog` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "Aug 19 18:34:30 host vllm[8707]: (EngineCore_DP0 pid=9000) ERROR 08-19 18:34:30 [core.py:710] EngineCore failed",
        {
            "layers": "syslog/process/vllm",
            "level": "ERROR",
            "ts": "08-19T18:34:30",
            "code": "core.py:710",
            "node": "host",
            "process": "EngineCore_DP0",
            "pid": 9000,
            "message": "EngineCore failed",
        },
    ),
    (
        "<13>Jan  1 10:00:00 gpu-node-07 kernel: NVRM: Xid (PCI:0000:01:00): 79, pid=1234",
        {
            "layers": "syslog/kernel",
            "ts": "01-01T10:00:00",
            "node": "gpu-node-07",
            "process": "kernel",
            "message": "NVRM: Xid (PCI:0000:01:00): 79, pid=1234",
        },
    ),
    (
        "2026-01-01T10:00:00+0800 host vllm[8707]: INFO 01-01 10:00:00 [core.py:58] x",
        {
            "layers": "syslog/vllm",
            "level": "INFO",
            "ts": "2026-01-01T10:00:00+0800",
            "code": "core.py:58",
            "node": "host",
            "process": "vllm",
            "pid": 8707,
            "message": "x",
        },
    ),
    (
        "Tue 2026-03-03 10:00:00 CST host systemd[1]: vllm.service: Main process exited, code=killed, status=9/KILL",
        {
            "layers": "syslog",
            "ts": "2026-03-03T10:00:00",
            "node": "host",
            "process": "systemd",
            "pid": 1,
            "message": "vllm.service: Main process exited, code=killed, status=9/KILL",
        },
    ),
    (
        "<34>1 2026-01-01T10:00:00.123Z host vllm 1234 ID47 - INFO 01-01 10:00:00 [core.py:58] x",
        {
            "layers": "syslog/vllm",
            "level": "INFO",
            "ts": "2026-01-01T10:00:00.123Z",
            "code": "core.py:58",
            "node": "host",
            "process": "vllm",
            "pid": 1234,
            "message": "x",
        },
    ),
    ("<34>1 - - - - - - x", {"layers": "syslog", "message": "x"}),
    (
        'Aug 19 18:34:30 host vllm[8707]:   File "x.py", line 1',
        {
            "layers": "syslog",
            "ts": "08-19T18:34:30",
            "node": "host",
            "process": "vllm",
            "pid": 8707,
            "message": '  File "x.py", line 1',
        },
    ),
    (
        "2026-01-01T10:00:00.123456+08:00 host kernel: [  12.345678] NVRM: x",
        {
            "layers": "syslog/kernel",
            "ts": "2026-01-01T10:00:00.123456+08:00",
            "node": "host",
            "process": "kernel",
            "message": "NVRM: x",
        },
    ),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_line_is_taken_apart(
    peeled: Callable[[str], dict[str, str | int]], line: str, expected: dict[str, str | int]
) -> None:
    """The whole record is compared."""
    told = peeled(line)

    assert told == expected
