"""The analysis of one tenant's entries. In: entries and the time. Out: lines, counts and what has to be told.

Nothing here reads a clock, a file or the database: the same entries at the same times give the same results, whether
one run takes them all or several go on from what the one before saved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Final, NamedTuple

import msgspec
import zstandard

from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.live.events import News
from logsleuth.live.incidents import Incidents, Timing
from logsleuth.live.session import Agenda, Pace, Session
from logsleuth.model import Diagnosis
from logsleuth.plan import Plan
from logsleuth.recent import Memory, compacted
from logsleuth.records import Peeler
from logsleuth.server.entry import Entry
from logsleuth.server.kinds import Counted, KindCounter
from logsleuth.server.ordering import Arrival, Ordering
from logsleuth.sources.blocks import Cutter

SCHEMA: Final = "logsleuth.tenant/1"
SECOND_NS: Final = 1_000_000_000
MINUTE_NS: Final = 60 * SECOND_NS
LOOK_NS: Final = SECOND_NS // 2
WEIGHT_NS: Final = 1_000_000  # by which a look waits longer for each finding that it has to weigh
# where the process that failed never comes back, nothing shows that its failure is over
SILENT_S: Final = 3600.0
BLOCK_BYTES: Final = 256 * 1024
STREAMS: Final = 2_000  # sources that are being read; of more, those that were silent the longest are put aside
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
# what a service has in mind is less than what a person's machine may hold: it has many tenants
ENDLESS_LIMITS: Final = replace(DEFAULT_LIMITS, tallies=4_000, tally_chars=8 * 1024 * 1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What is known of a source when it is read on: its name, how many lines it had, and the last of them."""

    name: str
    lines: int = 0
    tail: bytes = b""


class Run(NamedTuple):
    """Lines of one source that follow one another, each ended by a newline, with the time of each."""

    first_line: int
    data: bytes
    times: list[int]


