"""Chunks of one source's text in, blocks of whole lines out; no line is longer than the limit, no matter the input."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from logsleuth.limits import Limits
from logsleuth.model import Block, Notice, NoticeKind, Where
from logsleuth.sources.decode import LineDecoder, TextReader, trim_cut_character
from logsleuth.vector import newlines

LF, CR = b"\n", b"\r"
SMALLEST_CHUNK: Final = 4096


def blocks(source: str, reader: TextReader, *, limits: Limits) -> Iterator[Block | Notice]:
    """All of a source, ended by a block with `is_last` and then what has to be said about the reading."""
    cutter = Cutter(source, limits=limits)
    chunk_bytes = max(limits.block_bytes - limits.line_bytes, SMALLEST_CHUNK)
    while chunk := reader.read(chunk_bytes):
        yield from cutter.feed(chunk)
    yield from cutter.finish(undecodable=reader.undecodable)
    if cutter.cut_lines:
        yield cutter.notice()
    if reader.nul_bytes:
        yield nul_notice(source, reader.nul_bytes)
    if reader.trouble:
        yield reader.trouble.notice(source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """How many lines were cut, how many bytes that left out, and the first of these lines."""

    lines: int = 0
    bytes: int = 0
    first_line: int = 0


def cut_notice(source: str, cuts: Cuts, *, limits: Limits) -> Notice:
    """What has to be said about `cuts`."""
    detail = f"cut {cuts.lines} lines to {limits.line_bytes} bytes each, left out {cuts.bytes} bytes"
    return Notice(kind=NoticeKind.LINE_CUT, where=Where(source=source, line=cuts.first_line), detail=detail)


def nul_notice(source: str, nul_bytes: int) -> Notice:
    """What has to be said about NUL bytes."""
    detail = f"left out {nul_bytes} NUL bytes"
    return Notice(kind=NoticeKind.UNDECODABLE, where=Where(source=source), detail=detail)


class Cutter:
    """Cuts one source into blocks; how the chunks were split makes no difference to the lines.

    A line longer than the limit ends at its last carriage return within the limit, because only progress bars get that
    long by carriage returns; the rest goes on as further lines with the same number, in blocks of their own. Without a
    carriage return it is cut, up to the next one or to its end.
    """

    def __init__(self, source: str, *, limits: Limits, first_line: int = 1) -> None:
        self.cut_lines = 0
        self._cut_bytes = 0
        self._first_cut = 0
        self._unsaid_bytes = 0  # cut, but not yet counted in a block
        self._source = source
        self._limits = limits
        self._limit = limits.line_bytes
        self._decoder = LineDecoder(line_bytes=limits.line_bytes)
        self._number = first_line
        self._carry: list[bytes] = []
        self._carry_bytes = 0
        self._is_skipping = False
        self._is_inside_line = False  # after a carriage return that ended a part of a line

    def feed(self, chunk: bytes) -> Iterator[Block]:
        """The blocks that are whole with `chunk`."""
        if LF not in chunk and self._carry_bytes + len(chunk) <= self._limit and not self._is_skipping:
            self._keep(chunk)
            return
        data = b"".join([*self._carry, chunk])
        self._carry, self._carry_bytes = [], 0
        at = self._rest_of_long_line(data, 0)
        while at < len(data):
            long_at = self._long_line_at(data, at)
            end = data.rfind(LF, at, long_at) + 1
            if end > at:
                yield self._block(data[at:end])
            if long_at == len(data):
                self._keep(data[max(at, end) :])
                return
            part, at = self._part(data, long_at)
            if part:
                yield self._block(part + LF, is_part=True)
            at = self._rest_of_long_line(data, at)

    def finish(self, *, undecodable: int = 0) -> Iterator[Block]:
        """The last block; with `undecodable` more damaged bytes that nobody has counted yet."""
        yield self._block(b"".join(self._carry), is_last=True, undecodable=undecodable)
        self._carry = []

    @property
    def next_line(self) -> int:
        """The number of the line that is read next."""
        return self._number

    def take_cuts(self) -> Cuts:
        """What was cut since this was asked for."""
        cuts = Cuts(lines=self.cut_lines, bytes=self._cut_bytes, first_line=self._first_cut)
        self.cut_lines = self._cut_bytes = self._first_cut = 0
        return cuts

    def notice(self) -> Notice:
        """How much was cut from this source."""
        return cut_notice(self._source, self.take_cuts(), limits=self._limits)

    def _block(self, data: bytes, *, is_part: bool = False, is_last: bool = False, undecodable: int = 0) -> Block:
        first_line = self._number
        line_ends = 1 if is_part else newlines(data)
        if not is_part:
            self._number += line_ends
            self._is_inside_line = False
        decoded = self._decoder.decode(data)
        cut_bytes, self._unsaid_bytes = self._unsaid_bytes + decoded.cut_bytes, 0
        return Block(
            source=self._source,
            first_line=first_line,
            data=decoded.data,
            is_last=is_last,
            undecodable=decoded.undecodable + undecodable,
            cut_bytes=cut_bytes,
            line_ends=line_ends,
        )

    def _keep(self, rest: bytes) -> None:
        if rest:
            self._carry.append(rest)
            self._carry_bytes += len(rest)

    def _long_line_at(self, data: bytes, at: int) -> int:
        """Where the first line begins that is longer than the limit, or the length of `data`."""
        while len(data) - at > self._limit:
            newline = data.rfind(LF, at, at + self._limit + 1)
            if newline < 0:
                return at
            at = newline + 1
        return len(data)

    def _part(self, data: bytes, at: int) -> tuple[bytes, int]:
        """What is kept of the beginning of a long line, and where the rest begins."""
        window = data[at : at + self._limit]
        carriage_return = window.rfind(CR)
        if carriage_return >= 0:
            self._is_inside_line = True
            return window[:carriage_return], at + carriage_return + 1
        self._is_skipping = True
        self.cut_lines += 1
        self._first_cut = self._first_cut or self._number
        kept = trim_cut_character(window)
        self._count_cut(len(window) - len(kept))
        return kept, at + self._limit

    def _rest_of_long_line(self, data: bytes, at: int) -> int:
        """Where text goes on, after what is to be skipped and after the newline that ends a line already given."""
        if self._is_skipping:
            newline = data.find(LF, at)
            carriage_return = data.find(CR, at, None if newline < 0 else newline)
            end = newline if carriage_return < 0 else carriage_return
            self._count_cut((len(data) if end < 0 else end) - at)
            if end < 0:
                return len(data)
            self._is_skipping, self._is_inside_line = False, True
            at = end + (carriage_return >= 0)
        if self._is_inside_line and data.startswith(LF, at):
            self._is_inside_line = False
            self._number += 1
            at += 1
        return at

    def _count_cut(self, size: int) -> None:
        self._cut_bytes += size
        self._unsaid_bytes += size
