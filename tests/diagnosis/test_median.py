"""The middle of some figures."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.diagnosis.median import median


@given(st.lists(st.one_of(st.integers(), st.floats(allow_nan=False)), min_size=1, max_size=9))
def test_it_is_that_of_the_standard_library(values: list[float]) -> None:
    """Of numbers in any order, odd or even in number."""
    assert repr(median(iter(values))) == repr(statistics.median(values))


def test_nothing_has_none() -> None:
    """Nobody asks for it."""
    with pytest.raises(ValueError, match="no median"):
        median(())