class Told(NamedTuple):
    """Something that happened to an incident, and when."""

    news: News
    time_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """What came of the entries since the last harvest; runs by the name of their source."""

    runs: dict[str, list[Run]]
    counted: Counted
    told: tuple[Told, ...]
    cut_lines: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What another run needs to go on."""

    schema: str = SCHEMA
    memory: Memory = field(default_factory=Memory)
    incidents: Incidents = field(default_factory=Incidents)
    agenda: Agenda = field(default_factory=Agenda)
    next_look_ns: int = 0
    now_ns: int = 0


@dataclass(slots=True)
class _Stream:
    name: str
    lines: int
    cutter: Cutter


class Analyst:
    """One tenant's analysis; `hold` entries, `advance` the time, then `harvest`."""

    def __init__(
        self,
        plan: Plan,
        *,
        opening: Callable[[str], Opening],
        language: str = "en",
        limits: Limits = ENDLESS_LIMITS,
        saved: bytes | None = None,
        held: bytes | None = None,
    ) -> None:
        self._plan = plan
        self._opening = opening
        self._language = language
        self._limits = limits
        self._now_ns = self._next_look_ns = self._cut_lines = 0
        self._ordering = Ordering(held)
        self._kinds = KindCounter(peel=Peeler().record, limits=limits)
        self._begin(_decoded(saved))
        self._empty()

    @property
    def is_quiet(self) -> bool:
        """Whether this is a moment to save."""
        return self._session.is_quiet

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits for the time to go by."""
        return self._ordering.is_empty and self._session.is_quiet

    @property
    def streams(self) -> int:
        """How many sources are being read."""
        return len(self._streams)

    @property
    def has_news(self) -> bool:
        """Whether something happened to an incident since the last harvest."""
        return bool(self._told)

    @property
    def has_results(self) -> bool:
        """Whether there is something to harvest."""
        return bool(self._runs or self._told)

    def hold(self, entries: Sequence[Entry], *, arrived_ns: int, now_ns: int) -> None:
        """Take entries that arrived at `arrived_ns`; `now_ns` is the same by a clock that never goes back."""
        self._ordering.hold(entries, arrived_ns=arrived_ns, now_ns=now_ns)

    def advance(self, now_ns: int, *, hour_ns: int) -> None:
        """Read what has waited long enough, and look what it means; `hour_ns` is what the clock on the wall shows."""
        self._now_ns = max(now_ns, self._now_ns)
        self._kinds.breathe()
        for source, arrivals in self._ordering.release(self._now_ns):
            self._read(source, arrivals)
        if self._now_ns >= self._next_look_ns:
            self._next_look_ns = self._now_ns + LOOK_NS + WEIGHT_NS * self._session.weight
            self._told += [Told(news, hour_ns) for news in self._session.look(_hour(hour_ns))]

    def conclude(self, now_ns: int, *, hour_ns: int) -> None:
        """Read all that there is as if nothing followed, and look what it means."""
        self._now_ns = max(now_ns, self._now_ns)
        for source, arrivals in self._ordering.release(self._now_ns, is_all=True):
            self._read(source, arrivals)
        self._session.settle()
        self._told += [Told(news, hour_ns) for news in self._session.look(_hour(hour_ns))]

    def settle(self) -> None:
        """Take all that is open as complete."""
        self._session.settle()

    def dismiss(self, incident: str) -> None:
        """Take an incident as over, because somebody says so."""
        self._session.dismiss(incident)

    def harvest(self) -> Harvest:
        """What came of it since the last harvest."""
        cut = sum(stream.cutter.cut_lines for stream in self._streams.values())
        found = Harvest(
            runs=self._runs, counted=self._kinds.harvest(), told=tuple(self._told), cut_lines=cut - self._cut_lines
        )
        self._empty()
        self._cut_lines = cut
        return found

    def saved(self) -> bytes:
        """What another run needs to go on, at a quiet moment."""
        saved = Saved(
            memory=self._session.memory,
            incidents=self._session.incidents,
            agenda=self._session.agenda,
            next_look_ns=self._next_look_ns,
            now_ns=self._now_ns,
        )
        return zstandard.ZstdCompressor(level=1).compress(msgspec.json.encode(saved))

    def held(self) -> bytes | None:
        """The entries that still wait for their turn."""
        return self._ordering.kept()

    @property
    def incidents(self) -> tuple[str, ...]:
        """The incidents that are open."""
        return tuple(item.id for item in self._session.incidents.open)

    def diagnoses(self) -> tuple[Diagnosis, ...]:
        """What everything found and not resolved comes to."""
        return self._session.diagnoses()

    def renew(self) -> None:
        """Put aside what was not read for the longest time, after everything was harvested and saved."""
        latest = list(self._streams)[-STREAMS // 2 :]
        before = _decoded(self.saved()) or Saved()
        self._begin(replace(before, memory=compacted(before.memory, latest)))

    def _begin(self, saved: Saved | None) -> None:
        self._streams: dict[str, _Stream] = {}  # the one read last stands last
        self._cut_lines = 0
        self._session = Session(
            self._plan,
            clock=lambda: self._now_ns / SECOND_NS,
            pace=Pace(pulse_s=0.0, incidents=Timing(silent_s=SILENT_S)),
            language=self._language,
            limits=self._limits,
            counter=self._kinds,
        )
        if saved is None:
            return
        self._next_look_ns, self._now_ns = saved.next_look_ns, max(self._now_ns, saved.now_ns)
        self._session.recall(
            saved.memory, saved.incidents, resumed=frozenset(saved.memory.sources), agenda=saved.agenda
        )

    def _empty(self) -> None:
        self._runs: dict[str, list[Run]] = {}
        self._told: list[Told] = []

    def _read(self, source: str, arrivals: Sequence[Arrival]) -> None:
        stream = self._stream(source)
        for run in _runs(stream.lines + 1, arrivals):
            stream.lines += len(run.times)
            self._runs.setdefault(stream.name, []).append(run)
            self._kinds.at(run.times[0], run.times[-1], run.times[0] // MINUTE_NS)
            for block in stream.cutter.feed(run.data):
                self._session.take(block)

    def _stream(self, source: str) -> _Stream:
        stream = self._streams.pop(source, None)
        if stream is None:
            opening = self._opening(source)
            stream = self._streams.pop(opening.name, None) or self._opened(opening)
        self._streams[stream.name] = stream
        return stream

    def _opened(self, opening: Opening) -> _Stream:
        first = opening.lines + 1 - opening.tail.count(b"\n")
        cutter = Cutter(opening.name, limits=self._limits, first_line=first)
        for block in cutter.feed(opening.tail) if opening.tail else ():
            self._session.prime(block)
        return _Stream(name=opening.name, lines=opening.lines, cutter=cutter)


def _runs(first_line: int, arrivals: Sequence[Arrival]) -> Iterator[Run]:
    """Pieces of a readable size, each of one minute."""
    number = first_line
    for _, group in groupby(arrivals, key=lambda arrival: arrival.time_ns // MINUTE_NS):
        texts: list[bytes] = []
        times: list[int] = []
        size = 0
        for arrival in group:
            text = _clean(arrival.text, is_first=number == 1 and not texts)
            texts.append(text)
            times += [arrival.time_ns] * (text.count(b"\n") + 1)
            size += len(text) + 1
            if size >= BLOCK_BYTES:
                yield Run(number, b"\n".join([*texts, b""]), times)
                number += len(times)
                texts, times, size = [], [], 0
        if texts:
            yield Run(number, b"\n".join([*texts, b""]), times)
            number += len(times)


def _clean(text: bytes, *, is_first: bool) -> bytes:
    """The text as a file's lines are read: without NUL, and a mark at the beginning of all."""
    if b"\0" in text:
        text = text.translate(None, b"\0")
    if is_first:
        text = text.removeprefix(BYTE_ORDER_MARK)
    return text.removesuffix(b"\n")


def _decoded(saved: bytes | None) -> Saved | None:
    if saved is None:
        return None
    return msgspec.json.decode(zstandard.ZstdDecompressor().decompress(saved), type=Saved)


def _hour(time_ns: int) -> str:
    moment = datetime.fromtimestamp(time_ns / SECOND_NS, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
