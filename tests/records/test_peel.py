"""The peeler: the same answer whatever it remembers, the head of the producer, and the times that win."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsleuth.model import Record
from logsleuth.records import Peeler
from logsleuth.records.peel import _REMEMBERED

VLLM = "ERROR 06-10 21:32:17 [core.py:634] "
FRAME = '  File "x.py", line 1, in f'
JSON_LOGGER = "\x1e2026-01-01T10:00:00Z\x1fjson\x1fERROR\x1f\x1f\x1f\x1f\x1e"
HEADS = [
    (VLLM + FRAME, VLLM),
    ("(EngineCore_DP0 pid=321) " + VLLM + "x", VLLM),
    ("\x1b[1;36m(EngineCore_DP0 pid=321)\x1b[0;0m " + VLLM + "x", VLLM),
    ("2026-04-22T20:58:00.000000137Z stderr F " + VLLM + "x", VLLM),
    ("(EngineCore_DP0 pid=321) " + FRAME, None),
    ("2026-04-22T20:58:00.000000137Z x", None),
    ("2026-01-01 10:00:00,123 - a - ERROR - x", "2026-01-01 10:00:00,123 - a - ERROR - "),
    ("2026-03-27T15:41:58.926804Z ERROR d::w: VLLM: engine.py:400] x", "engine.py:400] "),
    ("2026-03-27T15:41:58.926804Z ERROR d::w: VLLM:   x", None),
    (FRAME, None),
    ("\x1e2026-01-01T10:00:00Z\x1fdocker-json\x1f\x1f\x1f\x1f\x1f\x1ex", None),
    ("\x1e2026-01-01T10:00:00Z\x1fdocker-json\x1f\x1f\x1f\x1f\x1f\x1e" + VLLM + "x", VLLM),
    (JSON_LOGGER + "x", JSON_LOGGER),
    (JSON_LOGGER.replace("10:00", "11:00") + "x", JSON_LOGGER.replace("10:00", "11:00")),
    (JSON_LOGGER + VLLM + "x", VLLM),
    (JSON_LOGGER + "vllm-1  | x", None),
]
LINES = st.lists(st.sampled_from([line for line, _ in HEADS] + ["INFO:     x", "(a pid=1) [b] c", "vllm-1  | x", ""]))


@pytest.mark.parametrize(("line", "head"), HEADS)
def test_head_is_the_producers_own(line: str, head: str | None) -> None:
    """Transport prefixes are no part of the head."""
    record = Peeler().record(line, 1)

    assert record.head == head


def test_level_makes_a_json_logger_the_producer() -> None:
    """The header of a record with a level tells this record from the next one."""
    line = "\x1e2026-01-01T10:00:00Z\x1fjson\x1fERROR\x1fengine\x1f\x1f\x1f7\x1ex"
    record = Peeler().record(line, 1)

    assert record.head == line[:-1]
    assert (record.text, record.logger, record.origin.pid) == ("x", "engine", 7)


@given(lines=LINES)
@settings(max_examples=100, deadline=None)
def test_memory_changes_nothing(lines: list[str]) -> None:
    """A peeler that has seen other lines answers like a fresh one."""
    seasoned = Peeler()
    records = [seasoned.record(line, 1) for line in lines]

    assert records == [Peeler().record(line, 1) for line in lines]


def test_memory_is_bounded() -> None:
    """Ever new prefixes make the peeler forget the old ones."""
    peeler = Peeler()
    for number in range(_REMEMBERED + 10):
        peeler.record(f"(a pid={number}) x", 1)

    assert len(peeler._start.next) <= _REMEMBERED


@pytest.mark.parametrize(
    ("line", "ts"),
    [
        ("2026-04-22T20:58:00.5Z stderr F " + VLLM + "x", "2026-04-22T20:58:00.5Z"),
        ("Jun 10 21:32:18 host vllm[1]: " + VLLM + "x", "06-10T21:32:18"),
        ("2026-04-22T20:58:00.5Z stderr F [2026-01-05 10:00:00.1][UC][E] x", "2026-04-22T20:58:00.5Z"),
        ("vllm-1  | [2026-01-05 10:00:00.1][UC][E] x", "2026-01-05T10:00:00.1"),
    ],
)
def test_one_clock_runs_through_a_source(line: str, ts: str) -> None:
    """The transport's, where it prints one: it stands on lines without a time of their own too."""
    record = Peeler().record(line, 1)

    assert record.ts == ts


@pytest.mark.parametrize("front", ["", "[pod/vllm-0/vllm] "])
def test_what_is_shown_of_an_opened_record(front: str) -> None:
    """Its text and what stood in front of it, without the header that the opener wrote."""
    record = Peeler().record(front + "\x1e2026-01-01T10:00:00Z\x1fdocker-json\x1f\x1f\x1f\x1f\x1f\x1e" + VLLM + "x", 1)

    assert (record.text, record.message) == (front + VLLM + "x", "x")


def test_bare_line_is_its_own_message() -> None:
    """Without any prefix nothing but the text is known."""
    record = Peeler().record(FRAME + "\r\n", 7)

    assert record == Record(line=7, text=FRAME + "\r\n", message=FRAME)


def test_layers_are_bounded() -> None:
    """A line that repeats a prefix for ever is peeled so far and no further."""
    record = Peeler().record("(a pid=1) " * 100, 1)

    assert len(record.layers) == 16
