"""Group commit: safe when it returns, refused while the disk fails, resumed by itself."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from logsleuth.limits import ServerLimits
from logsleuth.server.commit import BusyError, Committed, Committer
from logsleuth.server.reader import Reader
from logsleuth.server.seen import Seen
from logsleuth.server.segments import START, Position
from logsleuth.server.spool import Spool
from tests.server.conftest import Bench

Keys = Callable[[int], bytes]
FAR = Position(1 << 40, 0)


def stored(folder: Path) -> list[bytes]:
    """Every payload in the spool."""
    return [payload for _, payload in Reader(folder).read(START, FAR, 1 << 30)]


def run(bench: Bench, spool: Spool, act: Callable[[Committer], Awaitable[None]]) -> list[Position]:
    """Act with a committer; return the positions that it told."""
    told: list[Position] = []

    async def body() -> None:
        seen = Seen(ServerLimits(), bench.clock.seconds)
        committer = Committer(spool, seen, told.append, bench.clock.seconds)
        await act(committer)
        await committer.close()

    asyncio.run(body())
    return told


def test_many_commits_at_once_are_all_safe(bench: Bench, key: Keys) -> None:
    """And positions are told as they get safe."""

    async def act(committer: Committer) -> None:
        done = await asyncio.gather(*(committer.commit([(key(n), b"%d" % n)]) for n in range(500)))
        assert set(done) == {Committed(stored=1, repeated=0)}

    spool = bench.spool()
    told = run(bench, spool, act)

    assert sorted(stored(bench.folder), key=int) == [b"%d" % n for n in range(500)]
    assert told == sorted(told)
    assert told[-1] == spool.end


def test_the_same_twice_in_one_delivery_is_stored_once(bench: Bench, key: Keys) -> None:
    """The first of them; and whoever waits is answered."""

    async def act(committer: Committer) -> None:
        done = await committer.commit([(key(1), b"one"), (key(2), b"two"), (key(1), b"again")])
        assert done == Committed(stored=2, repeated=1)
        assert await committer.commit([(key(1), b"one")]) == Committed(stored=0, repeated=1)

    run(bench, bench.spool(), act)

    assert stored(bench.folder) == [b"one", b"two"]


def test_the_same_twice_is_stored_once(bench: Bench, key: Keys) -> None:
    """At the same time, and later."""
    results: list[Committed] = []

    async def act(committer: Committer) -> None:
        delivery = [(key(1), b"one"), (key(2), b"two")]
        results.extend(await asyncio.gather(committer.commit(delivery), committer.commit(delivery)))
        results.append(await committer.commit([*delivery, (key(3), b"three")]))

    run(bench, bench.spool(), act)

    assert results == [
        Committed(stored=2, repeated=0),
        Committed(stored=0, repeated=2),
        Committed(stored=1, repeated=2),
    ]
    assert stored(bench.folder) == [b"one", b"two", b"three"]


def test_a_delivery_that_names_a_record_twice_is_answered(bench: Bench, key: Keys) -> None:
    """It is stored once, and nobody else notices."""
    results: list[Committed] = []

    async def act(committer: Committer) -> None:
        async with asyncio.timeout(10):
            twice = committer.commit([(key(1), b"one"), (key(1), b"again")])
            results.extend(await asyncio.gather(twice, committer.commit([(key(2), b"two")])))

    run(bench, bench.spool(), act)

    assert results == [Committed(stored=1, repeated=1), Committed(stored=1, repeated=0)]
    assert stored(bench.folder) == [b"one", b"two"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_nobody_waits_for_a_thread_that_has_ended(bench: Bench, key: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ended it: the service is not ready any more, and says so."""

    async def act(committer: Committer) -> None:
        async with asyncio.timeout(10):
            with monkeypatch.context() as patch:
                patch.setattr("os.fdatasync", lambda _: 1 // 0)
                for _ in range(2):
                    with pytest.raises(BusyError, match="any more"):
                        await committer.commit([(key(1), b"lost")])
        assert committer.trouble is not None

    run(bench, bench.spool(), act)


def test_a_full_disk_refuses_and_is_tried_again(bench: Bench, key: Keys) -> None:
    """Without a request: whoever asks for readiness sees that it is over."""

    async def act(committer: Committer) -> None:
        bench.disk = (0, 1000)
        with pytest.raises(BusyError, match="kept free"):
            await committer.commit([(key(1), b"refused")])
        with pytest.raises(BusyError, match="kept free"):
            await committer.commit([(key(2), b"refused at once")])
        bench.disk = (1000, 1000)
        async with asyncio.timeout(10):
            await committer.is_in_order.wait()
        await committer.commit([(key(1), b"taken")])

    run(bench, bench.spool(), act)

    assert stored(bench.folder) == [b"taken"]


@pytest.mark.parametrize("failure", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_failing_sync_refuses_everybody_who_waits_for_it(
    bench: Bench, key: Keys, monkeypatch: pytest.MonkeyPatch, failure: int
) -> None:
    """Those too who sent the same again meanwhile; nothing of it is stored."""

    def fail(_: int) -> None:
        raise OSError(failure, "it fails")

    async def act(committer: Committer) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("os.fdatasync", fail)
            tries = (committer.commit([(key(1), b"lost")]) for _ in range(2))
            refused = await asyncio.gather(*tries, return_exceptions=True)
        assert [str(error) for error in refused] == ["the spool cannot be written: it fails"] * 2
        bench.clock.pass_by(2)
        assert await committer.commit([(key(1), b"kept")]) == Committed(stored=1, repeated=0)

    run(bench, bench.spool(), act)

    assert stored(bench.folder) == [b"kept"]


def test_a_request_that_is_given_up_is_still_stored(bench: Bench, key: Keys) -> None:
    """And whoever sends the same meanwhile gets its answer."""

    async def act(committer: Committer) -> None:
        task = asyncio.ensure_future(committer.commit([(key(1), b"once")]))
        await asyncio.sleep(0)
        again = asyncio.ensure_future(committer.commit([(key(1), b"once")]))
        await asyncio.sleep(0)
        task.cancel()
        assert await again == Committed(stored=0, repeated=1)

    run(bench, bench.spool(), act)

    assert stored(bench.folder) == [b"once"]


def test_what_was_analysed_leaves_the_disk(bench: Bench, key: Keys) -> None:
    """When the thread comes to it."""

    async def act(committer: Committer) -> None:
        for number in range(4):
            await committer.commit([(key(number), b"x" * 1000)])
        committer.release(spool.end)
        await committer.commit([(key(9), b"y")])

    spool = bench.spool(ServerLimits(segment_bytes=1000))
    run(bench, spool, act)

    assert len(stored(bench.folder)) <= 2
