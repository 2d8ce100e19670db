"""Blocks: whole lines, however the bytes arrive, and bounded lines."""

from __future__ import annotations

import itertools
import re
import tracemalloc
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Block, Notice, NoticeKind, Where
from logsleuth.sources.blocks import blocks
from logsleuth.sources.decode import TextReader
from logsleuth.sources.readers import ChunkReader, Peekable

SMALL = Limits(block_bytes=64, line_bytes=8)


def read(chunks: Iterable[bytes], *, limits: Limits = SMALL) -> list[Block | Notice]:
    """What one source of these chunks gives."""
    source = Peekable(ChunkReader(chunks), chunk_bytes=limits.block_bytes)
    return list(blocks("x.log", TextReader(source), limits=limits))


def numbered(items: list[Block | Notice]) -> list[tuple[int, bytes]]:
    """All lines with their numbers."""
    return [
        (block.first_line + index, line)
        for block in items
        if isinstance(block, Block)
        for index, line in enumerate(re.findall(rb"[^\n]*\n|[^\n]+", block.data))
    ]


def physical(data: bytes) -> list[tuple[int, bytes]]:
    """The lines of data without carriage returns or NUL, cut to the limit."""
    pieces = data.split(b"\n")
    lines = [piece[: SMALL.line_bytes] + b"\n" for piece in pieces[:-1]]
    last = pieces[-1][: SMALL.line_bytes] + (b"\n" if len(pieces[-1]) > SMALL.line_bytes else b"")
    return list(enumerate([*lines, last] if last else lines, 1))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"a", [(1, b"a")]),
        (b"a\nb\n", [(1, b"a\n"), (2, b"b\n")]),
        (b"a\r\nb", [(1, b"a\r\n"), (2, b"b")]),
        (b"\n\n\nx\n", [(1, b"\n"), (2, b"\n"), (3, b"\n"), (4, b"x\n")]),
        (b"12345678\nb\n", [(1, b"12345678\n"), (2, b"b\n")]),
        (b"123456789\nb\n", [(1, b"12345678\n"), (2, b"b\n")]),
        (b"12345678\r\nb\n", [(1, b"12345678\n"), (2, b"b\n")]),
        (b"a\n123456789", [(1, b"a\n"), (2, b"12345678\n")]),
        (b"1234567\xe9\x94\x99\nb\n", [(1, b"1234567\n"), (2, b"b\n")]),
        (b"a\0b\0\0\nc\0", [(1, b"ab\n"), (2, b"c")]),
    ],
)
def test_lines_and_their_numbers(data: bytes, expected: list[tuple[int, bytes]]) -> None:
    """Lines keep their ends and numbers; only the long ones are cut, never inside a character."""
    result = numbered(read([data]))

    assert result == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\r10%\r20%\r30%\r40%\nb\n", [(1, b"\r10%\n"), (1, b"20%\r30%\n"), (1, b"40%\n"), (2, b"b\n")]),
        (b"\r\r\r\r\r\r\r\r\r\nb\n", [(1, b"\r\r\r\r\r\r\r\n"), (1, b"\r\n"), (2, b"b\n")]),
        (b"1%\r1234567890\r3%\nb\n", [(1, b"1%\n"), (1, b"12345678\n"), (1, b"3%\n"), (2, b"b\n")]),
        (b"a\n12%\r34%\r56%\r\nb\n", [(1, b"a\n"), (2, b"12%\r34%\n"), (2, b"56%\r\n"), (3, b"b\n")]),
    ],
)
def test_a_line_grown_by_carriage_returns_is_parted(data: bytes, expected: list[tuple[int, bytes]]) -> None:
    """Nothing of a progress bar is lost, and the lines after it keep their numbers."""
    result = numbered(read([data]))

    assert result == expected


def test_a_cut_is_said_once() -> None:
    """One notice for all cut lines of a source, and every byte counted in some block."""
    items = read([b"a\n" + b"x" * 20 + b"\nb\n" + b"y" * 10 + b"\n" + b"z" * 9])

    cut = [item.cut_bytes for item in items if isinstance(item, Block)]
    assert sum(cut) == 12 + 2 + 1
    assert items[-1] == Notice(
        kind=NoticeKind.LINE_CUT,
        where=Where(source="x.log", line=2),
        detail="cut 3 lines to 8 bytes each, left out 15 bytes",
    )


