"""The spool: what was synced is there after any end; what was not is void."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

import pytest

from logsleuth.limits import ServerLimits
from logsleuth.server import keys as keyfile
from logsleuth.server.reader import Reader
from logsleuth.server.segments import START, Position, numbers, path_of
from logsleuth.server.spool import Spool, SpoolFullError, SpoolInUseError
from tests.server.conftest import Bench

Keys = Callable[[int], bytes]
SMALL = ServerLimits(segment_bytes=1000)
FAR = Position(1 << 40, 0)


def stored(folder: Path, upto: Position = FAR) -> list[bytes]:
    """Every payload that a reader finds."""
    return [payload for _, payload in Reader(folder).read(START, upto, 1 << 30)]


def fill(spool: Spool, key: Keys, payloads: list[bytes]) -> Position:
    """Append each payload and sync it."""
    for index, payload in enumerate(payloads):
        spool.append([(key(index), payload)])
        spool.sync()
    return spool.end


def test_what_is_synced_is_read_in_order_over_segments(bench: Bench, key: Keys) -> None:
    """Segments follow one another where one is full."""
    payloads = [bytes([65 + index]) * 300 for index in range(10)]

    end = fill(bench.spool(SMALL), key, payloads)

    assert stored(bench.folder, end) == payloads
    assert numbers(bench.folder) == [1, 2, 3, 4]


def test_a_start_goes_on_in_a_new_segment(bench: Bench, key: Keys) -> None:
    """Whether the last end was in order or not, and knows all keys."""
    for turn in range(3):
        spool = bench.spool()
        spool.append([(key(turn), b"turn %d" % turn)])
        spool.sync()
        bench.kill(spool)

    spool = bench.spool()

    assert [kept.keys for kept in spool.recovery.kept] == [key(0), key(1), key(2)]
    assert stored(bench.folder) == [b"turn 0", b"turn 1", b"turn 2"]
    assert spool.end.segment == 3


def test_segments_are_numbered_behind_what_was_analysed(bench: Bench, key: Keys) -> None:
    """So that nothing new is taken for analysed where the spool was lost."""
    spool = bench.spool(after=Position(7, 500))

    assert fill(spool, key, [b"new"]).segment == 8


@pytest.mark.parametrize("cut_bytes", [1, 31, 32, 33, 100])
def test_a_torn_tail_is_left_out(bench: Bench, key: Keys, cut_bytes: int) -> None:
    """And what comes next is whole, for a reader that had not come that far."""
    spool = bench.spool()
    fill(spool, key, [b"whole", b"x" * 100])
    bench.kill(spool)
    path = path_of(bench.folder, 1)
    path.write_bytes(path.read_bytes()[:-cut_bytes])

    again = bench.spool()
    end = fill(again, key, [b"next"])

    assert stored(bench.folder, end) == [b"whole", b"next"]
    assert again.recovery.torn_bytes == 132 - cut_bytes
    assert again.recovery.damaged == 0
    assert again.recovery.kept[0].keys == key(0)


def test_every_cut_and_every_flip_recovers(bench: Bench, key: Keys) -> None:
    """What lies before the place is there, what lies behind a flipped byte too."""
    spool = bench.spool()
    payloads = [b"%d:" % index * (index % 7) for index in range(12)]
    fill(spool, key, payloads)
    bench.kill(spool)
    path = path_of(bench.folder, 1)
    data = path.read_bytes()

    for at in range(128, len(data)):
        for changed in (data[:at], data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]):
            path.write_bytes(changed)
            again = bench.spool()
            bench.kill(again)
            kept = stored(bench.folder, again.end)
            is_cut = len(changed) == at
            lost = len(payloads) - len(kept)

            assert kept == payloads[: len(kept)] if is_cut else lost == 1
            assert len(again.recovery.kept[0].keys) == 16 * len(kept)


def test_two_processes_cannot_write_to_one_spool(bench: Bench) -> None:
    """The second is told."""
    bench.spool()

    with pytest.raises(SpoolInUseError, match="another logsleuth serves"):
        bench.spool()


def test_a_full_spool_refuses_until_something_is_released(bench: Bench, key: Keys) -> None:
    """And what is in it stays."""
    spool = bench.spool(ServerLimits(segment_bytes=1000, spool_bytes=5000))
    fill(spool, key, [b"x" * 1000] * 4)
    with pytest.raises(SpoolFullError, match="analysis is behind"):
        spool.append([(key(9), b"x" * 1000)])

    released = spool.release(spool.end)
    fill(spool, key, [b"y" * 1000])

    assert released == 3
    assert stored(bench.folder) == [b"x" * 1000, b"y" * 1000]


def test_a_full_disk_refuses_before_it_is_full(bench: Bench, key: Keys) -> None:
    """And takes again when there is room."""
    spool = bench.spool()
    bench.disk = (90, 1000)
    with pytest.raises(SpoolFullError, match="90 bytes are free"):
        spool.append([(key(0), b"refused")])
    bench.disk = (1000, 1000)

    fill(spool, key, [b"taken"])

    assert stored(bench.folder) == [b"taken"]


def test_a_write_that_fails_half_way_leaves_nothing(bench: Bench, key: Keys) -> None:
    """The system's limit on file sizes cuts a write like a full disk does."""
    spool = bench.spool()
    end = fill(spool, key, [b"before"])
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    try:
        with pytest.raises(OSError, match="large"):
            spool.append([(key(1), b"a" * 500), (key(2), b"b" * 5000)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert spool.end == end
    assert path_of(bench.folder, 1).stat().st_size == end.offset
    assert stored(bench.folder, fill(spool, key, [b"after"])) == [b"before", b"after"]


def test_what_cannot_even_be_cut_off_is_void(bench: Bench, key: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next segment says where the one before ended, to readers and to the next start."""
    spool = bench.spool()
    fill(spool, key, [b"before"])
    spool.append([(key(1), b"never acknowledged")])
    with monkeypatch.context() as patch:
        patch.setattr("os.fdatasync", _fail)
        patch.setattr("os.ftruncate", _fail)
        with pytest.raises(OSError, match="input/output"):
            spool.sync()
    end = fill(spool, key, [b"after"])
    bench.kill(spool)

    again = bench.spool()

    assert stored(bench.folder, end) == [b"before", b"after"]
    assert [kept.keys for kept in again.recovery.kept] == [key(0), key(0)]


def test_keys_outlive_their_segments_as_long_as_they_matter(bench: Bench, key: Keys) -> None:
    """Then they go too."""
    spool = bench.spool(SMALL)
    end = fill(spool, key, [b"x" * 1000, b"y" * 1000, b"z"])
    spool.release(end)
    there = numbers(bench.folder, keyfile.SUFFIX)
    bench.clock.pass_by(3601)

    spool.release(end)

    assert (there, numbers(bench.folder, keyfile.SUFFIX), numbers(bench.folder)) == ([1, 2], [], [3])


def test_damage_in_an_older_segment_is_counted_and_skipped(bench: Bench, key: Keys) -> None:
    """Later segments are read; a start without the keys beside it tells of it."""
    spool = bench.spool(SMALL)
    end = fill(spool, key, [b"a" * 400, b"b" * 400, b"c" * 400, b"d" * 400])
    bench.kill(spool)
    path = path_of(bench.folder, 1)
    data = bytearray(path.read_bytes())
    data[600] ^= 1
    path.write_bytes(data)
    keyfile.path_of(bench.folder, 1).unlink()

    recovery = bench.spool().recovery
    reader = Reader(bench.folder)
    kept = [payload[:1] for _, payload in reader.read(START, end, 1 << 20)]

    assert kept == [b"a", b"c", b"d"]
    assert (recovery.damaged, reader.damaged) == (1, 1)
    assert recovery.damages == tuple(reader.damages)


def _fail(*_: object) -> None:
    raise OSError(5, "input/output error")


def test_nothing_is_behind_the_end(bench: Bench, key: Callable[[int], bytes]) -> None:
    """Nor where a start found bytes that were never acknowledged."""
    spool = bench.spool()
    spool.append([(key(1), b"one")])
    end = spool.sync()
    spool.append([(key(2), b"torn")])
    bench.kill(spool)
    again = bench.spool(after=end)
    safe = again.end

    assert again.behind(safe) == 0
    assert again.behind(START) > 0
    again.append([(key(3), b"three")])
    again.sync()
    assert again.behind(safe) > 0
    assert again.behind(again.end) == 0
