"""What was found in a piece of a source, moved to where the piece stands in all that was read."""

from __future__ import annotations

from dataclasses import replace

from logsleuth.model.answer import Lost
from logsleuth.model.reading import Event, EventLine, Finding
from logsleuth.model.terms import Notice, Where


class Shift:
    """Moves by `lines` in the source of this index; what rested on one event still rests on one event."""

    def __init__(self, source_index: int, lines: int) -> None:
        self.source_index = source_index
        self.lines = lines
        self._events: dict[int, tuple[Event, Event]] = {}  # the first of each pair keeps its identity from being reused

    def place(self, place: tuple[int, int]) -> tuple[int, int]:
        """A line by (index of the source, number)."""
        return self.source_index, place[1] + self.lines

    def where(self, where: Where) -> Where:
        """A line by the name of its source; the source as a whole stays as it is."""
        return replace(where, line=where.line + self.lines) if where.line and self.lines else where

    def lost(self, lost: Lost) -> Lost:
        """What gave way in the piece."""
        return replace(lost, where=self.where(lost.where))

    def notice(self, notice: Notice) -> Notice:
        """A notice about a line of the piece."""
        return replace(notice, where=self.where(notice.where))

    def event(self, event: Event) -> Event:
        """An event of the piece."""
        if not self.lines and event.source_index == self.source_index:
            return event
        known = self._events.get(id(event))
        if known is None:
            lines = event.lines
            if self.lines:
                lines = tuple(EventLine(line.number + self.lines, line.raw, line.message) for line in lines)
            known = self._events[id(event)] = event, replace(event, source_index=self.source_index, lines=lines)
        return known[1]

    def finding(self, finding: Finding) -> Finding:
        """A finding of the piece."""
        event = self.event(finding.event)
        return finding if event is finding.event else replace(finding, event=event)