def test_the_last_block_is_marked() -> None:
    """Exactly one block is the last, even of nothing."""
    cases = [read([]), read([b"a\n"]), read([b"a"]), read([b"x" * 100])]

    marks = [[block.is_last for block in items if isinstance(block, Block)] for items in cases]
    assert marks == [[True], [False, True], [True], [False, True]]


def test_damage_is_kept_and_counted() -> None:
    """Bytes that are no UTF-8 stay where they are."""
    items = read([b"a\xffb\xfe\n\xe9\x94\x99\n"])

    assert [(item.data, item.undecodable) for item in items if isinstance(item, Block)] == [
        (b"a\xffb\xfe\n\xe9\x94\x99\n", 2),
        (b"", 0),
    ]


def test_nul_bytes_are_left_out_and_said() -> None:
    """Holes cost nothing but a notice."""
    items = read([b"a\n", bytes(100), b"\0b\0\n"])

    assert numbered(items) == [(1, b"a\n"), (2, b"b\n")]
    assert items[-1] == Notice(
        kind=NoticeKind.UNDECODABLE, where=Where(source="x.log"), detail="left out 102 NUL bytes"
    )


def test_lines_leave_as_soon_as_they_are_whole() -> None:
    """A pipe that is still open has given its lines."""
    arrived: list[bytes] = []

    def pipe() -> Iterator[bytes]:
        for chunk in (b"one\ntw", b"o\n", b"three\n"):
            arrived.append(chunk)
            yield chunk

    source = Peekable(ChunkReader(pipe()), chunk_bytes=64)
    first = next(blocks("x", TextReader(source), limits=SMALL))

    assert isinstance(first, Block)
    assert first.data == b"one\n"
    assert len(arrived) == 1


@settings(max_examples=400)
@given(
    st.lists(
        st.sampled_from(
            [b"\n", b"\n", b"\r", b"\r\n", b"\0", b"a", b"bcdefgh", b"\xff", "错误".encode(), "错误".encode("gbk")]
        )
    ),
    st.lists(st.integers(min_value=0, max_value=200)),
)
def test_the_split_makes_no_difference(pieces: list[bytes], cuts: list[int]) -> None:
    """Any bytes, split in any way, give the same lines, numbers and counts."""
    data = b"".join(pieces)
    edges = sorted({0, *(min(cut, len(data)) for cut in cuts), len(data)})
    chunks = [data[start:end] for start, end in itertools.pairwise(edges)]

    whole, split = read([data]), read(chunks)

    assert numbered(split) == numbered(whole)
    assert _sums(split) == _sums(whole)
    assert max((len(line.rstrip(b"\n")) for _, line in numbered(whole)), default=0) <= SMALL.line_bytes + 1


@given(st.lists(st.sampled_from([b"\n", b"a", b"bcdefgh", b"xyz"])))
def test_lines_are_those_of_the_bytes(pieces: list[bytes]) -> None:
    """Against the plain definition, for text without carriage returns."""
    data = b"".join(pieces)

    assert numbered(read([data])) == physical(data)


def test_a_line_of_64_mib_takes_bounded_memory() -> None:
    """The rest of a long line is skipped as it comes."""
    tracemalloc.start()
    chunk = b"x" * 2**20

    items = read(itertools.chain([b"a\n"], itertools.repeat(chunk, 64), [b"\nb\n"]), limits=DEFAULT_LIMITS)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert numbered(items) == [(1, b"a\n"), (2, b"x" * 65536 + b"\n"), (3, b"b\n")]
    assert peak < 8 * 2**20


def _sums(items: list[Block | Notice]) -> tuple[object, ...]:
    found = [item for item in items if isinstance(item, Block)]
    notices = [item for item in items if isinstance(item, Notice)]
    return sum(block.cut_bytes for block in found), sum(block.undecodable for block in found), notices
