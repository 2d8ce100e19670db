"""Lines of `logsleuth.records.ucm` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "[2025-09-02 15:32:52.730053 +08:00] [UCMNFSSTORE] [E] Failed to open file [812,899] [file.cc:45,Open]",
        {
            "layers": "ucm",
            "level": "ERROR",
            "ts": "2025-09-02T15:32:52.730053+08:00",
            "code": "file.cc:45",
            "logger": "UCMNFSSTORE",
            "pid": 812,
            "message": "Failed to open file",
        },
    ),
    (
        "[2026-01-05 10:00:00] - ucm.integration.vllm.ucm_connector - INFO [ucm_connector.py:120] hit hbm: 0",
        {
            "layers": "ucm",
            "level": "INFO",
            "ts": "2026-01-05T10:00:00",
            "code": "ucm_connector.py:120",
            "logger": "ucm.integration.vllm.ucm_connector",
            "message": "hit hbm: 0",
        },
    ),
    (
        "[2026-01-05 10:00:00.123456][UC][E] Failed to write file, errno: 28. [271,271][posix_file.cc:155,Write]",
        {
            "layers": "ucm",
            "level": "ERROR",
            "ts": "2026-01-05T10:00:00.123456",
            "code": "posix_file.cc:155",
            "logger": "UC",
            "pid": 271,
            "message": "Failed to write file, errno: 28.",
        },
    ),
    (
        "[2026-01-05 10:00:00.123456][UC][E] EngineCore failed to start.",
        {
            "layers": "ucm",
            "level": "ERROR",
            "ts": "2026-01-05T10:00:00.123456",
            "logger": "UC",
            "message": "EngineCore failed to start.",
        },
    ),
    ("ValueError: x [271,272][core.py:12,run]", {"layers": "ucm", "code": "core.py:12", "message": "ValueError: x"}),
    (
        "[2026-01-05 10:00:00.123456][UC][I] KVStar [PID: 1, TID: 2]",
        {
            "layers": "ucm",
            "level": "INFO",
            "ts": "2026-01-05T10:00:00.123456",
            "logger": "UC",
            "pid": 1,
            "message": "KVStar",
        },
    ),
    ("[UCM.Load] slow", {"logger": "UCM.Load", "message": "[UCM.Load] slow"}),
    (
        "INFO 06-10 21:32:17 [a.py:1] [UCM.Save] slow",
        {
            "layers": "vllm",
            "level": "INFO",
            "ts": "06-10T21:32:17",
            "code": "a.py:1",
            "logger": "UCM.Save",
            "message": "[UCM.Save] slow",
        },
    ),
    ("see [1,2][3]", {"message": "see [1,2][3]"}),
]


@pytest.mark.parametrize(("line", "expected"), CASES)
def test_line_is_taken_apart(
    peeled: Callable[[str], dict[str, str | int]], line: str, expected: dict[str, str | int]
) -> None:
    """The whole record is compared."""
    told = peeled(line)

    assert told == expected
