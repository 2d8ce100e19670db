"""Every way that lines come to the service by: a log's lines in, requests out."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import cramjam

from tests.server.protobuf import attribute, piece, varint

HOST: Final = "gpu-07"
SIZE: Final = 100  # lines of one request
STEP_NS: Final = 1_000_000


class Post(NamedTuple):
    """One request."""

    path: str
    body: bytes
    headers: Mapping[str, str]


Part = Sequence[tuple[int, str]]  # lines, each with the moment that a shipper read it


def parts(text: str, began_ns: int) -> list[Part]:
    """The lines in pieces."""
    lines = text.removesuffix("\n").split("\n")
    dated = [(began_ns + index * STEP_NS, line) for index, line in enumerate(lines)]
    return [dated[at : at + SIZE] for at in range(0, len(dated), SIZE)]


def posted(path: str, media: str, build: Callable[[Part, str], bytes], **headers: str) -> Callable[[Part, str], Post]:
    """A way whose path and headers are always the same."""
    return lambda part, name: Post(path, build(part, name), {"content-type": media, **headers})


def _objects(records: Sequence[Any], between: str = "\n") -> bytes:
    return "".join(json.dumps(record) + between for record in records).encode()


def _ndjson(part: Part, name: str) -> bytes:
    return _objects([{"date": n / 1e9, "log": text, "host": HOST, "filename": f"/{name}"} for n, text in part])


def _bulk(part: Part, name: str) -> bytes:
    file = {"file": {"path": f"/{name}"}}
    records = [{"@timestamp": n // 10**6, "message": text, "host": {"name": HOST}, "log": file} for n, text in part]
    return _objects([line for record in records for line in ({"create": {"_index": "vllm"}}, record)])


def _loki_json(part: Part, name: str) -> bytes:
    values = [[str(n), text] for n, text in part]
    return json.dumps({"streams": [{"stream": {"host": HOST, "filename": f"/{name}"}, "values": values}]}).encode()


def _loki_protobuf(part: Part, name: str) -> bytes:
    entries = b"".join(
        piece(2, piece(1, b"\x08" + varint(n // 10**9) + b"\x10" + varint(n % 10**9)) + piece(2, text.encode()))
        for n, text in part
    )
    labels = f'{{filename="/{name}", host="{HOST}"}}'.encode()
    return bytes(cramjam.snappy.compress_raw(piece(1, piece(1, labels) + entries)))


def _otlp_protobuf(part: Part, name: str) -> bytes:
    resource = piece(1, attribute("host.name", HOST)) + piece(1, attribute("log.file.path", f"/{name}"))
    records = b"".join(piece(2, b"\x09" + n.to_bytes(8, "little") + piece(5, piece(1, t.encode()))) for n, t in part)
    return piece(1, piece(1, resource) + piece(2, records))


def _otlp_json(part: Part, name: str) -> bytes:
    said = {"host.name": HOST, "log.file.path": f"/{name}"}
    resource = {"attributes": [{"key": key, "value": {"stringValue": value}} for key, value in said.items()]}
    records = [{"timeUnixNano": str(n), "body": {"stringValue": text}} for n, text in part]
    return json.dumps({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": records}]}]}).encode()


def _events(part: Part, name: str) -> bytes:
    records = [{"time": n / 1e9, "host": HOST, "source": f"/{name}", "event": text} for n, text in part]
    return _objects(records, "")


def _datadog(part: Part, name: str) -> bytes:
    records = [
        {"message": text, "status": "info", "timestamp": n // 10**6, "hostname": HOST, "service": name}
        for n, text in part
    ]
    return gzip.compress(json.dumps(records).encode())


def _journal(part: Part, name: str) -> bytes:
    found = []
    for n, text in part:
        data = text.encode()
        fields = f"__CURSOR={name}-{n}\n__REALTIME_TIMESTAMP={n // 1000}\n_HOSTNAME={HOST}\n_SYSTEMD_UNIT={name}\n"
        found.append(fields.encode() + b"MESSAGE\n" + len(data).to_bytes(8, "little") + data + b"\n\n")
    return b"".join(found)


def _firehose(part: Part, name: str) -> bytes:
    events = [{"id": str(n), "timestamp": n // 10**6, "message": text} for n, text in part]
    data = {"messageType": "DATA_MESSAGE", "logGroup": HOST, "logStream": name, "logEvents": events}
    record = {"data": base64.b64encode(gzip.compress(json.dumps(data).encode())).decode()}
    return json.dumps(
        {"requestId": f"{name}-{part[0][0]}", "timestamp": part[0][0] // 10**6, "records": [record]}
    ).encode()


def _plain(part: Part, _: str) -> bytes:
    return "".join(f"{text}\n" for _, text in part).encode()


def _raw(part: Part, name: str) -> Post:
    return Post(f"/services/collector/raw?host={HOST}&source=/{name}", _plain(part, name), {})


def _named(part: Part, name: str) -> Post:
    return Post(f"/s/{name}/", _plain(part, name), {"content-type": "text/plain"})


def _named_loki(part: Part, name: str) -> Post:
    return Post("/s/cluster/loki/api/v1/push", _loki_json(part, name), {"content-type": JSON})


JSON: Final = "application/json"
PROTOBUF: Final = "application/x-protobuf"
WAYS: Final[dict[str, Callable[[Part, str], Post]]] = {
    "ndjson": posted("/ingest", "application/x-ndjson", _ndjson),
    "loki json": posted("/loki/api/v1/push", JSON, _loki_json),
    "loki protobuf": posted("/loki/api/v1/push", PROTOBUF, _loki_protobuf),
    "otlp protobuf": posted("/v1/logs", PROTOBUF, _otlp_protobuf),
    "otlp json": posted("/v1/logs", JSON, _otlp_json),
    "bulk": posted("/_bulk", "application/x-ndjson", _bulk),
    "splunk event": posted("/services/collector/event", JSON, _events),
    "splunk raw": _raw,
    "datadog": posted("/api/v2/logs", JSON, _datadog, **{"content-encoding": "gzip"}),
    "journald": posted("/upload", "application/vnd.fdo.journal", _journal),
    "firehose": posted("/aws/firehose", JSON, _firehose),
    "source in the path": _named,
    "loki under a source": _named_loki,
}
