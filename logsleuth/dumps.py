"""Sources that are no logs: flight-recorder dumps, gathered whole, and what they say of each rank's collectives."""

from __future__ import annotations

from collections.abc import Iterable

from logsleuth.events.recorder import is_dump, is_pickle, read_dump, refusal
from logsleuth.limits import Limits
from logsleuth.model import Block, Notice, RankReport


class Dumps:
    """The dumps among the sources, `count` of them; `reports` says what they tell, `notices` why one was not read."""

    def __init__(self, *, limits: Limits) -> None:
        self._limits = limits
        self._parts: dict[str, bytearray] = {}
        self.count = 0
        self.reports: list[RankReport] = []
        self.notices: list[Notice] = []

    def is_gathering(self, source: str) -> bool:
        """Whether `source` is a dump that has not ended."""
        return source in self._parts

    def absorb(self, count: int, reports: Iterable[RankReport], notices: Iterable[Notice]) -> None:
        """Take what dumps that were read elsewhere tell."""
        self.count += count
        self.reports += reports
        self.notices += notices

    def takes(self, block: Block, *, is_first: bool) -> bool:
        """Whether `block` belongs to a dump, and is thereby dealt with."""
        if is_first and (is_dump(block.data) or is_pickle(block.data)):
            self._parts[block.source] = bytearray()
            self.count += 1
        part = self._parts.get(block.source)
        if part is None:
            return False
        if len(part) <= self._limits.dump_bytes:
            part += block.data
        if block.is_last:
            self._read(block.source, bytes(self._parts.pop(block.source)))
        return True

    def _read(self, source: str, data: bytes) -> None:
        refused = refusal(source, data, limits=self._limits)
        if refused is not None:
            self.notices.append(refused)
        else:
            self.reports += read_dump(source, data, limits=self._limits)
