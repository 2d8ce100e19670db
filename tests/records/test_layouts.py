"""Records of known keys: the remembered way gives what reading them in full gives, or nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logsleuth.records.header import encode, parse
from logsleuth.records.jsonl import Object
from logsleuth.records.ladders import EVERY
from logsleuth.records.layouts import Layouts
from logsleuth.records.prefix import Prefix
from logsleuth.records.structured import read

NAMES = [
    "message",
    "msg",
    "log",
    "MESSAGE",
    "level",
    "levelname",
    "severity",
    "levelno",
    "severityNumber",
    "logger",
    "name",
    "time",
    "timestamp",
    "ts",
    "@timestamp",
    "__REALTIME_TIMESTAMP",
    "_HOSTNAME",
    "PRIORITY",
    "_TRANSPORT",
    "stream",
    "pid",
    "process",
    "host",
    "kubernetes",
    "record",
    "exc_info",
    "error",
    "role",
    "prompt",
    "event",
    "jsonPayload",
    "fields",
    "logtag",
    "user",
    "n",
]
VALUES = st.one_of(
    st.sampled_from(
        ["", "x", "info", "E", "6", "{", '{"msg":"inner"}', "a\nb", "a\\nb", "x\n", "user", "2026-03-09 09:53:39,798",
         "2026-03-09T09:53:39Z", "1741000000", "1741000000.5", "31-12-2026 10:00:00", "\x00", "\x1e", "e\u0301", "y" * 500]
    ),
    st.sampled_from([None, True, 1, 1.0, 30, 1741000000123, 1741000000.25, -5, [], ["a"], {}, {"name": "x", "level": "warn"}]),
    st.text(max_size=20),
)  # fmt: skip


def in_full(record: Object) -> str:
    """The header and the message, by all ladders."""
    found = read(record)
    return encode(found.envelope) + found.text.rstrip("\r\n")


def told(line: str | None) -> tuple[Prefix, str]:
    """What a reader of the line is told: a time that is a number may stand in the header as it came."""
    prefix = parse(line or "")
    assert prefix is not None
    return prefix._replace(end=0), (line or "")[prefix.end :]


def test_a_usual_record_is_one_line() -> None:
    """The time as ISO text, the level in the words of the model."""
    record: Object = {"ts": "2026-03-09 09:53:39,798", "level": "info", "logger": "vllm", "msg": "done\n", "n": 1}

    assert Layouts().line(record) == in_full(record)
    assert in_full(record) == "\x1e2026-03-09T09:53:39.798\x1fjson\x1fINFO\x1fvllm\x1f\x1f\x1f\x1edone"


@pytest.mark.parametrize(
    "time",
    [
        1741000000,
        1741000000.25,
        "1741000000123",
        1741000000123456,
        "1741000000123456789",
        4102444800,
        5,
        -1,
        "12345678901",
        1e300,
        True,
    ],
)
def test_a_number_becomes_a_date_where_somebody_looks(time: object) -> None:
    """The header says the same as if it had been counted at once."""
    record: Object = {"time": time, "msg": "x"}

    assert told(Layouts().line(record)) == told(in_full(record))


@pytest.mark.parametrize(
    "record",
    [
        {"a": 1},
        {"msg": ""},
        {"msg": 1, "message": None},
        {"msg": '{"msg":"inner"}'},
        {"msg": "a\nb"},
        {"msg": "a\\nb"},
        {"msg": "x", "role": "user"},
        {"msg": "x", "time": ""},
        {"msg": "x", "exc_info": "Traceback"},
        {"msg": "x", "host": {"name": "h" * 5000}},
        {"log": "cut", "stream": "stdout", "time": "2026-03-09T09:53:39Z"},
        {"msg": "x", "logger": "long" * 200},
        {"msg": "x", "logger": "bell\x07"},
        {"msg": "x", **{str(number): number for number in range(99)}},
        {"msg": "x", "record": {"time": {"repr": "2026"}}},
    ],
)
def test_what_needs_a_second_look_is_left_alone(record: Object) -> None:
    """No message, a record or an escaped text in it, several lines, a cause, a fragment, objects, odd names."""
    assert Layouts().line(record) is None


def test_objects_among_the_values_count_by_what_is_in_them() -> None:
    """The pod's name stands in one; an error does too, and is left to be read in full."""
    layouts = Layouts()
    records: list[Object] = [{"msg": "x", "kubernetes": {"pod_name": name}} for name in ("a", "b", 1, True, "a")]

    assert [layouts.line(record) for record in records] == [in_full(record) for record in records]
    assert layouts.line({"msg": "x", "error": {"stack": "Traceback"}}) is None


def test_numbers_and_truths_are_not_taken_for_one_another() -> None:
    """Python holds True, 1 and 1.0 for equal."""
    layouts = Layouts()
    records: list[Object] = [{"msg": "x", "pid": value, "severityNumber": value} for value in (17, 17.0, True, 1, 1.0)]

    assert [layouts.line(record) for record in records] == [in_full(record) for record in records]


def test_no_name_is_both_a_message_or_time_and_something_else() -> None:
    """What is remembered by the other values would depend on these."""
    others: tuple[tuple[tuple[str, ...], ...], ...]
    others = (EVERY.traceback, EVERY.cause_type, EVERY.cause_text, EVERY.cause, EVERY.level, EVERY.pino_level)
    others += (EVERY.python_level, EVERY.otel_level, EVERY.logger, EVERY.node, EVERY.process, EVERY.pid)

    assert not {path for ladder in others for path in ladder} & {*EVERY.text, *EVERY.time}


def test_more_layouts_and_values_than_are_kept_change_nothing() -> None:
    """Both memories start anew."""
    layouts = Layouts()
    records: list[Object] = [{f"key{number}": 0, "msg": "x"} for number in range(300)]
    records += [{"msg": "x", "logger": f"name{number}"} for number in range(1500)]

    assert [layouts.line(record) for record in records * 2] == [in_full(record) for record in records * 2]


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=7), max_size=12))
@settings(max_examples=300, deadline=None)
def test_the_same_as_reading_in_full(records: list[dict[str, object]]) -> None:
    """Whatever was met before, and with the values in any combination."""
    layouts = Layouts()
    for record in (*records, *({**one, "msg": "again"} for one in records)):
        parsed: Object = json.loads(json.dumps(record))
        found = layouts.line(parsed)
        assert found is None or told(found) == told(in_full(parsed))
