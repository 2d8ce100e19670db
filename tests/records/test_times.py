"""Printed times as ISO 8601, as far as they go."""

from __future__ import annotations

import pytest

from logsleuth.records.times import fuller, iso, month_day, named_month


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("2026-01-05 10:00:00", "2026-01-05T10:00:00"),
        ("2026/01/05 10:00:00,123", "2026-01-05T10:00:00.123"),
        ("2025-09-02 15:32:52.730053 +08:00", "2025-09-02T15:32:52.730053+08:00"),
        ("2026-01-05T10:00:00.5Z", "2026-01-05T10:00:00.5Z"),
        ("2026-01-05 10:00:00 UTC", "2026-01-05T10:00:00Z"),
        ("", ""),
    ],
)
def test_iso(printed: str, expected: str) -> None:
    """Separators change, nothing is invented."""
    text = iso(printed)

    assert text == expected


def test_dates_without_a_year() -> None:
    """Month and day are padded, and a year is kept where there is one."""
    found = (
        named_month("Aug", "9", "18:34:30"),
        named_month("Mar", "3", "1:2:3", "2026"),
        month_day("810", "03:04:11"),
    )

    assert found == ("08-09T18:34:30", "2026-03-03T1:2:3", "08-10T03:04:11")
    assert month_day("20240810", "12:00:00") == "2024-08-10T12:00:00"


@pytest.mark.parametrize(
    ("inner", "outer", "expected"),
    [
        (None, None, None),
        ("06-10T21:32:17", None, "06-10T21:32:17"),
        (None, "06-10T21:32:17", "06-10T21:32:17"),
        ("06-10T21:32:17", "2026-06-10T13:32:17Z", "2026-06-10T13:32:17Z"),
        ("2026-06-10T21:32:17", "2026-06-10T13:32:17Z", "2026-06-10T21:32:17"),
    ],
)
def test_fuller(inner: str | None, outer: str | None, expected: str | None) -> None:
    """A year outweighs being nearer to the producer."""
    chosen = fuller(inner, outer)

    assert chosen == expected
