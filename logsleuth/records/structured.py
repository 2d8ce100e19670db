r"""A structured record -> its message, its traceback and its envelope; nothing that a user wrote comes along.

Samples (docker, python-json-logger, structlog, loguru, Elastic, OpenTelemetry, Cloud Logging, journald):
    {"log":"ERROR 06-10 21:32:17 [core.py:58] x\n","stream":"stderr","time":"2026-03-09T09:53:39.798629403Z"}
    {"levelname":"ERROR","name":"vllm","message":"failed","exc_info":"Traceback (most recent call last):\n..."}
    {"event":"failed","level":"error","exception":[{"exc_type":"ValueError","exc_value":"x","frames":[]}]}
    {"text":"... | ERROR | x\n","record":{"level":{"name":"ERROR"},"message":"x","process":{"id":7,"name":"p"}}}
    {"@timestamp":"...","log.level":"ERROR","message":"failed","error":{"stack_trace":"Traceback ..."}}
    {"timeUnixNano":"1","severityText":"ERROR","body":"failed","attributes":{"exception.stacktrace":"Traceback ..."}}
    {"severity":"ERROR","jsonPayload":{"message":"x"},"timestamp":"2024-01-13T12:00:21.837547829Z"}
    {"MESSAGE":"x","_HOSTNAME":"h","_PID":"7","SYSLOG_IDENTIFIER":"vllm","__REALTIME_TIMESTAMP":"1741000000000000"}
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from logsleuth.model import Level
from logsleuth.records.header import Envelope
from logsleuth.records.jsonl import Object, nested
from logsleuth.records.ladders import COMPANY, Ladders, find, find_number, find_text, ladders_for
from logsleuth.records.prefix import LEVEL_LETTERS, level_of
from logsleuth.records.times import time_of

_NESTING: Final = 3
_FRAMES: Final = 500
# What Cloud Logging and journald derive from the stream alone, whatever was written to it.
_STREAM_LEVELS: Final = frozenset({Level.INFO, Level.ERROR})
_GRAVE: Final = frozenset({Level.WARNING, Level.ERROR, Level.CRITICAL})
_PINO: Final = {
    10: Level.DEBUG,
    20: Level.DEBUG,
    30: Level.INFO,
    40: Level.WARNING,
    50: Level.ERROR,
    60: Level.CRITICAL,
}
_PYTHON: Final = {10: Level.DEBUG, 20: Level.INFO, 30: Level.WARNING, 40: Level.ERROR, 50: Level.CRITICAL}
_OTEL: Final = (Level.DEBUG, Level.DEBUG, Level.INFO, Level.WARNING, Level.ERROR, Level.CRITICAL)
_SPEAKERS: Final = ("user", "assistant", "system", "tool", "developer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Structured:
    """What one structured record says."""

    envelope: Envelope
    text: str


_NOTHING: Final = Structured(envelope=Envelope(layer=""), text="")


def read(record: Object, depth: int = 0) -> Structured:
    """Read a record and those nested in its message; without a known message the text is empty."""
    known = ladders_for(record)
    envelope = _envelope(record, known)
    text, inner = _text(record, known)
    if inner is None and depth < _NESTING:
        inner = nested(text)
    if inner is not None:
        deeper = read(inner, depth + 1) if depth < _NESTING else _NOTHING
        envelope, text = _combined(envelope, deeper.envelope), deeper.text
    text = _with_traceback(record, known, text, envelope.level)
    return Structured(envelope=envelope, text=text)


def fragment_of(record: Object) -> tuple[str, str, bool] | None:
    """Stream, text and whether the line goes on, of a record in which a container runtime wrote one fragment."""
    log, stream = record.get("log"), record.get("stream")
    if not isinstance(log, str) or not isinstance(stream, str):
        return None
    flag = record.get("_p") or record.get("logtag")
    if isinstance(flag, str):
        return stream, log, flag.startswith("P")
    return stream, log, log != "" and not log.endswith("\n") and "time" in record


def _text(record: Object, known: Ladders) -> tuple[str, Object | None]:
    """The message, or the object that holds it; a turn of a conversation has none."""
    if record.get("role") in _SPEAKERS:
        return "", None
    text = find_text(record, known.text)
    message = record.get("MESSAGE")
    if not text and isinstance(message, list):
        return _from_bytes(message), None
    if text:
        return text, None
    for path in known.inner:
        inner = find(record, (path,))
        if isinstance(inner, dict):
            return "", inner
    if "prompt" in record or "choices" in record:
        return find_text(record, (("event",),)), None
    if not COMPANY.isdisjoint(record.keys()) or isinstance(record.get("record"), dict):
        text = find_text(record, known.weak_text)
    return text, None


def _from_bytes(values: list[object]) -> str:
    """Journald's array of numbers for a message that is no text."""
    numbers = [value for value in values if isinstance(value, int) and 0 <= value <= 255]
    return bytes(numbers).decode("utf-8", "replace")


