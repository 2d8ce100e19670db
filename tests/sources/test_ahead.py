"""What is read ahead is what is read."""

from __future__ import annotations

import random
import threading

import pytest

from logsleuth.model import NoticeKind
from logsleuth.sources import ahead as module
from logsleuth.sources.ahead import ReadAhead
from logsleuth.sources.readers import ChunkReader, Trouble


class Endless:
    """Has always more."""

    trouble: Trouble | None = None

    def read(self, size: int) -> bytes:
        """As much as is asked for."""
        return bytes(size)


class Failing(ChunkReader):
    """Ends in trouble."""

    trouble = Trouble(kind=NoticeKind.SOURCE_TRUNCATED, detail="ends early")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread from the first byte on, and small chunks."""
    monkeypatch.setattr(module, "ALONE_BYTES", 0)
    monkeypatch.setattr(module, "CHUNK_BYTES", 1000)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("size", [1, 999, 1000, 5000])
def test_the_same_bytes(size: int) -> None:
    """However many are asked for."""
    data = random.Random(1).randbytes(30_000)
    reader = ReadAhead(ChunkReader((data[:10], data[10:12_345], data[12_345:])))
    found = b"".join(iter(lambda: reader.read(size), b""))
    reader.close()

    assert found == data
    assert reader.read(1) == b""


def test_short_inputs_take_no_thread() -> None:
    """Nothing is started for them."""
    before = threading.active_count()
    reader = ReadAhead(ChunkReader((b"abc",)))

    assert (reader.read(10), reader.read(10)) == (b"abc", b"")
    assert threading.active_count() == before


@pytest.mark.usefixtures("at_once")
def test_closing_ends_the_thread() -> None:
    """Though it has much to give."""
    before = threading.active_count()
    reader = ReadAhead(Endless())

    assert reader.read(5) == bytes(5)
    reader.close()
    assert threading.active_count() == before


@pytest.mark.usefixtures("at_once")
def test_trouble_is_told_at_its_place() -> None:
    """Behind the bytes before it."""
    reader = ReadAhead(Failing((b"abc",)))

    told = [(reader.read(3), reader.trouble) for _ in range(2)]
    reader.close()

    assert told == [(b"abc", None), (b"", Failing.trouble)]


class Broken:
    """Has a mistake."""

    trouble: Trouble | None = None

    def read(self, size: int) -> bytes:
        """Raises."""
        raise MemoryError(size)


@pytest.mark.usefixtures("at_once")
def test_a_mistake_is_raised_where_it_is_waited_for() -> None:
    """Nobody waits for a thread that is gone."""
    reader = ReadAhead(Broken())

    with pytest.raises(MemoryError):
        reader.read(1)
    reader.close()
