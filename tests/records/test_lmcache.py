"""Lines of `logsleuth.records.lmcache` and its neighbours, each with everything that its record tells."""

from __future__ import annotations

from collections.abc import Callable

import pytest

CASES: list[tuple[str, dict[str, str | int]]] = [
    (
        "[2026-01-01 10:00:00,123] LMCache WARNING: connection lost (redis_connector.py:12:lmcache.v1.storage_backend)",
        {
            "layers": "lmcache",
            "level": "WARNING",
            "ts": "2026-01-01T10:00:00.123",
            "code": "redis_connector.py:12",
            "logger": "lmcache.v1.storage_backend",
            "message": "connection lost",
        },
    ),
    (
        "\x1b[32;20m[2026-01-06 10:21:05,355] LMCache INFO:\x1b[0m Reqid: 1 (a)",
        {
            "layers": "lmcache",
            "level": "INFO",
            "ts": "2026-01-06T10:21:05.355",
            "logger": "lmcache",
            "message": "Reqid: 1 (a)",
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
