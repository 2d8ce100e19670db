"""Reading the spool from another process."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from logsleuth.limits import ServerLimits
from logsleuth.server.reader import Reader
from logsleuth.server.segments import START, Position, path_of
from tests.server.conftest import Bench

Keys = Callable[[int], bytes]
PAYLOADS = [bytes([97 + index]) * 400 for index in range(8)]


@pytest.fixture
def end(bench: Bench, key: Keys) -> Position:
    """The end of a spool of several segments."""
    spool = bench.spool(ServerLimits(segment_bytes=1000))
    for index, payload in enumerate(PAYLOADS):
        spool.append([(key(index), payload)])
        spool.sync()
    return spool.end


def test_an_empty_folder_holds_nothing(bench: Bench) -> None:
    """Before anything came."""
    spool = bench.spool()

    assert list(Reader(bench.folder).read(START, spool.end, 1000)) == []


@pytest.mark.parametrize("most_bytes", [1, 400, 401, 1200, 1 << 30])
def test_reading_in_pieces_is_reading_at_once(bench: Bench, end: Position, most_bytes: int) -> None:
    """Each piece goes on behind the last one."""
    reader, position, found = Reader(bench.folder), START, []
    while piece := list(reader.read(position, end, most_bytes)):
        found += [payload for _, payload in piece]
        position = piece[-1][0]

    assert found == PAYLOADS
    assert position == end


def test_nothing_is_read_beyond_what_is_safe(bench: Bench, key: Keys, end: Position) -> None:
    """Though it lies in the file."""
    bench.opened[0].append([(key(99), b"not safe yet")])

    assert [payload for _, payload in Reader(bench.folder).read(START, end, 1 << 30)] == PAYLOADS


def test_segments_that_are_gone_are_passed_over(bench: Bench, end: Position) -> None:
    """They were analysed."""
    path_of(bench.folder, 1).unlink()

    assert len(list(Reader(bench.folder).read(START, end, 1 << 30))) == 5


def test_more_damage_than_is_told_is_still_counted(bench: Bench, end: Position) -> None:
    """And told up to a bound."""
    path = path_of(bench.folder, 1)
    data = bytearray(path.read_bytes())
    data[200] ^= 1
    data[700] ^= 1
    path.write_bytes(data)
    reader = Reader(bench.folder, ServerLimits(damages=1))

    assert len(list(reader.read(START, end, 1 << 30))) == len(PAYLOADS) - 2
    assert (reader.damaged, len(reader.damages)) == (2, 1)
