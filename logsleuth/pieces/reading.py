"""Sources in, their parts out: each source is cut into canonical pieces, and every piece is read by itself.

Piece k ends with the first line end at or after byte (k+1) times `piece_bytes` of the source as it is decompressed; a
piece in which no line begins is none. This depends on the bytes alone, so it makes no difference who reads which.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from logsleuth.events.recorder import is_dump, is_pickle
from logsleuth.limits import Limits
from logsleuth.model import Notice
from logsleuth.part import Counts, Part
from logsleuth.pieces.windows import Ranged, RangeWindow, StreamWindow, Window
from logsleuth.pipeline import Analysis
from logsleuth.plan import Plan
from logsleuth.sources.blocks import SMALLEST_CHUNK, Cutter
from logsleuth.sources.decode import TextReader
from logsleuth.sources.files import Plain
from logsleuth.sources.readers import ChunkReader, Peekable, Trouble

LF: Final = b"\n"
FIRST_STEP_BYTES: Final = 16 * 1024  # of what is read behind a piece; twice as much each time


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """Where a piece begins, and where its last line ends at the earliest; None is the end of the source."""

    name: str
    start: int
    boundary: int | None


def read_sources(sources: Iterable[Plain | Notice], plan: Plan, *, limits: Limits) -> Iterator[Part]:
    """The parts of sources that are read as streams, one after the other."""
    for source in sources:
        if isinstance(source, Notice):
            yield Part(notices=(source,))
        else:
            window = StreamWindow(source.source, limits=limits)
            yield from _read_stream(source.name, window, plan, limits=limits)


def read_slot(name: str, ranged: Ranged, slot: int, plan: Plan, *, limits: Limits) -> Part:
    """The part of one piece of a source that can be read anywhere; an empty one where no line begins in the piece."""
    window = RangeWindow(ranged)
    start = _start(window, slot, limits=limits)
    if start is None or window.trouble is not None:
        return Part(notices=() if window.trouble is None else (window.trouble.notice(name),))
    piece = _Piece(name=name, start=start, boundary=(slot + 1) * limits.piece_bytes)
    return _Reading(piece, window, plan, limits=limits).read()


def slots(size: int, *, limits: Limits) -> int:
    """How many pieces a source of this size has at most."""
    return max(-(-size // limits.piece_bytes), 1)


def is_whole(head: bytes) -> bool:
    """Whether a source that begins like this is never cut: a flight recorder's dump."""
    return is_dump(head) or is_pickle(head)


def head_bytes(limits: Limits) -> int:
    """How much of a source tells whether it is cut."""
    return max(limits.block_bytes - limits.line_bytes, SMALLEST_CHUNK)


def _read_stream(name: str, window: Window, plan: Plan, *, limits: Limits) -> Iterator[Part]:
    is_cut = not is_whole(window.read(window.start, head_bytes(limits)))
    at, slot, is_last = window.start, 0, False
    while not is_last:
        boundary = (slot + 1) * limits.piece_bytes if is_cut else None
        reading = _Reading(_Piece(name=name, start=at, boundary=boundary), window, plan, limits=limits)
        part = reading.read()
        yield part
        at, is_last = reading.end, part.is_last
        slot = at // limits.piece_bytes


def _start(window: RangeWindow, slot: int, *, limits: Limits) -> int | None:
    """Where the piece begins: behind the first line end at or after the boundary, if that is still in the slot."""
    if slot == 0:
        window.read(0, 1)  # whether there is anything to read
        return 0
    at, stop = slot * limits.piece_bytes - 1, (slot + 1) * limits.piece_bytes - 1
    while at < stop:
        chunk = window.read(at, min(limits.block_bytes, stop - at))
        if not chunk:
            return None
        newline = chunk.find(LF)
        if newline >= 0:
            start = at + newline + 1
            return None if window.is_end(start) else start
        at += len(chunk)
    return None


class _Bytes:
    """Reads the bytes of one piece, up to the line end where it stops."""

    def __init__(self, piece: _Piece, window: Window) -> None:
        self.at = piece.start
        self._boundary = piece.boundary
        self._window = window
        self._is_over = False

    @property
    def trouble(self) -> Trouble | None:
        """What ended the bytes early, if anything did."""
        return self._window.trouble

    def read(self, size: int) -> bytes:
        """The next bytes of the piece alone."""
        chunk = b"" if self._is_over else self._window.read(self.at, size)
        if self._boundary is not None and self.at + len(chunk) >= self._boundary:
            newline = chunk.find(LF, max(self._boundary - 1 - self.at, 0))
            if newline >= 0:
                chunk = chunk[: newline + 1]
                self._is_over = True
        self.at += len(chunk)
        return chunk

    def skip_hole(self) -> int:
        """Go on where there is data again."""
        skipped = self._window.skip_hole(self.at)
        self.at += skipped
        return skipped


