r"""Labels, structured metadata and attributes of records -> their entries.

Samples (winston-loki's labels, OpenTelemetry's Python SDK after `logger.exception`):
    {level="error",job="vllm",host="gpu-07"}
    severity_text=ERROR exception.type=ValueError exception.stacktrace="Traceback (most recent call last):\n ..."
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from logsleuth.model import Level
from logsleuth.records.prefix import level_of
from logsleuth.server.entry import Entry
from logsleuth.server.wire import origin
from logsleuth.server.wire.canonical import Said, Writer, encoded

_LADDERS: Final = {
    "level": ("level", "severity", "severity_text", "severitytext", "log_level", "loglevel", "levelname", "lvl"),
    "logger": ("logger", "logger_name", "scope_name", "log_logger"),
    "host": ("k8s_pod_name", "pod", "pod_name", "host_name", "host", "hostname", "nodename"),
    "process": ("process_name", "processname", "process_executable_name", "syslog_identifier"),
    "pid": ("process_pid", "pid", "process_id"),
    "cause_type": ("exception_type", "error_type"),
    "cause_text": ("exception_message", "error_message"),
    "traceback": ("exception_stacktrace", "exc_info", "stack_trace", "stacktrace", "traceback", "error_stack_trace"),
}
_TELLING: Final = ("level", "logger", "cause_type", "cause_text", "traceback")
_KNOWN: Final = frozenset(name for ladder in _LADDERS.values() for name in ladder) | origin.NAMES
_GRAVE: Final = frozenset({Level.WARNING, Level.ERROR, Level.CRITICAL})
_UNLIKE: Final = frozenset((*_LADDERS["traceback"], *_LADDERS["cause_text"]))  # no two records have the same
_NAME_CHARS: Final = 64
_REMEMBERED: Final = 1024  # sources of one stream whose records differ in what names them
_OTEL: Final = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")


def plain(name: str) -> str:
    """The name as the ladders spell it; Loki's clients write `_` where OpenTelemetry has a dot."""
    return name[:_NAME_CHARS].lower().replace(".", "_")


def is_known(name: str) -> bool:
    """Whether a name in its plain spelling is looked for at all."""
    return name in _KNOWN


def level_name(text: str, number: int = 0) -> str:
    """The level by its name, or by OpenTelemetry's number where the name is nobody's."""
    if level_of(text.strip()) is not None:
        return text.strip()
    return _OTEL[(number - 1) // 4] if 1 <= number <= 24 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a set of labels says of the records that have it."""

    source: str
    said: Said
    is_telling: bool  # whether a record says more with them than its text alone


class Stream:
    """Makes the entries of records that share `labels`, which have plain names."""

    def __init__(self, labels: Mapping[str, str], *, hint: str, writer: Writer) -> None:
        self._labels = labels
        self._hint = hint
        self._writer = writer
        self._facts = _facts(labels, hint)
        self._remembered: dict[tuple[tuple[str, str], ...], Facts] = {}
        self.source = self._facts.source

    def entry(self, text: bytes, time_ns: int, extra: Mapping[str, str] | None = None) -> Entry:
        """The entry of one record; `extra` is what it says itself, under plain names."""
        line = text[:-1] if text.endswith(b"\n") else text
        if not extra and not self._facts.is_telling:
            return Entry(self.source, line, time_ns)
        facts = self._joined(extra) if extra else self._facts
        if not facts.is_telling:
            return Entry(facts.source, line, time_ns)
        return Entry(facts.source, self._writer.text(line, facts.said, time_ns), time_ns)

    def valued(self, value: object, time_ns: int, extra: Mapping[str, str]) -> Entry:
        """The entry of a record whose text is a value: an object says for itself what it can."""
        facts = self._joined(extra) if extra else self._facts
        if isinstance(value, dict) and facts.is_telling:
            value = {**msgspec.to_builtins(facts.said), **value}
        return Entry(facts.source, encoded(value), time_ns)

    def _joined(self, extra: Mapping[str, str]) -> Facts:
        """What the labels and a record's own ones say together; most records of a stream have the same few."""
        if not _UNLIKE.isdisjoint(extra):
            return _facts({**self._labels, **extra}, self._hint)
        key = tuple(extra.items())
        known = self._remembered.get(key)
        if known is None:
            if len(self._remembered) >= _REMEMBERED:
                self._remembered.clear()
            known = self._remembered[key] = _facts({**self._labels, **extra}, self._hint)
        return known


def _own_level(text: str, logger: str) -> str:
    """The level that a program gave its record.

    A collector says INFO of every line that it knows nothing of, and a traceback that is called so is overlooked: only
    beside the name of a logger is it the program's word.
    """
    level = level_of(text.strip())
    return text.strip() if level in _GRAVE or (level is not None and logger) else ""


def _facts(labels: Mapping[str, str], hint: str) -> Facts:
    found = {field: origin.first(labels, ladder) for field, ladder in _LADDERS.items()}
    found["level"] = _own_level(found["level"], found["logger"])
    is_telling = any(found[name] for name in _TELLING)
    return Facts(source=origin.source_of(labels, hint), said=Said(**found), is_telling=is_telling)
