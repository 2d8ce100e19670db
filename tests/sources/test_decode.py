"""Decoding: text told from binary, UTF-16 and GBK made UTF-8, damage counted."""

from __future__ import annotations

import random
import struct

import pytest

from logsleuth.sources.decode import Decoded, LineDecoder, TextReader, binary_format, from_gbk, trim_cut_character
from logsleuth.sources.readers import ChunkReader, Peekable

CHINESE = "错误：显存不足，请检查配置"
LINE = "ERROR 2025-06-10 worker.py:12 {}\n"
NOISE = random.Random(7)


def peekable(*chunks: bytes) -> Peekable:
    """A source of these chunks."""
    return Peekable(ChunkReader(chunks), chunk_bytes=1024)


def text_of(*chunks: bytes) -> tuple[bytes, TextReader]:
    """All text of a source of these chunks, and its reader."""
    reader = TextReader(peekable(*chunks))
    return b"".join(iter(lambda: reader.read(1000), b"")), reader


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n\n",
        b"INFO ready\n" + NOISE.randbytes(5000),
        b"\x1b[32mINFO\x1b[0m ready\n",
        b"\r 10%|#  | 1/10\r 20%|## | 2/10",
        b"x" * 600 + b"\x01" * 600,
        CHINESE.encode() + b"\n",
        CHINESE.encode("gbk") + b"\n",
        "Größe: 3 µs, café\n".encode("latin-1"),
        b"abc" + bytes(3000) + b"def\n" + bytes(500),
        "".join(f"{n} ok\r\n" for n in range(200)).encode("utf-16-le"),
        b"\xff\xfe" + "\x01\x02\x03".encode("utf-16-le"),
        b"".join(struct.pack(">BxxxI", 1, 40) + b"2025-06-10 12:00:00 INFO engine is ready\n"[:40] for _ in range(50)),
    ],
)
def test_text_is_read(data: bytes) -> None:
    """Damage, colours, holes and other encodings do not make a log binary."""
    result = binary_format(peekable(data))

    assert result is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x7fELF\x02\x01\x01" + bytes(9), "an ELF object"),
        (b"PK\x03\x04\x14\0", "a zip archive"),
        (b"%PDF-1.4\nplain text\n", "a PDF document"),
        (NOISE.randbytes(5000), "no text"),
        (struct.pack("<500q", *range(500)), "no text"),
        (b"\n\n" + struct.pack("<500d", *(NOISE.random() for _ in range(500))), "no text"),
        (b"\x0c\x01\0\0\0\0\0\0" + bytes(range(32)) * 20, "no text"),
    ],
)
def test_binary_is_recognised(data: bytes, expected: str) -> None:
    """Known formats by their first bytes, others by NUL and control characters."""
    result = binary_format(peekable(data))

    assert result == expected


def test_the_judgement_waits_for_a_clean_line_only() -> None:
    """A pipe whose first line is text is judged by it."""
    source = Peekable(ChunkReader(chunk for chunk in [b"INFO a\n", NOISE.randbytes(4000)]), chunk_bytes=64)

    binary_format(source)

    assert source.read(9000) == b"INFO a\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"plain\n", "plain\n"),
        (b"\xef\xbb\xbfwith mark\n", "with mark\n"),
        (LINE.format(CHINESE).encode("utf-16"), LINE.format(CHINESE)),
        (b"\xfe\xff" + LINE.format("\U0001f600").encode("utf-16-be"), LINE.format("\U0001f600")),
        (b"a\0b\0\0c", "abc"),
        (bytes(2000) + b"a", "a"),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_marks_nul_and_utf16_are_resolved(data: bytes, expected: str, size: int) -> None:
    """The same text, however the bytes arrive."""
    chunks = [data[at : at + size] for at in range(0, len(data), size)]

    text, reader = text_of(*chunks)

    assert text.decode() == expected
    assert reader.trouble is None


def test_damaged_utf16_is_counted() -> None:
    """A lone surrogate and a missing half become replacement characters."""
    text, reader = text_of(b"\xff\xfea\0\x00\xd8b\0c")

    assert text.decode() == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
    assert reader.undecodable == 2


def test_nul_bytes_are_counted() -> None:
    """Those before, inside and after the text."""
    text, reader = text_of(bytes(10), b"a\0b", bytes(300))

    assert text == b"ab"
    assert reader.nul_bytes == 311


UTF8 = LINE.format(CHINESE).encode()
GBK = LINE.format(CHINESE).encode("gbk")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"plain\n", Decoded(data=b"plain\n")),
        (UTF8, Decoded(data=UTF8)),
        (GBK, Decoded(data=UTF8)),
        (b"a\n" + GBK + b"b\xffc\n" + UTF8, Decoded(data=b"a\n" + UTF8 + b"b\xffc\n" + UTF8, undecodable=1)),
        (UTF8[:-2] + b"\n", Decoded(data=UTF8[:-2] + b"\n", undecodable=2)),
        (GBK[:-2] + b"\n", Decoded(data=LINE.format(CHINESE[:-1] + "\N{REPLACEMENT CHARACTER}").encode())),
        ("Größe: 3 µs\n".encode("latin-1"), Decoded(data="Größe: 3 µs\n".encode("latin-1"), undecodable=3)),
    ],
)
def test_lines_become_utf8(data: bytes, expected: Decoded) -> None:
    """GBK is transcoded line by line; what is neither stays and is counted."""
    result = LineDecoder(line_bytes=1000).decode(data)

    assert result == expected


def test_doubtful_lines_follow_the_source() -> None:
    """Two bytes that are a letter in UTF-8 and a hanzi in GBK are read as what the source has shown."""
    doubtful = "模\n".encode("gbk")
    decoder = LineDecoder(line_bytes=1000)

    before, shown, after = (decoder.decode(line).data for line in (doubtful, GBK, doubtful))

    assert (before, shown, after) == (doubtful, UTF8, "模\n".encode())


def test_lines_that_grew_are_cut_again() -> None:
    """UTF-8 takes three bytes where GBK takes two."""
    result = LineDecoder(line_bytes=10).decode("显存不足啊\n".encode("gbk"))

    assert result == Decoded(data="显存不\n".encode(), cut_bytes=6)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (CHINESE.encode("gbk"), CHINESE),
        ("错误 \U0001f600 显存".encode("gb18030"), "错误 \U0001f600 显存"),
        (CHINESE.encode()[:-1], None),
        (b"\xff\xff\xff\xff", None),
        ("错".encode("gbk"), None),
    ],
)
def test_gbk_needs_hanzi_in_daily_use(line: bytes, expected: str | None) -> None:
    """Damaged UTF-8 and single characters prove nothing."""
    result = from_gbk(line)

    assert result == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"", b""),
        (b"abc", b"abc"),
        ("a错".encode(), "a错".encode()),
        ("a错".encode()[:-1], b"a"),
        ("a错".encode()[:-2], b"a"),
        ("\U0001f600".encode()[:-1], b""),
        (b"a\x80\x80\x80", b"a\x80\x80\x80"),
    ],
)
def test_a_cut_character_is_trimmed(line: bytes, expected: bytes) -> None:
    """Only its beginning; damage stays."""
    result = trim_cut_character(line)

    assert result == expected
