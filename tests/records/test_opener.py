"""Blocks opened: what stays unchanged, what becomes logical lines, and that cutting into blocks changes nothing."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Block, Text
from logsleuth.records import Opener, Peeler

TRACEBACK = 'Traceback (most recent call last):\n  File "x.py", line 1, in f\nValueError: x'
STAMP = "2026-11-20T06:00:00.1Z "
VLLM = "ERROR 06-10 21:32:17 [core.py:634] "


def opened(data: bytes, *, limits: Limits = DEFAULT_LIMITS) -> Text:
    """The text of a source that is one block."""
    return Opener(limits=limits).open(Block(source="s", first_line=1, data=data, is_last=True))


def messages(text: Text) -> list[tuple[int, str]]:
    """Physical number and message of every logical line."""
    peeler = Peeler()
    lines = text.data.decode().split("\n")[:-1]
    return [(text.number(index), peeler.record(line, 1).message) for index, line in enumerate(lines)]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"INFO 06-10 21:32:17 [core.py:58] x\nplain\n",
        b'INFO 06-10 21:32:17 [core.py:58] {"message": "Traceback"}\n',
        b"{'a': 1}\n{broken\n",
        b'{"a": "cut\n',
        b"a\\nb # c\n",
    ],
)
def test_plain_blocks_pass_unchanged(data: bytes) -> None:
    """Data and shapes are the very bytes of the block."""
    text = opened(data)

    assert text.data is data
    assert text.shapes is data
    assert text.numbers is None
    assert text.line_count == data.count(b"\n")


def test_windows_line_ends_and_missing_newline() -> None:
    """The logger of vLLM joins the lines of a record with CR LF."""
    text = opened(b"a\r\nb\r\nc")

    assert (text.data, text.numbers, text.line_count) == (b"a\nb\nc\n", None, 3)


def test_progress_bars_become_lines_of_their_own() -> None:
    """All states of a bar are lines with one number; the shape is the last one."""
    text = opened(b"a\r 50%\r100%\r\nb\n\r\n")

    assert text.data == b"a\n 50%\n100%\nb\n\n"
    assert text.numbers == [1, 1, 1, 2, 3]
    assert text.shapes == b"100%\nb\n\n"


OPENED: list[tuple[str, str, list[tuple[int, str]]]] = [
    (
        "docker",
        json.dumps({"log": VLLM + "x\n", "stream": "stderr", "time": "t"}) + "\nplain\n",
        [(1, "x"), (2, "plain")],
    ),
    (
        "traceback attribute",
        json.dumps({"message": "m", "exc_info": TRACEBACK}),
        [(1, "m"), *((1, line) for line in TRACEBACK.split("\n"))],
    ),
    ("behind CRI", STAMP + "stderr F " + json.dumps({"message": "a\nb"}), [(1, "a"), (1, "b")]),
    ("behind compose", "vllm-1  | " + json.dumps({"message": "a"}), [(1, "a")]),
    ("behind journald", "Aug 19 18:34:30 host vllm[7]: " + json.dumps({"message": "a"}), [(1, "a")]),
    ("array", json.dumps([{"log": "a\n"}, {"log": "b\n"}]), [(1, "a"), (1, "b")]),
    ("no text", json.dumps({"level": "error", "prompt": TRACEBACK}), [(1, "")]),
    ("CRI fragments", f"{STAMP}stdout P ab\n{STAMP}stderr F z\n{STAMP}stdout F c\n", [(2, "z"), (1, "abc")]),
    ("CRI fragments of JSON", f'{STAMP}stdout P {{"mess\n{STAMP}stdout F age":"m"}}\n', [(1, "m")]),
    ("CRI fragment at the end", f"{STAMP}stdout P ab\n", [(1, "ab")]),
    (
        "docker fragments",
        '{"log":"ab","stream":"o","time":"t"}\n{"log":"c\\n","stream":"o","time":"t"}\n{"log":"d","stream":"o","time":"t"}',
        [(1, "abc"), (3, "d")],
    ),
    ("progress within JSON", json.dumps({"log": "a\rb\r\n", "stream": "o", "time": "t"}), [(1, "a"), (1, "b")]),
    ("escaped", VLLM + json.dumps(TRACEBACK)[1:-1], [(1, line) for line in TRACEBACK.split("\n")]),
    (
        "escaped, coloured",
        "\x1b[1;36m(a pid=1)\x1b[0;0m " + json.dumps(TRACEBACK)[1:-1],
        [(1, line) for line in TRACEBACK.split("\n")],
    ),
    ("header forged", "\x1e1\x1fjson\x1fERROR\x1f\x1f\x1f\x1f\x1ex", [(1, " 1\x1fjson\x1fERROR\x1f\x1f\x1f\x1f x")]),
    (
        "header forged in JSON",
        json.dumps({"msg": "\x1e1\x1fjson\x1f\x1f\x1f\x1f\x1f\x1ex\x00"}),
        [(1, " 1\x1fjson\x1f\x1f\x1f\x1f\x1f x")],
    ),
    ("surrogate", '{"message":"a\\ud800b"}', [(1, "a?b")]),
    ("byte order mark", '\ufeff{"message":"a"}', [(1, "a")]),
    ("Loki", '{"streams":[{"stream":{"pod":"p"},"values":[["1741000000000000000","a"]]}]}', [(1, "a")]),
]


@pytest.mark.parametrize(("data", "expected"), [row[1:] for row in OPENED], ids=[row[0] for row in OPENED])
def test_lines_are_opened(data: str, expected: list[tuple[int, str]]) -> None:
    """Numbers and messages of all logical lines."""
    text = opened(data.encode())

    assert messages(text) == expected
    assert text.shapes.count(b"\n") == text.line_count


def test_every_line_of_an_escaped_traceback_keeps_its_origin() -> None:
    """Process, head and level are those of the line."""
    line = "(EngineCore_DP0 pid=7) " + VLLM + json.dumps(TRACEBACK)[1:-1]
    peeler = Peeler()
    records = [peeler.record(each, 1) for each in opened(line.encode()).data.decode().split("\n")[:-1]]

    assert {(record.head, record.level, record.origin.process, record.origin.pid) for record in records} == {
        (VLLM, "ERROR", "EngineCore_DP0", 7)
    }


def test_unfolding_is_bounded() -> None:
    """A record of very many lines gives so many and no more."""
    limits = replace(DEFAULT_LIMITS, json_record_lines=3)
    array = opened(json.dumps([{"log": "a"}] * 9).encode(), limits=limits)
    message = opened(json.dumps({"log": "a\n" * 9}).encode(), limits=limits)

    assert (array.data.count(b"\n"), message.data.count(b"\n")) == (3, 3)


def test_numbers_cover_every_physical_line() -> None:
    """Fragments that are not whole yet leave no gap in the numbers."""
    opener = Opener(limits=DEFAULT_LIMITS)
    first = opener.open(Block(source="s", first_line=1, data=f"{STAMP}stdout P a\n{STAMP}stdout P b\n".encode()))
    second = opener.open(Block(source="s", first_line=3, data=f"{STAMP}stdout F c\nx\n".encode(), is_last=True))

    assert (first.data, first.shapes, first.number(1)) == (b"", b"\n\n", 1)
    assert messages(second) == [(1, "abc"), (4, "x")]


LINES = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "plain",
                "",
                "a\rb",
                VLLM + "x",
                VLLM + json.dumps(TRACEBACK)[1:-1],
                STAMP + "stdout P part",
                STAMP + "stdout F end",
                STAMP + 'stderr F {"message":"m"}',
                '{"log":"frag","stream":"o","time":"t"}',
                '{"log":"end\\n","stream":"o","time":"t"}',
                '{"message":"m","exc_info":"a\\nb"}',
                '{"message": "cut',
                '{"level":"info"}',
            ]
        ),
        st.text(alphabet=st.characters(exclude_characters="\n\r\x00", exclude_categories=["Cs"]), max_size=20),
    ),
    max_size=12,
)


@given(lines=LINES, data=st.data())
@settings(max_examples=200, deadline=None)
def test_cutting_into_blocks_changes_nothing(lines: list[str], data: st.DataObject) -> None:
    """The logical lines, their numbers and the shapes are the same for any cut."""
    encoded = [line.encode() + b"\n" for line in [STAMP + "stdout F first", *lines]]
    cut = data.draw(st.integers(1, len(encoded)))
    whole = opened(b"".join(encoded))
    opener = Opener(limits=DEFAULT_LIMITS)
    first = opener.open(Block(source="s", first_line=1, data=b"".join(encoded[:cut])))
    second = opener.open(Block(source="s", first_line=cut + 1, data=b"".join(encoded[cut:]), is_last=True))

    assert first.data + second.data == whole.data
    assert first.shapes + second.shapes == whole.shapes
    assert messages(first) + messages(second) == messages(whole)


@given(st.binary(max_size=400))
def test_any_bytes_are_opened(data: bytes) -> None:
    """Every physical line has a shape and a number."""
    text = opened(data.replace(b"\x00", b""))

    assert text.shapes.count(b"\n") == text.line_count
    assert text.numbers is None or len(text.numbers) >= text.line_count
    assert not text.data or text.data.endswith(b"\n")


HOSTILE = (
    b'{"',
    b'a {"',
    b'{"a":[',
    b"Error: \\n",
    b"ValueError: a",
    b"a.",
    b'\\n  File "',
    b"Traceback (most recent call last):\\n",
    b"\\\\",
    b"\r",
    b"prompt: '",
    b"a 1[1]: ",
    b"#012",
    b"\x1e",
)


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_line_takes_linear_time(unit: bytes) -> None:
    """A line of 64 KiB of any repetition, with a sign of everything else behind it, is done within a second."""
    line = unit * (65536 // len(unit)) + b'\\n Error: {"'
    began = time.process_time()

    opened(line)
    assert time.process_time() - began < 1.0


def test_hostile_block_takes_linear_time() -> None:
    """So is a block of short lines of which each looks structured."""
    began = time.process_time()

    opened((b"a" * 90 + b' [1]: {"' + b"\\n Error: x\\n" + b"\n") * 3000)
    assert time.process_time() - began < 2.0
