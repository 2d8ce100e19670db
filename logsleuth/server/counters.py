"""What the serving process counts of itself, for its metrics."""

from __future__ import annotations

from collections import Counter

Labels = tuple[tuple[str, str], ...]


class Counters:
    """Counts under a name and labels; added on the event loop only, read from anywhere."""

    def __init__(self) -> None:
        self._values: Counter[tuple[str, Labels]] = Counter()

    def add(self, name: str, amount: int = 1, **labels: str) -> None:
        """Count; labels come from a small closed set, never from a request."""
        self._values[name, tuple(sorted(labels.items()))] += amount

    def value(self, name: str, **labels: str) -> int:
        """What was counted."""
        return self._values[name, tuple(sorted(labels.items()))]

    def all(self) -> list[tuple[str, Labels, int]]:
        """Everything that was counted, in order."""
        values = dict(self._values)  # at once: a new count while we look would end a loop
        return sorted((name, labels, value) for (name, labels), value in values.items())


class Budget:
    """Bytes of requests that are in memory at one time; a request alone may take all of it."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self.taken = 0

    def take(self, size_bytes: int) -> bool:
        """Whether there was room for these, and they are taken."""
        if self.taken and self.taken + size_bytes > self._most:
            return False
        self.taken += size_bytes
        return True

    def give(self, size_bytes: int) -> None:
        """These are no longer in memory."""
        self.taken -= size_bytes
