"""The protobuf messages of OTLP logs and of Loki's push, in a pool of their own.

The descriptors are built here, of the fields that are read: no generated code, hence no versions to be kept in step,
and no clash with a program that has loaded the official ones. What the protocols call `string` is `bytes` here, which
is the same on the wire: a line that is no UTF-8 does not cost the batch it came in. Unknown fields are skipped, in any
order.

Origins: opentelemetry-proto 1.x `logs.proto`, `common.proto`, `logs_service.proto`; Loki `pkg/push/push.proto`;
googleapis `google/rpc/status.proto`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, Protocol, cast

from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory

from logsleuth.server.wire import crowd

_Field = descriptor_pb2.FieldDescriptorProto
_KINDS: Final = {
    "bytes": _Field.TYPE_BYTES,
    "bool": _Field.TYPE_BOOL,
    "int32": _Field.TYPE_INT32,
    "int64": _Field.TYPE_INT64,
    "double": _Field.TYPE_DOUBLE,
    "fixed64": _Field.TYPE_FIXED64,
}
# name, number, kind; `*` for repeated, `?` for a member of the message's one choice
_MESSAGES: Final[dict[str, tuple[tuple[str, int, str], ...]]] = {
    "ArrayValue": (("values", 1, "*AnyValue"),),
    "KeyValueList": (("values", 1, "*KeyValue"),),
    "KeyValue": (("key", 1, "bytes"), ("value", 2, "AnyValue")),
    "AnyValue": (
        ("string_value", 1, "?bytes"),
        ("bool_value", 2, "?bool"),
        ("int_value", 3, "?int64"),
        ("double_value", 4, "?double"),
        ("array_value", 5, "?ArrayValue"),
        ("kvlist_value", 6, "?KeyValueList"),
        ("bytes_value", 7, "?bytes"),
    ),
    "Attributes": (("attributes", 1, "*KeyValue"),),
    "Scope": (("name", 1, "bytes"),),
    "LogRecord": (
        ("time_unix_nano", 1, "fixed64"),
        ("severity_number", 2, "int32"),
        ("severity_text", 3, "bytes"),
        ("body", 5, "AnyValue"),
        ("attributes", 6, "*KeyValue"),
        ("observed_time_unix_nano", 11, "fixed64"),
    ),
    "ScopeLogs": (("scope", 1, "Scope"), ("log_records", 2, "*LogRecord")),
    "ResourceLogs": (("resource", 1, "Attributes"), ("scope_logs", 2, "*ScopeLogs")),
    "LogsRequest": (("resource_logs", 1, "*ResourceLogs"),),
    "PartialSuccess": (("rejected", 1, "int64"), ("error_message", 2, "bytes")),
    "LogsResponse": (("partial_success", 1, "PartialSuccess"),),
    "Status": (("code", 1, "int32"), ("message", 2, "bytes")),
    "Timestamp": (("seconds", 1, "int64"), ("nanos", 2, "int32")),
    "LabelPair": (("name", 1, "bytes"), ("value", 2, "bytes")),
    "PushEntry": (("timestamp", 1, "Timestamp"), ("line", 2, "bytes"), ("metadata", 3, "*LabelPair")),
    "PushStream": (("labels", 1, "bytes"), ("entries", 2, "*PushEntry")),
    "PushRequest": (("streams", 1, "*PushStream"),),
}
_PACKAGE: Final = "logsleuth.wire"

Choice = Literal[
    "string_value", "bool_value", "int_value", "double_value", "array_value", "kvlist_value", "bytes_value"
]


_MOST: Final = 2_000_000  # an empty message takes two bytes on the wire and a hundred in memory


class BrokenMessageError(ValueError):
    """Bytes that are not the message they should be."""


class AnyValue(Protocol):
    """A value of any type; `WhichOneof("value")` names the member that is set."""

    string_value: bytes
    bool_value: bool
    int_value: int
    double_value: float
    array_value: ArrayValue
    kvlist_value: KeyValueList
    bytes_value: bytes

    def WhichOneof(self, name: str, /) -> Choice | None:  # noqa: N802 - the runtime's name
        """The member that is set."""
        ...


class ArrayValue(Protocol):
    """Values in a row."""

    values: Sequence[AnyValue]


class KeyValue(Protocol):
    """An attribute."""

    key: bytes
    value: AnyValue


class KeyValueList(Protocol):
    """Values with names."""

    values: Sequence[KeyValue]


class Attributes(Protocol):
    """A resource."""

    attributes: Sequence[KeyValue]


class Scope(Protocol):
    """The logger, as instrumentation sees it."""

    name: bytes


class LogRecord(Protocol):
    """One record."""

    time_unix_nano: int
    observed_time_unix_nano: int
    severity_number: int
    severity_text: bytes
    body: AnyValue
    attributes: Sequence[KeyValue]


class ScopeLogs(Protocol):
    """The records of one scope."""

    scope: Scope
    log_records: Sequence[LogRecord]


class ResourceLogs(Protocol):
    """The records of one resource."""

    resource: Attributes
    scope_logs: Sequence[ScopeLogs]


class LogsRequest(Protocol):
    """What an exporter sends."""

    resource_logs: Sequence[ResourceLogs]


class Timestamp(Protocol):
    """A time since the epoch."""

    seconds: int
    nanos: int


class LabelPair(Protocol):
    """One piece of structured metadata."""

    name: bytes
    value: bytes


class PushEntry(Protocol):
    """One line."""

    timestamp: Timestamp
    line: bytes
    metadata: Sequence[LabelPair]


class PushStream(Protocol):
    """The lines of one set of labels."""

    labels: bytes
    entries: Sequence[PushEntry]


class PushRequest(Protocol):
    """What a Loki client sends."""

    streams: Sequence[PushStream]


def logs_request(data: bytes) -> LogsRequest:
    """The `ExportLogsServiceRequest` of these bytes; raises BrokenMessageError or CrowdedMessageError."""
    return cast("LogsRequest", _parsed("LogsRequest", data))


def push_request(data: bytes) -> PushRequest:
    """Loki's `PushRequest` of these bytes; raises BrokenMessageError or CrowdedMessageError."""
    return cast("PushRequest", _parsed("PushRequest", data))


