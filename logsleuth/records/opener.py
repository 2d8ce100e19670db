"""Blocks -> text in logical lines: containers and structured records opened, carriage returns and escapes undone.

A block in which nothing of the kind can be found costs a few native searches and passes unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

import orjson

from logsleuth.limits import Limits
from logsleuth.model import Block, Text
from logsleuth.records import batches, escaped
from logsleuth.records.ansi import strip_ansi
from logsleuth.records.header import BRACKET, encode
from logsleuth.records.jsonl import Object, objects
from logsleuth.records.layouts import Layouts
from logsleuth.records.partials import CriJoiner, DockerJoiner
from logsleuth.records.peel import Peeler
from logsleuth.records.rewriting import Rewriter
from logsleuth.records.structured import read
from logsleuth.vector import holds, newlines

Numbered = Iterator[tuple[int, bytes]]

_MARK: Final = b"\xef\xbb\xbf"
_BRACKET: Final = BRACKET.encode()
_OPENINGS: Final = (b'{"', b'{ "')
_FRONT_BYTES: Final = 600
# What a structured record may stand behind: a program's own prefix is none of it, for what follows it is a message.
_FRONT: Final = re.compile(
    rb"(?:\xef\xbb\xbf"
    rb"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d) (?:(?:stdout|stderr) [FP](?::\S{0,60})? )?"
    rb"|[\w.-]{1,100} {1,60}\| |\[pod/[^\]\s]{1,300}\] |\[[A-Za-z]\w{0,60}\d\]: ?|\d{1,6}: "
    rb"|\([^()\n]{0,150}pid=\d[^()\n]{0,80}\) "
    rb"|(?:[A-Z][a-z]{2} {1,2}\d{1,2} \d\d:\d\d:\d\d(?:\.\d{1,9})? )?"
    rb"[^\s\"'{}]{1,255} [^\s:\"'{}]{1,120}\[\d{1,10}\]: ){1,3}"
)
_PREFIX_BYTES: Final = 600  # a longer one is not repeated on the lines of an escaped traceback


class Opener:
    """Opens the blocks of one source, in order; lines cut into fragments may reach from one block to the next."""

    def __init__(self, *, limits: Limits) -> None:
        self._most = limits.json_record_lines
        self._cri = CriJoiner(limits=limits)
        self._docker = DockerJoiner(limits=limits)
        self._layouts = Layouts()
        self._rewriter = Rewriter()
        self._peeler = Peeler()

    @property
    def is_waiting(self) -> bool:
        """Whether fragments wait for the end of their line."""
        return bool(self._cri or self._docker)

    def open(self, block: Block) -> Text:
        """The text of one block."""
        data = block.data
        if data and not data.endswith(b"\n"):
            data += b"\n"
        if _BRACKET in data:
            data = data.replace(_BRACKET, b" ")
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n")
        return self._opened(block, data) if self._has_work(data) else _text(block, data)

    def _has_work(self, data: bytes) -> bool:
        is_cri = self._cri.is_met(data)
        if self._cri or self._docker or b"\r" in data or (is_cri and _may_hold_fragment(data)):
            return True
        return _has_object(data) or escaped.may_hold(data)

    def _opened(self, block: Block, data: bytes) -> Text:
        is_whole = not (self._docker or self._cri or b"\r" in data or _may_hold_fragment(data))
        rewritten = self._rewriter.rewritten(data) if is_whole else data
        if rewritten != data and not self._has_work(rewritten):
            return _text(block, data, opened=rewritten)
        logical: list[bytes] = []
        numbers: list[int] = []
        shapes: list[bytes] = []
        lines = zip(data.split(b"\n")[:-1], rewritten.split(b"\n"), strict=False)
        for number, (line, opened) in enumerate(lines, block.first_line):
            # where a fragment waits, what follows may be its end
            is_done = _BRACKET in opened and not self._docker
            usual = opened if is_done else self._usual(line)
            if usual is not None:
                logical.append(usual)
                numbers.append(number)
                shapes.append(usual)
                continue
            before = len(logical)
            for first_number, whole in self._lines(line, number):
                logical.append(whole)
                numbers.append(first_number)
            shapes.append(_shape(logical[before:], is_progress=b"\r" in line))
        if block.is_last:
            for first_number, whole in self._rest():
                logical.append(whole)
                numbers.append(first_number)
        return _text(block, data, logical=logical, numbers=numbers, shapes=shapes)

    def _usual(self, line: bytes) -> bytes | None:
        """The one logical line of a plain line, or of an object of a known layout; None for everything else."""
        at = 0 if line.startswith(_OPENINGS) else _object_start(line)
        if at < 0:
            return line if _is_plain(line) and not self._cri else None
        if self._docker or b"\r" in line or (at and self._cri):
            return None
        try:
            record: object = orjson.loads(line[at:])
        except orjson.JSONDecodeError:
            return None
        found = self._layouts.line(record) if isinstance(record, dict) else None
        roles = self._layouts.roles
        if found is None or roles is None:
            return None
        opened = line[:at].removeprefix(_MARK) + found.encode()
        self._rewriter.note(line, opened, roles)
        return opened

    def _lines(self, line: bytes, number: int) -> Numbered:
        """The logical lines that one physical line completes."""
        for first_number, whole in self._cri.feed(line, number):
            yield from self._segments(whole, first_number)

    def _rest(self) -> Numbered:
        """The logical lines of fragments whose end never came."""
        for number, line in self._cri.drain():
            yield from self._segments(line, number)
        for number, record in self._docker.drain():
            for opened in self._record_lines(record, b""):
                yield number, opened

    def _segments(self, line: bytes, number: int) -> Numbered:
        """What progress bars wrote over one another, each on its own."""
        for segment in _without_returns(line):
            yield from self._segment(segment, number)

    def _segment(self, line: bytes, number: int) -> Numbered:
        at = _object_start(line)
        found = objects(line[at:], most=self._most) if at >= 0 else None
        if found is not None:
            yield from islice(self._records(found, line[:at].removeprefix(_MARK), number), self._most)
        elif at < 0 and escaped.may_hold(line):
            for unfolded in self._unfolded(line):
                yield number, unfolded
        else:
            yield number, line

    def _records(self, found: tuple[Object, ...], front: bytes, number: int) -> Numbered:
        for batch in found:
            for record in batches.records(batch):
                for first_number, whole in self._docker.feed(record, number):
                    for line in self._record_lines(whole, front):
                        yield first_number, line

    def _record_lines(self, record: Object, front: bytes) -> Iterator[bytes]:
        """The lines of one record's message, each behind the same header."""
        structured = read(record)
        head = front + encode(structured.envelope).encode("utf-8", "replace")
        text = structured.text.translate(_UNWANTED).encode("utf-8", "replace")
        for line in islice(text.rstrip(b"\r\n").split(b"\n"), self._most):
            for segment in _without_returns(line):
                yield from self._unfolded(head + segment) if escaped.may_hold(segment) else (head + segment,)

    def _unfolded(self, line: bytes) -> list[bytes]:
        """The lines of an escaped traceback, or the line alone."""
        plain = strip_ansi(line.decode("utf-8", "replace")).encode() if b"\x1b" in line else line
        found = escaped.find(plain)
        if found is None:
            return [line]
        text = plain.decode("utf-8", "replace")
        start = len(text[: self._peeler.start(text)].encode())
        return escaped.unfold(plain, found, start=start, most=self._most, is_repeated=start <= _PREFIX_BYTES)


