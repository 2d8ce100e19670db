"""What is known of the partitions that this consumer has: where each is read to, and how many lines its sources had."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from logsleuth.errors import UsageError
from logsleuth.limits import DEFAULT_LIMITS, DEFAULT_STREAM_LIMITS, Limits, StreamLimits
from logsleuth.live.state import Streamed
from logsleuth.model import Block, Notice, NoticeKind, Where
from logsleuth.server.entry import Entry
from logsleuth.sources.blocks import Cutter
from logsleuth.streams.messages import Decoder, Message, Partition, PoisonError

RUN_BYTES: Final = 256 * 1024
Offsets = dict[Partition, int]


@dataclass(slots=True)
class Run:
    """Lines of one source that follow one another, and how far their partitions are read once they are taken."""

    source: str = ""
    texts: list[bytes] = field(default_factory=list)
    size: int = 0
    offsets: Offsets = field(default_factory=dict)


class Stream:
    """Everything that one consumer has read; `begin` and `leave` when partitions come and go."""

    def __init__(
        self,
        group: str,
        *,
        saved: Streamed | None = None,
        complain: Callable[[str], None],
        limits: StreamLimits = DEFAULT_STREAM_LIMITS,
        line_limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        if saved is not None and saved.group != group:
            raise UsageError(f"the state is that of the group '{saved.group}': name another one with --state")
        self.group = group
        self._complain = complain
        self._limits = limits
        self._line_limits = line_limits
        self._decoder = Decoder(limits=limits)
        self._offsets = dict(saved.offsets) if saved else {}
        self._lines = dict(saved.lines) if saved else {}
        self._cutters: dict[str, Cutter] = {}
        self._next: dict[Partition, int | None] = {}  # of the partitions that are here
        self._ended: set[Partition] = set()
        self._poison: Counter[str] = Counter()

    @property
    def partitions(self) -> int:
        """How many partitions are here."""
        return len(self._next)

    @property
    def is_at_end(self) -> bool:
        """Whether every partition that is here was read to its end once."""
        return bool(self._next) and self._ended >= self._next.keys()

    def start(self, partition: Partition, committed: int | None) -> int | None:
        """Where to begin: the state has what the group was not told yet, the group what others have read since."""
        known = [offset for offset in (self._offsets.get(str(partition)), committed) if offset is not None]
        return max(known, default=None)

    def begin(self, partition: Partition, offset: int | None) -> None:
        """A partition has come, to be read from there."""
        self._next[partition] = offset
        self._ended.discard(partition)

    def restart(self, partition: Partition) -> None:
        """What was to come next of a partition is not there."""
        self._next[partition] = None
        self._offsets.pop(str(partition), None)

    def leave(self, partitions: Iterable[Partition]) -> None:
        """Partitions have gone to others."""
        for partition in partitions:
            self._next.pop(partition, None)
            self._ended.discard(partition)

    def end(self, partition: Partition) -> None:
        """A partition holds no more at this moment."""
        if partition in self._next:
            self._ended.add(partition)

    def runs(self, messages: Iterable[Message]) -> Iterator[Run]:
        """What messages hold, in order; messages that came before, or of partitions that are gone, are left out."""
        run = Run()
        for message in messages:
            if not self._is_next(message):
                continue
            for entry in self._entries(message):
                source = self._source(entry, message.partition)
                if run.texts and (source != run.source or run.size >= RUN_BYTES):
                    yield run
                    run = Run()
                run.source = source
                run.texts.append(_line(entry.text))
                run.size += len(entry.text)
            run.offsets[message.partition] = message.offset + 1
        if run.offsets:
            yield run

    def blocks(self, run: Run) -> tuple[Block, ...]:
        """The lines of a run, numbered."""
        if not run.texts:
            return ()
        cutter = self._cutters.get(run.source)
        if cutter is None:
            first_line = self._lines.get(run.source, 0) + 1
            cutter = self._cutters[run.source] = Cutter(run.source, limits=self._line_limits, first_line=first_line)
        data = b"".join(run.texts)
        self._lines[run.source] = self._lines.get(run.source, 0) + data.count(b"\n")
        return tuple(cutter.feed(data))

    def taken(self, run: Run) -> None:
        """The blocks of a run were read."""
        for partition, offset in run.offsets.items():
            self._offsets[str(partition)] = offset

    def finish(self) -> Iterator[Block | Notice]:
        """The ends of all sources, and what could not be read."""
        for cutter in self._cutters.values():
            yield from cutter.finish()
            if cutter.cut_lines:
                yield cutter.notice()
        for reason, count in sorted(self._poison.items()):
            detail = f"{count} messages could not be read: {reason}"
            yield Notice(kind=NoticeKind.SOURCE_SKIPPED, where=Where(source=self.group), detail=detail)

    def saved(self) -> Streamed:
        """What the next run needs to go on."""
        return Streamed(group=self.group, offsets=dict(self._offsets), lines=dict(self._lines))

    def read_to(self) -> Offsets:
        """How far the partitions that are here are read."""
        known = ((partition, self._offsets.get(str(partition))) for partition in self._next)
        return {partition: offset for partition, offset in known if offset is not None}

    def _is_next(self, message: Message) -> bool:
        """Whether a message is of a partition that is here, and was not read before: rebalances bring some again."""
        if message.partition not in self._next:
            return False
        due = self._next[message.partition]
        if due is not None and message.offset < due:
            return False
        self._next[message.partition] = message.offset + 1
        return True

    def _entries(self, message: Message) -> tuple[Entry, ...]:
        try:
            return self._decoder.entries(message)
        except PoisonError as error:
            reason = str(error)[:100]
            if reason not in self._poison and len(self._poison) < self._limits.readers:
                self._complain(f"{message.partition}: the message at {message.offset} cannot be read: {reason}")
                self._poison[reason] = 0
            self._poison[reason if reason in self._poison else "other reasons"] += 1
            return ()

    def _source(self, entry: Entry, partition: Partition) -> str:
        """The name of the source, or that of the partition where there are too many names."""
        if entry.source in self._lines or len(self._lines) < self._limits.sources:
            return entry.source
        return str(partition)


def _line(text: bytes) -> bytes:
    """As a file's lines are read: without NUL, ended by one newline."""
    if b"\0" in text:
        text = text.translate(None, b"\0")
    return text if text.endswith(b"\n") else text + b"\n"
