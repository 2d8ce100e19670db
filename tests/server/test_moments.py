"""Printed times become moments, with the shipper's time to help."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from logsleuth.server.moments import SECOND_NS, between_ns, moment_ns


def at(text: str) -> int:
    """A moment in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND_NS


NEAR = at("2026-01-01T00:30:10")


@pytest.mark.parametrize(
    ("stamp", "wanted"),
    [
        (None, NEAR),
        ("", NEAR),
        ("soon", NEAR),
        ("2026-13-45T00:00:00", NEAR),
        ("02-30T00:00:00", NEAR),
        ("2025-06-10T21:32:17Z", at("2025-06-10T21:32:17")),
        ("2025-06-10T21:32:17.25+08:00", at("2025-06-10T13:32:17") + SECOND_NS // 4),
        ("2025-06-10T21:32:17-0130", at("2025-06-10T23:02:17")),
        ("12-31T20:10:00", at("2025-12-31T20:10:00")),  # the year that can be meant, not the shipper's
        ("01-01T00:30:09", NEAR),  # the same moment, as the shipper saw it a second later
        ("01-01T08:30:08", NEAR),  # eight hours ahead to the second: another zone
        ("12-31T19:00:11", NEAR),  # and one with half an hour
        ("01-01T08:38:00", at("2026-01-01T08:38:00")),  # no zone is eight minutes away from UTC
        ("06-10T21:32:17", at("2025-06-10T21:32:17")),  # a log of half a year ago
        ("2025-06-30T23:59:60", at("2025-06-30T23:59:59")),  # a leap second
    ],
)
def test_moments(stamp: str | None, wanted: int) -> None:
    """As far as the stamp goes."""
    assert moment_ns(stamp, NEAR) == wanted


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [
        ("01-01T00:00:00", "01-01T00:01:00.5", 60 * SECOND_NS + SECOND_NS // 2),
        ("01-01T00:01:00", "01-01T00:00:00", None),
        (None, "01-01T00:00:00", None),
        ("x", "01-01T00:00:00", None),
    ],
)
def test_the_time_between(first: str | None, last: str | None, wanted: int | None) -> None:
    """Of two stamps by the same clock."""
    assert between_ns(first, last) == wanted
