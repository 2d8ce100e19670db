"""The conditions of branches."""

from __future__ import annotations

from logsleuth.diagnosis.performance.steps import above, at_least, below, otherwise


def test_bounds_belong_to_at_least_only() -> None:
    """And `otherwise` takes all."""
    conditions = (at_least(2), below(2), above(2), otherwise)

    assert [[when(value) for when in conditions] for value in (1, 2, 3)] == [
        [False, True, False, True],
        [True, False, False, True],
        [True, False, True, True],
    ]
