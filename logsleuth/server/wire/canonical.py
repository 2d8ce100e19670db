r"""A record that says more than its text does -> the text of its entry, which the analysis opens by its field ladders.

Samples (a severity and a logger, an attribute with a traceback, a text that says it all itself):
    {"@timestamp":"2026-11-20T06:00:00.123456789Z","level":"ERROR","logger":"vllm.engine","message":"failed"}
    {"level":"ERROR","message":"failed","exception.type":"ValueError","exception.stacktrace":"Traceback (most ..."}
    ERROR 06-10 21:32:17 [core.py:58] CUDA out of memory
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

import msgspec

from logsleuth.records.peel import Peeler
from logsleuth.server.entry import UNKNOWN_NS

_BILLION: Final = 1_000_000_000
_LAST_NS: Final = 4_102_444_800 * _BILLION  # the year 2100: what lies behind it was no time
_FRONT_CHARS: Final = 400
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Every prefix of a log line holds one of these near its start; prose without them is not looked at closer.
_SIGN: Final = re.compile(rb"[][0-9:=|{]")
_ENCODER: Final = msgspec.json.Encoder()
_KEYS: Final = {
    "ts": "@timestamp",
    "host": "host.name",
    "process": "process.name",
    "pid": "process.pid",
    "cause_type": "exception.type",
    "cause_text": "exception.message",
    "traceback": "exception.stacktrace",
}


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename=_KEYS):
    """What a record says; fields that it leaves out are empty."""

    ts: str = ""
    level: str = ""
    logger: str = ""
    host: str = ""
    process: str = ""
    pid: str = ""
    message: str = ""
    cause_type: str = ""
    cause_text: str = ""
    traceback: str = ""


class Writer:
    """Writes the texts of one body's entries; `line_bytes` is how long a line may be that is read as a whole."""

    def __init__(self, *, line_bytes: int) -> None:
        self._line_bytes = line_bytes
        self._peeler = Peeler()

    def text(self, message: bytes, said: Said, time_ns: int) -> bytes:
        """The message alone where it says the rest itself or is an object, otherwise one line of JSON."""
        if is_object(message):
            return message
        if not self.is_prefixed(message):
            whole = msgspec.structs.replace(said, message=message.decode("utf-8", "replace"), ts=stamp(time_ns))
            return self.line(whole, message)
        return _with_traceback(message, said)

    def line(self, said: Said, message: bytes) -> bytes:
        """One line of JSON, or the message and its traceback where that would be longer than a line may be."""
        line = encoded(said)
        return line if len(line) <= self._line_bytes else _with_traceback(message, said)

    def is_prefixed(self, text: bytes) -> bool:
        """Whether a text begins as a line of a log does."""
        front = text[:_FRONT_CHARS]
        if _SIGN.search(front) is None:
            return False
        return self._peeler.start(front.decode("utf-8", "replace").partition("\n")[0]) > 0


def encoded(value: object) -> bytes:
    """One line of JSON, whatever its texts hold."""
    try:
        return _ENCODER.encode(value)
    except UnicodeEncodeError:
        return _ENCODER.encode(_without_surrogates(msgspec.to_builtins(value)))


def is_object(text: bytes) -> bool:
    """Whether a text looks like one JSON object."""
    return text[:1] == b"{" and text[-64:].rstrip()[-1:] == b"}"


def stamp(time_ns: int) -> str:
    """The time in ISO form, or an empty text for an unknown one."""
    if not time_ns:
        return ""
    return f"{_second(time_ns // _BILLION)}.{time_ns % _BILLION:09d}Z"


def plausible(time_ns: int) -> int:
    """The time, or `UNKNOWN_NS` for a figure that can be none."""
    return time_ns if 0 < time_ns < _LAST_NS else UNKNOWN_NS


@lru_cache(maxsize=1024)
def _second(seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")


def _with_traceback(message: bytes, said: Said) -> bytes:
    traceback = said.traceback.strip("\n").encode("utf-8", "replace")
    return message if traceback in message else b"%s\n%s" % (message, traceback)


def _without_surrogates(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    return value
