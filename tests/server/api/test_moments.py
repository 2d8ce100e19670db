"""Times as people ask for them."""

from __future__ import annotations

import pytest

from logsleuth.server.api.moments import iso, moment_ns
from logsleuth.server.api.problems import ProblemError

NOW_NS = 1_780_000_000_000_000_000


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (None, None),
        (" ", None),
        ("90s", NOW_NS - 90_000_000_000),
        ("1h", NOW_NS - 3_600_000_000_000),
        ("2d", NOW_NS - 172_800_000_000_000),
        ("999999w", 0),
        ("1970-01-02", 86_400_000_000_000),
        ("1970-01-01T00:00:01Z", 1_000_000_000),
        ("1970-01-01T08:00:01.5+08:00", 1_500_000_000),
        ("1969-01-01", 0),
    ],
)
def test_times_are_read(text: str | None, wanted: int | None) -> None:
    """Ago, or as ISO has it; in UTC where no zone is said."""
    assert moment_ns(text, NOW_NS) == wanted


@pytest.mark.parametrize("text", ["yesterday", "1y", "-1h", "0000-00-00", "9" * 30, "<script>"])
def test_what_is_no_time_is_said(text: str) -> None:
    """With the name of the field, and with examples."""
    with pytest.raises(ProblemError, match=r"'until' is no time: .*say 15m"):
        moment_ns(text, NOW_NS, "until")


def test_times_are_written_in_utc() -> None:
    """To the millisecond."""
    assert iso(1_500_000_000) == "1970-01-01T00:00:01.500Z"
    assert iso(None) is None
