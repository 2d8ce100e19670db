"""What each logger's records say, and what they must not bring along."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.records.header import Envelope
from logsleuth.records.structured import Structured, fragment_of, read

TRACEBACK = 'Traceback (most recent call last):\n  File "x.py", line 1, in f\nValueError: x'
SEPTEMBER = "2025-09-02T10:00:00Z"
RECORDS: list[tuple[str, dict[str, object], Structured]] = [
    (
        "docker",
        {"log": "x\n", "stream": "stderr", "time": "2026-03-09T09:53:39.798629403Z"},
        Structured(envelope=Envelope(layer="docker-json", ts="2026-03-09T09:53:39.798629403Z"), text="x\n"),
    ),
    (
        "docker around structlog",
        {
            "log": '{"event":"failed","level":"error","timestamp":"2025-09-02T10:00:00Z"}\n',
            "stream": "stdout",
            "time": "t",
        },
        Structured(envelope=Envelope(layer="docker-json", ts=SEPTEMBER, level="ERROR"), text="failed"),
    ),
    (
        "python-json-logger",
        {
            "levelname": "ERROR",
            "name": "vllm",
            "asctime": "2025-09-02 10:00:00,5",
            "message": "m",
            "exc_info": TRACEBACK,
        },
        Structured(
            envelope=Envelope(layer="json", ts="2025-09-02T10:00:00.5", level="ERROR", logger="vllm"),
            text="m\n" + TRACEBACK,
        ),
    ),
    (
        "vLLM",
        {
            "asctime": "06-10 21:32:17",
            "levelname": "INFO",
            "name": "v",
            "processName": "EngineCore_DP0",
            "process": 7,
            "message": "m",
        },
        Structured(
            envelope=Envelope(
                layer="json", ts="06-10T21:32:17", level="INFO", logger="v", process="EngineCore_DP0", pid="7"
            ),
            text="m",
        ),
    ),
    (
        "structlog with frames",
        {
            "event": "failed",
            "level": "error",
            "exception": [
                {
                    "exc_type": "ValueError",
                    "exc_value": "x",
                    "frames": [{"filename": "x.py", "lineno": 1, "name": "f", "line": ""}],
                }
            ],
        },
        Structured(envelope=Envelope(layer="json", level="ERROR"), text="failed\n" + TRACEBACK),
    ),
    (
        "loguru",
        {
            "text": "a | ERROR | m\n" + TRACEBACK,
            "record": {
                "level": {"name": "ERROR", "no": 40},
                "message": "m",
                "name": "eng",
                "process": {"id": 7, "name": "MainProcess"},
                "time": {"repr": "2025-09-02 10:00:00+00:00"},
            },
        },
        Structured(
            envelope=Envelope(layer="json", ts="2025-09-02T10:00:00+00:00", level="ERROR", logger="eng", pid="7"),
            text="a | ERROR | m\n" + TRACEBACK,
        ),
    ),
    (
        "Elastic, nested and dotted names",
        {
            "@timestamp": SEPTEMBER,
            "log.level": "ERROR",
            "log": {"logger": "l"},
            "message": "m",
            "error": {"type": "ValueError", "message": "x", "stack_trace": TRACEBACK},
            "host": {"name": "h"},
            "process": {"pid": 7},
        },
        Structured(
            envelope=Envelope(layer="json", ts=SEPTEMBER, level="ERROR", logger="l", node="h", pid="7"),
            text="m\n" + TRACEBACK,
        ),
    ),
    (
        "Elastic without a stack",
        {
            "@timestamp": SEPTEMBER,
            "log.level": "error",
            "message": "m",
            "error": {"type": "ValueError", "message": "x"},
        },
        Structured(envelope=Envelope(layer="json", ts=SEPTEMBER, level="ERROR"), text="m\nValueError: x"),
    ),
    (
        "OpenTelemetry",
        {
            "timeUnixNano": "1756807200000000000",
            "severityText": "ERROR",
            "body": "m",
            "attributes": {"exception.stacktrace": TRACEBACK},
        },
        Structured(envelope=Envelope(layer="json", ts=SEPTEMBER, level="ERROR"), text="m\n" + TRACEBACK),
    ),
    (
        "Cloud Logging, level of the stream",
        {"severity": "ERROR", "jsonPayload": {"message": "m"}, "timestamp": SEPTEMBER},
        Structured(envelope=Envelope(layer="gcp-json", ts=SEPTEMBER), text="m"),
    ),
    (
        "Cloud Logging, level of the program",
        {"severity": "ERROR", "jsonPayload": {"message": "m", "level": "info"}, "timestamp": SEPTEMBER},
        Structured(envelope=Envelope(layer="gcp-json", ts=SEPTEMBER, level="INFO"), text="m"),
    ),
    (
        "Cloud Logging, text",
        {"severity": "CRITICAL", "textPayload": "m", "resource": {"labels": {"pod_name": "vllm-0"}}},
        Structured(envelope=Envelope(layer="gcp-json", level="CRITICAL", node="vllm-0"), text="m"),
    ),
    (
        "journald",
        {
            "MESSAGE": "m",
            "PRIORITY": "6",
            "_TRANSPORT": "stdout",
            "_HOSTNAME": "h",
            "_PID": "7",
            "SYSLOG_IDENTIFIER": "vllm",
            "__REALTIME_TIMESTAMP": "1756807200000000",
        },
        Structured(envelope=Envelope(layer="journald-json", ts=SEPTEMBER, node="h", process="vllm", pid="7"), text="m"),
    ),
    (
        "journald, kernel, bytes",
        {
            "MESSAGE": [78, 86, 82, 77],
            "PRIORITY": "3",
            "_TRANSPORT": "kernel",
            "_HOSTNAME": "h",
            "SYSLOG_IDENTIFIER": "kernel",
        },
        Structured(envelope=Envelope(layer="journald-json", level="ERROR", node="h", process="kernel"), text="NVRM"),
    ),
    (
        "pino",
        {"level": 50, "time": 1756807200000, "pid": 7, "hostname": "h", "msg": "m", "err": {"stack": TRACEBACK}},
        Structured(
            envelope=Envelope(layer="json", ts=SEPTEMBER, level="ERROR", node="h", pid="7"), text="m\n" + TRACEBACK
        ),
    ),
    (
        "zap",
        {"level": "error", "ts": 1756807200.5, "msg": "m", "error": "no space left on device"},
        Structured(
            envelope=Envelope(layer="json", ts="2025-09-02T10:00:00.5Z", level="ERROR"),
            text="m\nno space left on device",
        ),
    ),
    (
        "Python's number",
        {"levelno": 30, "msg": "m"},
        Structured(envelope=Envelope(layer="json", level="WARNING"), text="m"),
    ),
    (
        "OpenTelemetry's number",
        {"severityNumber": 17, "body": "m"},
        Structured(envelope=Envelope(layer="json", level="ERROR"), text="m"),
    ),
]
SILENT: list[tuple[str, dict[str, object]]] = [
    ("a request", {"model": "m", "prompt": "CUDA out of memory", "text": "CUDA out of memory"}),
    ("an answer", {"id": "1", "created": 1756807200, "choices": [{"text": "Traceback"}]}),
    ("a turn", {"role": "user", "content": "Traceback", "text": "Traceback", "message": "Traceback"}),
    ("a data set", {"text": "Traceback (most recent call last):"}),
    ("an answer's error", {"error": {"message": "too long", "type": "BadRequestError"}}),
    ("messages", {"messages": [{"role": "user", "content": "Traceback"}], "body": {"text": "Traceback"}}),
]


@pytest.mark.parametrize(("record", "expected"), [row[1:] for row in RECORDS], ids=[row[0] for row in RECORDS])
def test_record(record: dict[str, object], expected: Structured) -> None:
    """Everything that the record says is compared."""
    assert read(record) == expected


@pytest.mark.parametrize("record", [row[1] for row in SILENT], ids=[row[0] for row in SILENT])
def test_what_users_wrote_stays_out(record: dict[str, object]) -> None:
    """No text at all comes from what is not a log's own message."""
    assert read(record).text == ""


