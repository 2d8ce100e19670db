"""Bytes of any kind in, UTF-8 without NUL out: tells text from binary, transcodes UTF-16 and GBK, counts damage."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Final

from logsleuth.lazy import lazy
from logsleuth.sources.readers import Peekable, Trouble, is_hole

OPENING_BYTES: Final = 512
SAMPLE_BYTES: Final = 4096
UTF16: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
BINARY_FORMATS: Final = (
    (b"\x7fELF", "an ELF object"),
    (b"PK\x03\x04", "a zip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a rar archive"),
    (b"\x04\x22\x4d\x18", "LZ4 data"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF document"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"GGUF", "a GGUF model"),
    (b"PAR1", "a Parquet file"),
    (b"LPKSHHRH", "a systemd journal; `journalctl --file` prints it"),
)
OWN_REPORT: Final = b'{"schema":"logsleuth.report/'
LONG_HOLE: Final = lazy(rb"\0{64,}")
# All control characters but those that terminals and progress bars use: BEL, BS, TAB, LF, VT, FF, CR, ESC.
WEIRD: Final = bytes({*range(7), *range(14, 27), *range(28, 32), 127})
UTF8_WIDE: Final = lazy(rb"[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
UTF8_CUT: Final = lazy(rb"(?:[\xc2-\xf4]|[\xe0-\xf4][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{2})\Z")
GBK_PAIR: Final = lazy(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]")
GBK_COMMON: Final = lazy(rb"[\xa1\xa3\xb0-\xd7][\xa1-\xfe]")  # punctuation and the 3755 hanzi in daily use


def is_opening(head: bytes) -> bool:
    """Whether `head` is enough to tell what the source is: a whole line, or as much as a tar header takes."""
    return len(head) >= OPENING_BYTES or b"\n" in head.lstrip()


def is_own_report(source: Peekable) -> bool:
    """Whether `source` is a report that logsleuth wrote as JSON: what it quotes has happened elsewhere."""

    def is_enough(seen: bytes) -> bool:
        packed = _packed(seen)
        return len(seen) >= OPENING_BYTES or packed == OWN_REPORT or not OWN_REPORT.startswith(packed)

    return _packed(source.peek(is_enough)) == OWN_REPORT


def _packed(head: bytes) -> bytes:
    """The beginning of a source without blanks, as long as that of a report."""
    return b"".join(head[:OPENING_BYTES].split())[: len(OWN_REPORT)]


def has_sample(head: bytes) -> bool:
    """Whether `head` is enough to weigh control characters."""
    return len(head) >= SAMPLE_BYTES


def binary_format(source: Peekable) -> str | None:
    """What `source` is, if it is no text.

    Judged on the same bytes however they arrive: a clean first line is proof of text, else the first 4 KiB decide.
    """
    head = source.peek(is_opening)
    named = next((name for magic, name in BINARY_FORMATS if head.startswith(magic)), None)
    if named or _is_clean(_opening(head)) or head.startswith(tuple(UTF16)):
        return named
    return "no text" if _is_binary(source.peek(has_sample)[:SAMPLE_BYTES]) else None


def trim_cut_character(line: bytes) -> bytes:
    """`line` without the beginning of a character whose rest was cut off."""
    cut = UTF8_CUT.search(line, max(0, len(line) - 3))
    return line[: cut.start()] if cut else line


class TextReader:
    """Reads a source as bytes without NUL, byte order mark and UTF-16."""

    def __init__(self, upstream: Peekable, *, is_beginning: bool = True) -> None:
        self.undecodable = 0
        self._upstream = upstream
        self._nul_bytes = 0
        self._decoder: codecs.IncrementalDecoder | None = None
        head = upstream.peek(is_opening) if is_beginning else b""
        if head.startswith(codecs.BOM_UTF8):
            upstream.drop(3)
        elif encoding := UTF16.get(head[:2]):
            upstream.drop(2)
            self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    @property
    def trouble(self) -> Trouble | None:
        """What ended the bytes early, if anything did."""
        return self._upstream.trouble

    @property
    def nul_bytes(self) -> int:
        """How many NUL bytes were left out."""
        return self._nul_bytes + self._upstream.nul_bytes

    def read(self, size: int) -> bytes:
        """The next bytes of text."""
        while chunk := self._upstream.read(size):
            text = self._clean(self._transcode(chunk) if self._decoder else chunk)
            if text:
                return text
        return self._transcode(b"", is_final=True) if self._decoder else b""

    def _transcode(self, chunk: bytes, *, is_final: bool = False) -> bytes:
        if not self._decoder:
            return chunk
        text = self._decoder.decode(chunk, is_final)
        self.undecodable += text.count("\N{REPLACEMENT CHARACTER}")
        if is_final:
            self._decoder = None
        return text.encode()

    def _clean(self, chunk: bytes) -> bytes:
        if b"\0" not in chunk:
            return chunk
        text = b""
        if is_hole(chunk):
            self._upstream.skip_hole()
        else:
            text = chunk.translate(None, b"\0")
        self._nul_bytes += len(chunk) - len(text)
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """Whole lines in UTF-8, with what could not be decoded left as it is."""

    data: bytes
    undecodable: int = 0
    cut_bytes: int = 0


class LineDecoder:
    """Makes the lines of one source readable: a line in GBK becomes UTF-8, and so do doubtful lines after it."""

    def __init__(self, *, line_bytes: int) -> None:
        self._line_bytes = line_bytes
        self._has_gbk = False

    def decode(self, data: bytes) -> Decoded:
        """Decode whole lines; each is judged alone, so it does not matter how they are grouped."""
        if data.isascii() or (not self._has_gbk and _is_utf8(data)):
            return Decoded(data=data)
        lines = [line if line.isascii() else self._line(line) for line in data.split(b"\n")]
        kept = [
            trim_cut_character(line[: self._line_bytes]) if len(line) > self._line_bytes else line for line in lines
        ]
        cut_bytes = sum(map(len, lines)) - sum(map(len, kept))
        text = b"\n".join(kept)
        return Decoded(data=text, undecodable=_count_undecodable(text), cut_bytes=cut_bytes)

    def _line(self, line: bytes) -> bytes:
        if _is_utf8(line) and (not self._has_gbk or UTF8_WIDE.search(line)):
            return line
        text = from_gbk(line, min_common=1 if self._has_gbk else 2)
        self._has_gbk = self._has_gbk or text is not None
        return line if text is None else text.encode()


def from_gbk(line: bytes, *, min_common: int = 2) -> str | None:
    """The text of a line that is no UTF-8, if it is Chinese in GB18030: it decodes, and most pairs are in daily use.

    Damaged UTF-8 passes for rare hanzi. Where less than a quarter of the bytes is damaged, nearly all must be in use.
    """
    try:
        text = line.decode("gb18030")
    except UnicodeDecodeError as error:
        if error.start < len(line) - 3:
            return None
        text = line.decode("gb18030", "replace")  # a character was cut at the end
    pairs = GBK_PAIR.findall(line)
    common = len(GBK_COMMON.findall(b" ".join(pairs)))
    is_doubtful = 0 < 2 * _count_undecodable(line) < len(pairs)
    is_chinese = common >= min_common and common >= (0.8 if is_doubtful else 0.5) * len(pairs)
    return text if is_chinese else None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _count_undecodable(data: bytes) -> int:
    return len(data) - len(data.decode("utf-8", "ignore").encode())


def _opening(head: bytes) -> bytes:
    """The first line that is not blank, as far as it counts: the same bytes whatever stands behind."""
    blank_bytes = len(head) - len(head.lstrip())
    return head[blank_bytes:OPENING_BYTES].partition(b"\n")[0]


def _is_clean(opening: bytes) -> bool:
    if not opening or len(opening.translate(None, WEIRD)) < len(opening):
        return False
    return _is_utf8(trim_cut_character(opening)) or from_gbk(opening) is not None


def _is_binary(sample: bytes) -> bool:
    """Whether NUL bytes or control characters are too many; long holes are those of a rotated file."""
    body = LONG_HOLE.sub(b"", sample)
    text = body.translate(None, b"\0")
    weird = len(text) - len(text.translate(None, WEIRD))
    is_utf16 = b"\0" not in body[::2] or b"\0" not in body[1::2]
    return 20 * weird > len(text) or (5 * len(text) < 3 * len(body) and not is_utf16)
