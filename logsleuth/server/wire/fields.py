r"""One record as shipped -> its entry: the text as its program wrote it, its time, the name of its source.

Samples (Fluent Bit's http output, its Kubernetes filter, python-json-logger, journald by Fluent Bit, docker's file):
    {"date":1795154400.123457,"time":"2026-11-20T06:00:00.123456789Z","stream":"stderr","_p":"F","log":"ERROR ..."}
    {"date":1795154400.1,"log":"INFO ...","kubernetes":{"pod_name":"vllm-0","namespace_name":"n","container_name":"e"}}
    {"message":"failed","levelname":"ERROR","name":"vllm","asctime":"2026-11-20 06:00:00,123","exc_info":"Trace..."}
    {"date":1795154400.1,"MESSAGE":"x","_PID":"7","_HOSTNAME":"gpu07","_SYSTEMD_UNIT":"vllm.service","PRIORITY":"6"}
    {"log":"INFO ...\n","stream":"stderr","time":"2026-11-20T06:00:00.123456789Z"}
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from logsleuth.limits import DEFAULT_BODY_LIMITS, BodyLimits
from logsleuth.records.jsonl import Object
from logsleuth.records.ladders import Path
from logsleuth.records.structured import read
from logsleuth.server.entry import UNKNOWN_NS, Entry
from logsleuth.server.names import source_name
from logsleuth.server.wire.canonical import Said, Writer, is_object, stamp
from logsleuth.server.wire.canonical import encoded as encoded_strictly
from logsleuth.server.wire.origin import source_of
from logsleuth.server.wire.plans import UTC_TIMES, Plan, plan_of
from logsleuth.server.wire.protocol import Request
from logsleuth.server.wire.times import nanoseconds

_PLANS: Final = 256
_SOURCES: Final = 4096
_CUT: Final = b" ... "
# The files of Kubernetes, as paths or, with dots for slashes, as tags of Fluent Bit and Fluentd.
_CONTAINER_FILE: Final = re.compile(
    r"(?:^|[./])(?P<pod>[a-z0-9][a-z0-9.-]{0,252})_(?P<namespace>[a-z0-9-]{1,63})_(?P<container>[a-z0-9-]{1,63})"
    r"-[0-9a-f]{64}\.log$"
)
_POD_FILE: Final = re.compile(
    r"/pods/(?P<namespace>[a-z0-9-]{1,63})_(?P<pod>[a-z0-9.-]{1,253})_[0-9a-f-]{1,64}/(?P<container>[a-z0-9-]{1,63})/"
)
_TAG_FRONT: Final = re.compile(r"^(?:[\w-]{1,64}\.){0,4}var\.log\.containers\.")


class RecordError(Exception):
    """A record that cannot be taken, with the reason."""


class Reader:
    """Makes the entries of the records of one body; what a set of names means is worked out once."""

    def __init__(
        self, request: Request, *, shared: Mapping[str, str] | None = None, limits: BodyLimits = DEFAULT_BODY_LIMITS
    ) -> None:
        self._limits = limits
        self._hint = request.hint
        self._shared = shared if shared is not None else labels_of_headers(request.headers)
        self._text = _named(request, "_msg_field", "vl-msg-field")
        self._time = _named(request, "_time_field", "vl-time-field")
        self._writer = Writer(line_bytes=request.limits.line_bytes)
        self._plans: dict[tuple[str, ...], Plan] = {}
        self._sources: dict[tuple[tuple[str, ...], tuple[str, ...]], str] = {}
        self.source = self._named_source({})

    def entry(self, record: Object, raw: bytes | None = None) -> Entry:
        """The entry of one record, of which `raw` is the line of JSON if there is one; raises RecordError."""
        names = tuple(record)
        plan = self._plans.get(names) or self._planned(names)
        time_ns = _time(record, plan)
        source = self._source(record, plan) if plan.origin else self.source
        if plan.is_docker:
            return Entry(source, raw or encoded(record), time_ns)
        return Entry(source, bounded(self._text_of(record, plan, raw, time_ns), self._limits), time_ns)

    def text_entry(self, text: bytes, time_ns: int = UNKNOWN_NS) -> Entry:
        """The entry of a line of plain text."""
        return Entry(self.source, bounded(text, self._limits), time_ns)

    def with_said(self, entry: Entry, said: Said) -> Entry:
        """The entry of a text, with what is known of it beside."""
        return Entry(entry.source, self._writer.text(entry.text, said, entry.time_ns), entry.time_ns)

    def _planned(self, names: tuple[str, ...]) -> Plan:
        if len(names) > self._limits.record_fields:
            raise RecordError(f"more than {self._limits.record_fields} fields")
        plan = plan_of(names, text=self._text, time=self._time)
        if len(self._plans) < _PLANS:
            self._plans[names] = plan
        return plan

    def _source(self, record: Object, plan: Plan) -> str:
        """The name of the source, remembered by the values that it is made of."""
        values = tuple([_value(record, paths) for paths in plan.origin])
        known = self._sources.get((plan.labels, values))
        if known is None:
            labels = zip(plan.labels, values, strict=True)
            known = self._named_source({label: value for label, value in labels if value})
            if len(self._sources) < _SOURCES:
                self._sources[plan.labels, values] = known
        return known

    def _named_source(self, labels: Mapping[str, str]) -> str:
        found = {**self._shared, **labels}
        if "pod" not in found and "filename" in found:
            found |= labels_of_file(found["filename"])
        return source_of(found, self._hint)

    def _text_of(self, record: Object, plan: Plan, raw: bytes | None, time_ns: int) -> bytes:
        value = _said_in(record, plan.text)
        if plan.is_telling and not isinstance(value, dict | bytes):
            return self._telling(record, value, raw, time_ns)
        if value is None or value == "":
            return raw or encoded(record)
        text = _bytes(value)
        return _cri(record, text, plan) if plan.tag and b"\n" not in text else text

    def _telling(self, record: Object, value: object, raw: bytes | None, time_ns: int) -> bytes:
        """The text of a record that may say more than it."""
        if isinstance(value, str) and value.startswith("{") and is_object(text := _bytes(value)):
            return text
        said = read(record)
        message = said.text.rstrip("\r\n").encode("utf-8", "replace") or (_bytes(value) if value is not None else b"")
        if not message:
            return raw or encoded(record)
        known = said.envelope
        if not (known.level or known.logger or known.process or known.pid):
            return message
        return self._writer.text(
            message,
            Said(level=known.level, logger=known.logger, host=known.node, process=known.process, pid=known.pid),
            time_ns,
        )


def _said_in(record: Object, names: Iterable[str]) -> object:
    """The first value that says something; objects come last: `log` is one beside `message` where ECS is spoken."""
    found: object = None
    for name in names:
        value = record[name]
        if value is None or value == "":  # an empty text is as good as none
            continue
        if not isinstance(value, dict):
            return value
        found = value if found is None else found
    return found


def labels_of_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    """What headers say of the source: the tag of Fluent Bit, the host and the program of syslog-ng."""
    labels = {"host": headers.get("x-syslog-host", ""), "service": headers.get("x-syslog-program", "")}
    tag = headers.get("fluent-tag", "")
    found = labels_of_file(tag)
    if tag and not found:
        labels["service"] = tag
    return {name: value for name, value in {**labels, **found}.items() if value}


def labels_of_file(path: str) -> Mapping[str, str]:
    """Namespace, pod and container in the path of a container's log, or in a tag made of it; empty for other files."""
    return _labels_of_end(path[-512:])


