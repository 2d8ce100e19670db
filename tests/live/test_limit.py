"""Rates: a flood is one alert, and how many others there were is known."""

from __future__ import annotations

import pytest

from logsleuth.errors import UsageError
from logsleuth.live.limit import Budget, Rate, read_rate, spend


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("10/m", Rate(most=10, period_s=60)),
        ("1/30s", Rate(most=1, period_s=30)),
        ("5/0.5h", Rate(most=5, period_s=1800)),
    ],
)
def test_rates_are_read(text: str, rate: Rate) -> None:
    """A number, a slash and a time."""
    assert read_rate(text) == rate


@pytest.mark.parametrize("text", ["", "10", "m/10", "0/m", "1/0s", "1/d", "-1/m", "1/m "])
def test_what_is_no_rate_is_said(text: str) -> None:
    """With what to write."""
    with pytest.raises(UsageError, match="10/m"):
        read_rate(text)


def test_what_is_too_much_is_counted() -> None:
    """And told with the next that may go."""
    budget, rate, allowed = Budget(), Rate(most=2, period_s=10), []
    for now in (0, 1, 2, 3, 9.9, 10.5, 11.5):
        budget, held_back = spend(budget, rate, now)
        allowed.append(held_back)

    assert allowed == [0, 0, None, None, None, 3, 0]