def logs_response(*, rejected: int, reason: str) -> bytes:
    """An `ExportLogsServiceResponse`, empty where everything was taken."""
    if not rejected:
        return b""
    partial = _CLASSES["PartialSuccess"](rejected=rejected, error_message=reason.encode("utf-8", "replace"))
    return _CLASSES["LogsResponse"](partial_success=partial).SerializeToString()


def status(*, code: int, reason: str) -> bytes:
    """A `google.rpc.Status`."""
    return _CLASSES["Status"](code=code, message=reason.encode("utf-8", "replace")).SerializeToString()


def _parsed(name: str, data: bytes) -> message.Message:
    crowd.check(data, _NODES[name], most=_MOST)
    try:
        return _CLASSES[name].FromString(data)
    except message.DecodeError as error:
        raise BrokenMessageError(str(error) or "cut short") from None


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="logsleuth/wire.proto", package=_PACKAGE, syntax="proto3")
    for name, rows in _MESSAGES.items():
        described = file.message_type.add(name=name)
        if any(kind.startswith("?") for _, _, kind in rows):
            described.oneof_decl.add(name="value")
        described.field.extend(_field(*row) for row in rows)
    return file


def _field(name: str, number: int, kind: str) -> descriptor_pb2.FieldDescriptorProto:
    plain = kind.lstrip("*?")
    label = _Field.LABEL_REPEATED if kind.startswith("*") else _Field.LABEL_OPTIONAL
    field = _Field(name=name, number=number, label=label, type=_KINDS.get(plain, _Field.TYPE_MESSAGE))
    if plain not in _KINDS:
        field.type_name = f".{_PACKAGE}.{plain}"
    if kind.startswith("?"):
        field.oneof_index = 0
    return field


def _classes() -> dict[str, type[message.Message]]:
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file())
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in _MESSAGES
    }


def _nodes() -> dict[str, crowd.Node]:
    members: dict[str, dict[int, crowd.Node]] = {name: {} for name in _MESSAGES}
    nodes = {name: crowd.Node(members[name]) for name in _MESSAGES}
    for name, rows in _MESSAGES.items():
        members[name].update(
            {number: nodes[kind.lstrip("*?")] for _, number, kind in rows if kind.lstrip("*?") in nodes}
        )
    return nodes


_CLASSES: Final = _classes()
_NODES: Final = _nodes()