_UNWANTED: Final = {ord(BRACKET): " ", 0: None}


def _may_hold_fragment(data: bytes) -> bool:
    return holds(data, b" stdout P") or holds(data, b" stderr P")


def _shape(lines: list[bytes], *, is_progress: bool) -> bytes:
    """What a reader sees of a physical line: what a progress bar wrote last, the first line of a record."""
    if not lines:
        return b""
    return lines[-1] if is_progress else lines[0]


def _is_plain(line: bytes) -> bool:
    """Whether nothing at all is to be done for a line."""
    is_busy = b"{" in line or b"\\" in line or b"\r" in line or b"#012" in line
    return not is_busy and b" P" not in line[:60]


def _without_returns(line: bytes) -> list[bytes]:
    if b"\r" not in line:
        return [line]
    return [segment for segment in line.split(b"\r") if segment] or [b""]


def _has_object(data: bytes) -> bool:
    """Whether any line may begin with an object, behind a transport's prefix or not."""
    if b"{" not in data:
        return False
    for opening in _OPENINGS:
        at = data.find(opening)
        while at >= 0:
            begin = data.rfind(b"\n", max(at - _FRONT_BYTES, 0), at) + 1
            if _object_start(data[begin : at + len(opening)]) >= 0:
                return True
            end = data.find(b"\n", at)
            at = data.find(opening, end) if end >= 0 else -1
    return False


def _object_start(line: bytes) -> int:
    """Where the object or the array of objects starts that a line consists of, or -1."""
    at = line.find(b"{", 0, _FRONT_BYTES)
    if at < 0 or not line.startswith(_OPENINGS, at):
        return -1
    if line[max(at - 1, 0) : at] == b"[":
        at -= 1
    return at if at == 0 or _FRONT.fullmatch(line, 0, at) else -1


def _text(
    block: Block,
    data: bytes,
    *,
    opened: bytes | None = None,
    logical: list[bytes] | None = None,
    numbers: list[int] | None = None,
    shapes: list[bytes] | None = None,
) -> Text:
    """The text of a block; numbers are left out where every physical line stayed one logical line."""
    line_count = _line_count(block, data)
    if logical is not None:
        opened = _joined(logical)
    if opened is None or opened == data:
        opened, numbers, shapes = data, None, None
    seen = opened if shapes is None or shapes == logical else _joined(shapes)
    if numbers is not None:
        # every physical line has a number, even where fragments made one logical line of several
        numbers += (numbers[-1:] or [block.first_line]) * (line_count - len(numbers))
    return Text(
        source=block.source,
        first_line=block.first_line,
        data=opened,
        shapes=seen,
        line_count=line_count,
        numbers=numbers,
        is_last=block.is_last,
    )


def _line_count(block: Block, data: bytes) -> int:
    """The physical lines of a block; a last one without its newline has been given one in `data`."""
    if block.line_ends is None:
        return newlines(data)
    return block.line_ends + (bool(block.data) and not block.data.endswith(b"\n"))


def _joined(lines: list[bytes]) -> bytes:
    return b"\n".join([*lines, b""]) if lines else b""