def _with_traceback(record: Object, known: Ladders, text: str, level: str) -> str:
    """The message, followed by the traceback or the error that stands beside it."""
    found = _traceback(find(record, known.traceback))
    if not found and (text or level in _GRAVE):
        kind, cause = find_text(record, known.cause_type), find_text(record, known.cause_text)
        found = f"{kind}: {cause}" if kind and cause else cause
    if not found and level in _GRAVE:
        found = find_text(record, known.cause)
    if not found or found.strip() in text:
        return text
    return f"{text.rstrip()}\n{found.strip(chr(10))}" if text.strip() else found


def _traceback(value: object) -> str:
    if isinstance(value, str):
        return value
    if not isinstance(value, list):
        return ""
    if all(isinstance(line, str) for line in value):
        return "\n".join(str(line).rstrip("\n") for line in value)
    return "\n".join(_from_structlog(item) for item in reversed(value[:_FRAMES]) if isinstance(item, dict))


def _from_structlog(item: Object) -> str:
    """The traceback that structlog's dictionaries stand for."""
    frames = item.get("frames")
    lines = ["Traceback (most recent call last):"]
    for frame in frames[:_FRAMES] if isinstance(frames, list) else ():
        if isinstance(frame, dict):
            place = f'  File "{frame.get("filename")}", line {frame.get("lineno")}, in {frame.get("name")}'
            lines.extend((place, f"    {frame['line']}") if frame.get("line") else (place,))
    lines.append(f"{item.get('exc_type')}: {item.get('exc_value')}")
    return "\n".join(lines)


def _envelope(record: Object, known: Ladders) -> Envelope:
    layer = _layer(record)
    process = find_text(record, known.process)
    pids = (find(record, (path,)) for path in known.pid)
    pid = next((str(value) for value in pids if isinstance(value, int | str)), "")
    return Envelope(
        layer=layer,
        ts=time_of(find(record, known.time)),
        level=_level(record, known, layer) or "",
        logger=find_text(record, known.logger),
        node=find_text(record, known.node),
        process="" if process == "MainProcess" else process,
        pid=pid if pid.isdecimal() else "",
    )


def _combined(outer: Envelope, inner: Envelope) -> Envelope:
    """The inner record knows better; the outer one names the container."""
    return replace(
        outer,
        ts=inner.ts or outer.ts,
        level=inner.level or outer.level,
        logger=inner.logger or outer.logger,
        node=inner.node or outer.node,
        process=inner.process or outer.process,
        pid=inner.pid or outer.pid,
    )


def _layer(record: Object) -> str:
    if "log" in record and "stream" in record:
        return "docker-json"
    if "MESSAGE" in record and ("__REALTIME_TIMESTAMP" in record or "_HOSTNAME" in record):
        return "journald-json"
    return "gcp-json" if "jsonPayload" in record or "textPayload" in record else "json"


def _level(record: Object, known: Ladders, layer: str) -> Level | None:
    """The producer's level; what a collector made of the stream is none."""
    if layer == "journald-json":
        is_stream = record.get("_TRANSPORT", "stdout") == "stdout"
        return None if is_stream else _syslog_level(record.get("PRIORITY"))
    level = level_of(find_text(record, known.level).strip()) or _numbered_level(record, known)
    if layer == "gcp-json" and level in _STREAM_LEVELS:
        return None
    return level


def _numbered_level(record: Object, known: Ladders) -> Level | None:
    """The level where it is a number or a letter."""
    letter = find_text(record, known.pino_level)
    if letter:
        return LEVEL_LETTERS.get(letter) or _syslog_level(letter)
    number = find_number(record, known.pino_level)
    if number is not None:
        return _PINO.get(number) or _syslog_level(number)
    number = find_number(record, known.python_level)
    if number is not None:
        return _PYTHON.get(number)
    number = find_number(record, known.otel_level) or 0
    return _OTEL[(number - 1) // 4] if 1 <= number <= 24 else None


def _syslog_level(value: object) -> Level | None:
    text = str(value)
    if text not in set("01234567"):
        return None
    number = int(text)
    if number <= 2:
        return Level.CRITICAL
    return {3: Level.ERROR, 4: Level.WARNING, 7: Level.DEBUG}.get(number, Level.INFO)
