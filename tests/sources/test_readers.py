"""Readers: bytes on demand, troubles kept instead of raised."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest

from logsleuth.model import Notice, NoticeKind, Where
from logsleuth.sources.readers import (
    ChunkReader,
    Peekable,
    StreamReader,
    Trouble,
    exactly,
    line_chunks,
    seek_data,
    skip,
)


def test_a_failing_file_ends() -> None:
    """What was read before an I/O error counts, and the error is told."""
    answers: Iterator[bytes | None] = iter([b"abc", None])

    def call(_size: int) -> bytes | None:
        answer = next(answers)
        if answer is None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return answer

    reader = StreamReader(call)
    read = [reader.read(10), reader.read(10), reader.read(10)]

    assert read == [b"abc", b"", b""]
    assert reader.trouble == Trouble(
        kind=NoticeKind.SOURCE_UNREADABLE, detail="reading failed: Input/output error; what stands before was read"
    )


def test_a_trouble_becomes_a_notice() -> None:
    """Said about a source."""
    trouble = Trouble(kind=NoticeKind.SOURCE_TRUNCATED, detail="ends early")

    assert trouble.notice("a.gz") == Notice(
        kind=NoticeKind.SOURCE_TRUNCATED, where=Where(source="a.gz"), detail="ends early"
    )


def test_chunks_are_read_in_pieces() -> None:
    """Never more than asked for, never nothing before the end."""
    reader = ChunkReader([b"", b"abcde", b"", b"f"])

    read = [reader.read(2) for _ in range(6)]

    assert read == [b"ab", b"cd", b"e", b"f", b"", b""]


def test_peeking_takes_nothing_away() -> None:
    """What was looked at is read again, but for what is dropped."""
    source = Peekable(ChunkReader([b"ab", b"cd", b"ef"]), chunk_bytes=10)

    head = source.peek(lambda seen: len(seen) >= 3)
    source.drop(1)

    assert head == b"abcd"
    assert [source.read(2), source.read(10), source.read(10), source.read(10)] == [b"bc", b"d", b"ef", b""]


def test_leading_nul_bytes_are_dropped() -> None:
    """However many chunks they fill."""
    source = Peekable(ChunkReader([bytes(10), bytes(7), b"\0\0a\0b"]), chunk_bytes=10)

    source.drop_nuls()

    assert (source.nul_bytes, exactly(source, 100)) == (19, b"a\0b")


def test_exactly_and_skip() -> None:
    """Both go over chunk ends and tell what is missing."""
    reader = ChunkReader([b"ab", b"cd", b"ef"])

    assert exactly(reader, 3) == b"abc"
    assert skip(reader, 2) == 0
    assert exactly(reader, 5) == b"f"
    assert skip(reader, 5) == 5


def test_holes_are_not_read(tmp_path: Path) -> None:
    """The position moves to the next data, or to the end."""
    path = tmp_path / "sparse"
    with path.open("wb") as out:
        out.truncate(2**24)
        out.seek(2**24)
        out.write(b"data")
        out.truncate(2**25)
    with FileIO(path) as file:
        saved = seek_data(file)
        data = file.read(4)
        file.seek(2**24 + 2**20)
        rest = seek_data(file)

        assert (saved, data) in {(2**24, b"data"), (0, bytes(4))}  # some file systems keep no holes
        assert rest in {2**24 - 2**20, 0}
        assert file.tell() in {2**25, 2**24 + 2**20}


def test_a_pipe_has_no_holes() -> None:
    """It cannot seek, and nothing happens."""
    readable, writable = os.pipe()
    os.write(writable, b"abc")
    with FileIO(readable) as file, FileIO(writable, "w"):
        saved = seek_data(file)

        assert (saved, file.read(3)) == (0, b"abc")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], b""),
        (["a", "b\n", "", "c"], b"a\nb\n\nc"),
        ([b"a\n", "错"], b"a\n\xe9\x94\x99"),
        (["\udc80"], b"\xed\xb2\x80"),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [1, 3, 1000])
def test_lines_become_chunks(lines: list[str | bytes], expected: bytes, chunk_bytes: int) -> None:
    """Each with a newline, but none is invented behind the last."""
    result = b"".join(line_chunks(lines, chunk_bytes=chunk_bytes))

    assert result == expected
