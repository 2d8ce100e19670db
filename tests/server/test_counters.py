"""What the serving process counts of itself."""

from __future__ import annotations

from logsleuth.server.counters import Budget, Counters


def test_counts_are_kept_by_name_and_labels() -> None:
    """In order, whatever the order of the labels."""
    counters = Counters()
    counters.add("requests", protocol="loki", outcome="taken")
    counters.add("requests", 2, outcome="taken", protocol="loki")
    counters.add("batches")

    assert counters.value("requests", protocol="loki", outcome="taken") == 3
    assert counters.all() == [("batches", (), 1), ("requests", (("outcome", "taken"), ("protocol", "loki")), 3)]


def test_a_budget_holds_so_much_and_one_of_any_size() -> None:
    """What is given back can be taken again."""
    budget = Budget(100)
    taken = [budget.take(size) for size in (60, 41, 40, 1)]
    budget.give(100)

    assert taken == [True, False, True, False]
    assert budget.take(5000)
    assert not budget.take(1)
