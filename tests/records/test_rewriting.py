"""Whole blocks of structured lines: the same lines as one by one, whatever stands among them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.model import Block, Text
from logsleuth.records import Opener
from logsleuth.records.rewriting import Rewriter, Roles

ROLES = Roles(message="msg", time="ts", told=frozenset({"level"}), is_fragment=False)
LINE = b'{"ts":"2026-03-09 09:53:39,798","level":"info","n":1.5,"msg":"say \\"hi\\""}'
OPENED = b'\x1e2026-03-09T09:53:39.798\x1fjson\x1fINFO\x1f\x1f\x1f\x1f\x1esay "hi"'


def learnt(line: bytes = LINE, opened: bytes = OPENED, roles: Roles = ROLES) -> Rewriter:
    """A rewriter that has met lines of one kind often enough."""
    rewriter = Rewriter()
    for _ in range(40):
        rewriter.note(line, opened, roles)
    return rewriter


def block(data: bytes, first_line: int = 1, *, is_last: bool = False) -> Block:
    """A block of the only source."""
    return Block(source="s", first_line=first_line, data=data, is_last=is_last)


def one_by_one(lines: list[bytes]) -> bytes:
    """The text of lines that are no block: nothing is learnt from one line."""
    opener = Opener(limits=DEFAULT_LIMITS)
    texts = [opener.open(block(line + b"\n", at, is_last=at == len(lines))) for at, line in enumerate(lines, 1)]
    return b"".join(text.data for text in texts)


def test_a_kind_is_learnt_from_what_keeps_coming() -> None:
    """The time, the message and what nobody reads may differ; plain lines pass."""
    other = b'{"ts":"2027-01-01 00:00:00,5","level":"info","n":"x\\ty","msg":"a/b \\/ c"}'
    data = b"\n".join((LINE, b'plain \\"', other, b""))

    assert Rewriter().rewritten(data) == data
    assert learnt().rewritten(data).split(b"\n") == [
        OPENED,
        b'plain \\"',
        b"\x1e2027-01-01T00:00:00.5\x1fjson\x1fINFO\x1f\x1f\x1f\x1f\x1ea/b / c",
        b"",
    ]


@pytest.mark.parametrize(
    "line",
    [
        LINE.replace(b"info", b"error"),
        LINE.replace(b"2026", b"x026"),
        LINE.replace(b'"n"', b'"m"'),
        LINE.replace(b"1.5", b"01"),
        LINE.replace(b"1.5", b"[1]"),
        LINE.replace(b"1.5", b"NaN"),
        LINE.replace(b"say", b"{say"),
        LINE.replace(b"say", b"s\\nay"),
        LINE.replace(b"say", b"s\\\\ay"),
        LINE.replace(b"say", b"s#012ay"),
        LINE.replace(b"say", b"s\xffay"),
        LINE.replace(b"say", b"s\x00ay"),
        LINE.replace(b'say \\"hi\\"', b""),
        LINE[:-1],
        LINE + b" ",
        b" " + LINE,
        LINE + LINE,
    ],
)
def test_what_differs_otherwise_is_left_alone(line: bytes) -> None:
    """Another level, form, key, value or message than the kind has."""
    assert learnt().rewritten(line + b"\n") == line + b"\n"


@pytest.mark.parametrize(
    ("line", "opened"),
    [
        (LINE.replace(b"1.5", b"[[[[1]]]]"), OPENED),
        (LINE.replace(b"1.5", b'["' + b"x" * 60_000 + b'"]'), OPENED),
        (LINE.replace(b'"n"', b'"level"'), OPENED),
        (LINE.replace(b'"2026-03-09 09:53:39,798"', b"17410000"), OPENED),
        (LINE, OPENED.replace(b"INFO", b"$1")),
        (LINE, OPENED + b"!"),
        (b"no object", OPENED),
    ],
)
def test_nothing_is_learnt_from_the_unclear(line: bytes, opened: bytes) -> None:
    """Objects deep in objects, long ones, a key twice, a time that has to be counted, a header with signs, a wrong result."""
    assert learnt(line, opened).rewritten(line + b"\n") == line + b"\n"


@pytest.mark.parametrize(
    ("time", "printed", "other", "other_printed"),
    [
        (
            b'"2026-03-09T09:53:39Z"',
            b"2026-03-09T09:53:39Z",
            b'"2026-03-10T09:53:39+01:00"',
            b"2026-03-10T09:53:39+01:00",
        ),
        (b"1741000000.25", b"@1741000000.25", b"1741000001123", b"@1741000001123"),
        (b'"1741000000123456"', b"@1741000000123456", b'"1741000000"', b"@1741000000"),
    ],
)
@pytest.mark.parametrize("front", [b"", b"2026-11-20T06:00:00.1Z ", b"2026-11-20T06:00:00.1Z stderr F "])
def test_times_and_fronts(time: bytes, printed: bytes, other: bytes, other_printed: bytes, front: bytes) -> None:
    """Numbers stay numbers; the container runtime's prefix stays in front."""
    line, opened = LINE.replace(LINE[6:31], time), OPENED.replace(OPENED[1:24], printed)
    found = learnt(front + line, front + opened).rewritten(front + line.replace(time, other) + b"\n")

    assert found == front + opened.replace(printed, other_printed) + b"\n"