def test_level_is_kept_without_a_message() -> None:
    """A record without any text still counts with its level."""
    assert read({"level": "error", "latency": 3}) == Structured(envelope=Envelope(layer="json", level="ERROR"), text="")


def test_nesting_is_bounded() -> None:
    """Messages within messages are opened three deep."""
    text = "end"
    for _ in range(6):
        text = '{"message": %s}' % ('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"')

    assert read({"message": text}).text.startswith('{"message"')


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"log": "a", "stream": "s", "time": "t"}, ("s", "a", True)),
        ({"log": "a\n", "stream": "s", "time": "t"}, ("s", "a\n", False)),
        ({"log": "a", "stream": "s"}, ("s", "a", False)),
        ({"log": "a", "stream": "s", "_p": "P"}, ("s", "a", True)),
        ({"log": "a", "stream": "s", "time": "t", "_p": "F"}, ("s", "a", False)),
        ({"message": "a"}, None),
    ],
)
def test_fragment(record: dict[str, object], expected: tuple[str, str, bool] | None) -> None:
    """A missing newline or a flag tells that a line goes on."""
    assert fragment_of(record) == expected


VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "log",
                    "message",
                    "level",
                    "time",
                    "ts",
                    "exception",
                    "frames",
                    "record",
                    "error",
                    "body",
                    "pid",
                    "role",
                    "MESSAGE",
                ]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "log",
                "message",
                "level",
                "time",
                "ts",
                "exception",
                "record",
                "error",
                "body",
                "pid",
                "role",
                "exc_info",
                "jsonPayload",
                "severity",
                "MESSAGE",
                "_PID",
            ]
        ),
        VALUES,
    )
)
def test_any_record_is_read(record: dict[str, object]) -> None:
    """Wrong types in known places raise nothing."""
    found = read(record)

    assert isinstance(found.text, str)


@pytest.mark.parametrize("time", [10**400, -(10**400), float("inf"), float("nan"), 1e300])
def test_a_number_that_is_no_time_is_none(time: float) -> None:
    """However large it is."""
    assert read({"message": "m", "level": "error", "timestamp": time}).text.endswith("m")