@lru_cache(maxsize=1024)
def _labels_of_end(path: str) -> Mapping[str, str]:
    text = _TAG_FRONT.sub("/", path)
    match = _POD_FILE.search(text) or _CONTAINER_FILE.search(text)
    return match.groupdict() if match else {}


def bounded(text: bytes, limits: BodyLimits) -> bytes:
    """The text, or head and tail of a longer one."""
    most = limits.text_head_bytes + limits.text_tail_bytes
    if len(text) <= most:
        return text
    return text[: limits.text_head_bytes] + _CUT + text[-limits.text_tail_bytes :]


def check_shape(record: object, limits: BodyLimits) -> None:
    """Raises RecordError where a record is nested deeper than allowed, or an object has too many fields."""
    level: list[object] = [record]
    for _ in range(limits.record_depth + 1):
        if any(isinstance(item, dict | list) and len(item) > _most(item, limits) for item in level):
            raise RecordError(f"more than {limits.record_fields} fields")
        level = [inner for item in level for inner in _members(item) if isinstance(inner, dict | list)]
        if not level:
            return
    raise RecordError(f"nested deeper than {limits.record_depth} levels")


def joined_source(parts: Iterable[str], hint: str) -> str:
    """The name made of these parts, or the hint where all are empty."""
    known = [text for text in parts if text]
    return source_name(known) if known else hint


def _value(record: Object, paths: tuple[Path, ...]) -> str:
    """The first text that stands at one of the paths, or an empty one."""
    for path in paths:
        value: object = record[path[0]]
        for name in path[1:]:
            value = value.get(name) if type(value) is dict else None
        if type(value) is str and value:
            return value
    return ""


def _most(item: object, limits: BodyLimits) -> int:
    return limits.record_fields if isinstance(item, dict) else limits.record_bytes


def _members(item: object) -> Iterable[object]:
    if isinstance(item, dict):
        return item.values()
    return item if isinstance(item, list) else ()


def _named(request: Request, field: str, header: str) -> tuple[str, ...]:
    """Fields that a client names itself, as VictoriaLogs lets it."""
    value = request.query.get(field) or request.headers.get(header, "")
    return tuple(name.strip() for name in value[:1024].split(",") if name.strip())


def _time(record: Object, plan: Plan) -> int:
    for name in plan.time:
        time_ns = nanoseconds(record[name], has_zone=name not in UTC_TIMES)
        if time_ns:
            return time_ns
    return UNKNOWN_NS


def encoded(value: object) -> bytes:
    """The value as JSON; raises RecordError where it cannot be, as an endless number cannot."""
    try:
        return encoded_strictly(value)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise RecordError(f"cannot be written as JSON: {str(error)[:100]}") from None


def _bytes(value: object) -> bytes:
    """The bytes of a text, without its final newline; of any other value, as JSON writes it."""
    if isinstance(value, str):
        data = value.encode("utf-8", "replace")
    elif isinstance(value, bytes):
        data = value
    else:
        return encoded(value)
    return data.rstrip(b"\r\n") if data.endswith((b"\n", b"\r")) else data


def _cri(record: Object, text: bytes, plan: Plan) -> bytes:
    """The line as the container runtime wrote it, so that what it cut is joined as in its file."""
    flag, stream, time = record[plan.tag], record["stream"], record["time"]
    stamped = time if isinstance(time, str) and nanoseconds(time) else stamp(nanoseconds(time))
    if flag not in {"P", "F"} or stream not in {"stdout", "stderr"} or not stamped:
        return text
    return f"{stamped} {stream} {flag} ".encode() + text
