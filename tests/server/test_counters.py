"""What the serving process counts of itself."""

from __future__ import annotations

import sys
import threading

from logsleuth.server.counters import Budget, Counters


def test_counts_are_kept_by_name_and_labels() -> None:
    """In order, whatever the order of the labels."""
    counters = Counters()
    counters.add("requests", protocol="loki", outcome="taken")
    counters.add("requests", 2, outcome="taken", protocol="loki")
    counters.add("batches")

    assert counters.value("requests", protocol="loki", outcome="taken") == 3
    assert counters.all() == [("batches", (), 1), ("requests", (("outcome", "taken"), ("protocol", "loki")), 3)]


def test_counts_can_be_read_while_others_are_added() -> None:
    """As the figures are, from another thread."""
    counters, is_over = Counters(), threading.Event()

    def add() -> None:
        for number in range(20_000):
            counters.add("requests", protocol=str(number))
        is_over.set()

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    thread = threading.Thread(target=add)
    thread.start()
    try:
        while not is_over.is_set():
            counters.all()
    finally:
        thread.join()
        sys.setswitchinterval(before)

    assert len(counters.all()) == 20_000


def test_a_budget_holds_so_much_and_one_of_any_size() -> None:
    """What is given back can be taken again."""
    budget = Budget(100)
    taken = [budget.take(size) for size in (60, 41, 40, 1)]
    budget.give(100)

    assert taken == [True, False, True, False]
    assert budget.take(5000)
    assert not budget.take(1)
