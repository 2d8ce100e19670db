"""Counting, searching and replacing bytes: several times faster with vector instructions, the same without."""

from __future__ import annotations

try:
    import stringzilla
except ImportError:  # no wheel for this machine: Python's own methods give the same results
    stringzilla = None


def newlines(data: bytes, start: int = 0, end: int | None = None) -> int:
    """How many lines end in `data[start:end]`."""
    stop = len(data) if end is None else end
    if stringzilla is None:
        return data.count(b"\n", start, stop)
    found: int = stringzilla.count(data, b"\n", start, stop)
    return found


def holds(data: bytes, words: bytes) -> bool:
    """Whether `words` stand in `data`: a single character is found as fast by Python itself."""
    if stringzilla is None:
        return words in data
    at: int = stringzilla.find(data, words)
    return at >= 0


def translated(data: bytes, table: bytes) -> bytes:
    """`data` with each byte replaced by that at its place in `table`."""
    if stringzilla is None:
        return data.translate(table)
    changed: bytes = stringzilla.translate(data, table)
    return changed