class _Reading:
    """Reads one piece: what stands before it, the piece, and what its last events need behind it."""

    def __init__(self, piece: _Piece, window: Window, plan: Plan, *, limits: Limits) -> None:
        self.end = piece.start
        self._piece = piece
        self._window = window
        self._limits = limits
        self._analysis = Analysis(plan, limits=limits)
        self._cutter = Cutter(piece.name, limits=limits)
        self._nul_bytes = 0

    def read(self) -> Part:
        """The part that the piece comes to."""
        is_beginning = self._piece.start == self._window.start
        self._analysis.begin_piece(self._piece.name, offset=0 if is_beginning else self._piece.start)
        self._lead_in()
        lead_lines = self._cutter.next_line - 1
        self._cutter.take_cuts()
        self._read_piece()
        is_last = self._window.is_end(self.end)
        is_over = is_last or self._window.trouble is not None
        if is_over:
            self._analysis.add(self._cutter.finish(undecodable=self._window.undecodable))
        counts = self._counts(lead_lines, is_last=is_last)
        if not is_over:
            self._run_on()
        return self._part(counts, lead_lines, is_last=is_last)

    def _lead_in(self) -> None:
        """Read what stands before the piece, from a line's beginning on."""
        start, stop = self._window.start, self._piece.start
        at = max(stop - self._limits.context_bytes, start)
        data = self._exactly(at, stop - at)
        if at > start:
            data = data[data.find(LF) + 1 or len(data) :]
        source = Peekable(ChunkReader((data,)), chunk_bytes=self._limits.block_bytes)
        if data and at == start:
            source.drop_nuls()
        text = TextReader(source, is_beginning=at == start)
        while chunk := text.read(self._limits.block_bytes):
            self._pass_over(chunk)

    def _read_piece(self) -> None:
        is_beginning = self._piece.start == self._window.start
        pieces = _Bytes(self._piece, self._window)
        source = Peekable(pieces, chunk_bytes=self._limits.block_bytes, seek_data=pieces.skip_hole)
        if is_beginning:
            source.drop_nuls()
        text = TextReader(source, is_beginning=is_beginning)
        while chunk := text.read(head_bytes(self._limits)):
            self._analysis.add(self._cutter.feed(chunk))
        self.end, self._nul_bytes = pieces.at, text.nul_bytes

    def _run_on(self) -> None:
        """Read behind the piece for as long as something goes on that began in it."""
        at, size, before = self.end, FIRST_STEP_BYTES, self._cutter.next_line
        stop = at + self._limits.run_on_bytes
        while at < stop and self._analysis.is_owing(self._piece.name, before=before):
            chunk = self._window.read(at, min(size, stop - at))
            at += len(chunk)
            size = min(2 * size, self._limits.block_bytes)
            if not chunk:
                for block in self._cutter.finish():
                    self._analysis.pass_over(block)
                return
            source = Peekable(ChunkReader((chunk,)), chunk_bytes=self._limits.block_bytes)
            self._pass_over(TextReader(source, is_beginning=False).read(len(chunk)))

    def _pass_over(self, chunk: bytes) -> None:
        for block in self._cutter.feed(chunk):
            self._analysis.pass_over(block)

    def _exactly(self, at: int, size: int) -> bytes:
        found: list[bytes] = []
        while size and (chunk := self._window.read(at, size)):
            found.append(chunk)
            at, size = at + len(chunk), size - len(chunk)
        return b"".join(found)

    def _counts(self, lead_lines: int, *, is_last: bool) -> Counts:
        gathered = self._analysis.gathered
        return Counts(
            lines=gathered.lines,
            line_ends=self._cutter.next_line - 1 - lead_lines,
            bytes=gathered.bytes,
            undecodable=gathered.undecodable,
            nul_bytes=self._nul_bytes + (self._window.nul_bytes if is_last else 0),
            cuts=self._cutter.take_cuts(),
        )

    def _part(self, counts: Counts, lead_lines: int, *, is_last: bool) -> Part:
        dumps, trouble = self._analysis.gathered.dumps, self._window.trouble_at(self.end)
        return Part(
            source=self._piece.name,
            is_first=self._piece.start == self._window.start,
            is_last=is_last,
            is_dump=dumps.count > 0,
            lead_lines=lead_lines,
            counts=counts,
            learnt=self._analysis.end_piece(self._piece.name),
            notices=() if trouble is None else (trouble.notice(self._piece.name),),
            reports=tuple(dumps.reports),
            refusals=tuple(dumps.notices),
        )