def test_objects_stay_the_same() -> None:
    """What a shipper says of the container; another container's lines are another kind."""
    line = LINE.replace(b"1.5", b'{"pod":"a","labels":{"x":["}"]}}')
    rewriter = learnt(line)

    assert rewriter.rewritten(line + b"\n") == OPENED + b"\n"
    assert rewriter.rewritten(line.replace(b'"a"', b'"b"')).startswith(b"{")


def test_other_fronts_are_not_learnt() -> None:
    """A program's or a host's name."""
    line = b"vllm-0  | " + LINE

    assert learnt(line, b"vllm-0  | " + OPENED).rewritten(line + b"\n") == line + b"\n"


def test_kinds_are_bounded_and_give_way() -> None:
    """One that was not met for long makes room for others."""
    rewriter = learnt()
    for number in range(20):
        line, opened = LINE.replace(b"info", b"info%d" % number), OPENED.replace(b"INFO", b"INFO%d" % number)
        for _ in range(32):
            rewriter.note(line, opened, ROLES)
    for _ in range(100):
        rewriter.rewritten(LINE + b"\n")

    assert rewriter.rewritten(LINE + b"\n") == OPENED + b"\n"
    assert rewriter.rewritten(LINE.replace(b"info", b"info0") + b"\n").startswith(b"{")


def test_what_follows_a_fragment_in_the_same_block_may_be_its_end() -> None:
    """The block is rewritten before the fragment is seen."""
    whole = [b'{"log":"line %d\\n","stream":"stdout","time":"2026-03-09T09:53:39Z"}' % number for number in range(40)]
    cut = [whole[0], whole[1].replace(b"\\n", b""), *whole[2:5]]
    opener = Opener(limits=DEFAULT_LIMITS)
    opener.open(block(b"\n".join(whole) + b"\n"))
    found: Text = opener.open(block(b"\n".join(cut) + b"\n", 41))

    assert [line.rpartition(b"\x1e")[2] for line in found.data.split(b"\n")[:-1]] == [
        b"line 0",
        b"line 1line 2",
        b"line 3",
        b"line 4",
    ]
    assert [found.number(index) for index in range(4)] == [41, 42, 44, 45]


def test_fragments_of_a_container_runtime_are_joined_first() -> None:
    """The end of a line is no record, even where it looks like one."""
    front = b"2026-11-20T06:00:00.1Z stdout "
    whole = [front + b"F " + LINE] * 40
    cut = [front + b'P {"ts":"2026-03-09T09:53:39Z","a":', front + b"F " + LINE + b"}", *whole[:3]]
    opener = Opener(limits=DEFAULT_LIMITS)
    first = opener.open(block(b"\n".join(whole) + b"\n"))
    second = opener.open(block(b"\n".join(cut) + b"\n", 41, is_last=True))

    assert first.data + second.data == one_by_one(whole + cut)
    assert second.data.count(b"\n") == 4


MESSAGES = st.one_of(
    st.sampled_from(["done", "done\n", 'say "hi"', "a/b", "C:\\new", "a\\nb Error: c", "Traceback (most recent call last):\\n", "{", '{"msg":"x"}', ""]),
    st.text(max_size=12),
)  # fmt: skip
RECORDS = st.fixed_dictionaries(
    {
        "time": st.sampled_from(["2026-03-09T09:53:39.798629403Z", "2026-03-09 09:53:39", "", "soon", 1741000000]),
        "level": st.sampled_from(["info", "INFO", "error", None]),
        "log": MESSAGES,
        "n": st.one_of(st.integers(), st.booleans(), st.text(max_size=5)),
    },
    optional={
        "stream": st.sampled_from(["stdout", 1]),
        "kubernetes": st.sampled_from([{"pod_name": "p"}, {"pod_name": "q", "labels": {"a": "}"}}, {}]),
        "error": st.sampled_from([None, "bad", {"message": "worse"}, {}]),
    },
)


@given(
    st.lists(
        st.one_of(
            RECORDS.map(lambda record: json.dumps(record).encode()),
            RECORDS.map(lambda record: json.dumps(record, ensure_ascii=False).encode("utf-8", "replace")),
            RECORDS.map(lambda record: json.dumps(record).encode()[:-9]),
            RECORDS.map(lambda record: b"2026-11-20T06:00:00.1Z stdout F " + json.dumps(record).encode()),
            st.sampled_from([b"plain", b'plain {"a":1}', b'"\\"', b"bad \xff", b"\r", b"[]"]),
        ),
        min_size=1,
        max_size=12,
    )
)
@settings(max_examples=200, deadline=None)
def test_blocks_give_what_lines_give(lines: list[bytes]) -> None:
    """Learnt from the very lines, many times over, and then read again as one block."""
    training = [line for line in lines for _ in range(32)]
    opener = Opener(limits=DEFAULT_LIMITS)
    first = opener.open(block(b"\n".join(training) + b"\n"))
    second = opener.open(block(b"\n".join(lines) + b"\n", len(training) + 1, is_last=True))

    assert first.data + second.data == one_by_one(training + lines)
