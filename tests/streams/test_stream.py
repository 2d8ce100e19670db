"""What one consumer knows of its partitions, without a broker."""

from __future__ import annotations

import gzip
import json

import msgpack
import pytest

from logsleuth.errors import UsageError
from logsleuth.live.state import Streamed
from logsleuth.model import Notice
from logsleuth.streams.messages import Decoder, Message, Partition, PoisonError
from logsleuth.streams.stream import Stream

HERE = Partition("logs", 0)
RECORD = {"message": "ERROR x", "host": "gpu-07"}


def message(offset: int, value: bytes | None, *headers: tuple[str, bytes]) -> Message:
    """One of the partition that is here."""
    return Message(HERE, offset, value, headers)


@pytest.mark.parametrize(
    ("value", "headers", "wanted"),
    [
        (b"INFO a", (), [("logs/0", b"INFO a")]),
        (b"INFO a\nINFO b\n", (), [("logs/0", b"INFO a"), ("logs/0", b"INFO b")]),
        (gzip.compress(b"INFO a"), (), [("logs/0", b"INFO a")]),
        (b"INFO a", (("host", b"gpu-07"), ("n", b"\xff")), [("gpu-07", b"INFO a")]),
        (json.dumps(RECORD).encode(), (), [("gpu-07", b"ERROR x")]),
        (json.dumps([RECORD, RECORD]).encode(), (), [("gpu-07", b"ERROR x")] * 2),
        (msgpack.packb(RECORD), (), [("gpu-07", b"ERROR x")]),
    ],
)
def test_a_message_holds_lines(
    value: bytes, headers: tuple[tuple[str, bytes], ...], wanted: list[tuple[str, bytes]]
) -> None:
    """Whatever a shipper made of them."""
    found = Decoder().entries(message(0, value, *headers))

    assert [(entry.source, entry.text) for entry in found] == wanted


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "empty"),
        (b"", "empty"),
        (b"\x1f\x8b\x08\xff", "damaged|end"),
        (b"\x7fELF\x02\x01\x01\0\0", "ELF"),
        (b'{"broken":', "JSON"),
        (b" \n ", "blank"),
    ],
)
def test_poison_has_a_reason(value: bytes | None, reason: str) -> None:
    """And leaves the next message as it is."""
    decoder = Decoder()

    with pytest.raises(PoisonError, match=reason):
        decoder.entries(message(0, value))
    assert decoder.entries(message(1, b"INFO a"))[0].text == b"INFO a"


def test_lines_are_numbered_on_and_offsets_count_when_they_are_taken() -> None:
    """What came before, and what is of a partition that is elsewhere, is left out."""
    saved = Streamed(group="g", offsets={"logs/0": 5}, lines={"logs/0": 7})
    stream = Stream("g", saved=saved, complain=pytest.fail)
    stream.begin(HERE, stream.start(HERE, 3))

    runs = list(stream.runs([message(4, b"old"), message(5, b"new"), Message(Partition("logs", 1), 0, b"other")]))
    blocks = stream.blocks(runs[0])
    before = stream.read_to()
    stream.taken(runs[0])

    assert len(runs) == 1
    assert [(block.first_line, block.data) for block in blocks] == [(8, b"new\n")]
    assert (before, stream.read_to()) == ({HERE: 5}, {HERE: 6})
    assert stream.saved() == Streamed(group="g", offsets={"logs/0": 6}, lines={"logs/0": 8})


@pytest.mark.parametrize(("committed", "start"), [(None, 5), (3, 5), (9, 9)])
def test_of_the_state_and_the_group_the_later_counts(committed: int | None, start: int) -> None:
    """The one was not told yet, or others have read on."""
    stream = Stream("g", saved=Streamed(group="g", offsets={"logs/0": 5}), complain=pytest.fail)

    assert stream.start(HERE, committed) == start


def test_poison_is_said_once_and_counted() -> None:
    """However much of it there is, and reading goes on behind it."""
    said: list[str] = []
    stream = Stream("g", complain=said.append)
    stream.begin(HERE, 0)

    for run in stream.runs([message(offset, None) for offset in range(100)]):
        stream.taken(run)
    notices = [item.detail for item in stream.finish() if isinstance(item, Notice)]

    assert said == ["logs/0: the message at 0 cannot be read: empty"]
    assert notices == ["100 messages could not be read: empty"]
    assert stream.read_to() == {HERE: 100}


def test_a_state_of_another_group_is_refused() -> None:
    """Its offsets mean nothing here."""
    with pytest.raises(UsageError, match="group 'other'"):
        Stream("g", saved=Streamed(group="other"), complain=pytest.fail)
