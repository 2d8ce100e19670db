"""Bodies in the form of shippers that do not install where the tests run, as they were seen to send them."""

from __future__ import annotations

import base64
import gzip
import json
import struct
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import cramjam
import msgpack
import zstandard

from tests.server.protobuf import attribute, piece, varint

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
FILE: Final = "/var/log/vllm/vllm.log"
HOST: Final = "gpu-07"
STEP_NS: Final = 1_000_000
Dated = Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A request of one shipper; `probes` are what it asks before."""

    path: str
    body: Callable[[Dated], bytes]
    headers: Mapping[str, str] = field(default_factory=dict)
    probes: tuple[tuple[str, str], ...] = ()


def dated(lines: Sequence[str]) -> list[tuple[int, str]]:
    """Lines with the moments of their reading."""
    now_ns = time.time_ns()
    return [(now_ns + index * STEP_NS, line) for index, line in enumerate(lines)]


def iso(time_ns: int) -> str:
    """With microseconds."""
    return datetime.fromtimestamp(time_ns / 1e9, UTC).isoformat().replace("+00:00", "Z")


def lines_of(records: Sequence[Any], separator: str = "\n") -> bytes:
    """Records as JSON, one after another."""
    return "".join(json.dumps(record) + separator for record in records).encode()


def vector(lines: Dated) -> bytes:
    """The sink `http` behind the source `file`."""
    return gzip.compress(
        lines_of(
            [{"file": FILE, "host": HOST, "message": t, "source_type": "file", "timestamp": iso(n)} for n, t in lines]
        )
    )


def vector_elastic(lines: Dated) -> bytes:
    """The sink `elasticsearch`."""
    return bulk([{"@timestamp": iso(n), "file": FILE, "host": HOST, "message": t} for n, t in lines], "index")


def tailed(lines: Dated) -> list[dict[str, Any]]:
    """Fluent Bit's records."""
    return [{"date": n / 1e9, "log": t, "filename": FILE, "stream": "stderr"} for n, t in lines]


def fluent_bit(lines: Dated) -> bytes:
    """Format `json`: one array."""
    return json.dumps(tailed(lines)).encode()


def fluent_bit_lines(lines: Dated) -> bytes:
    """Format `json_lines` with gzip: the tag is in a header."""
    return gzip.compress(lines_of([{"date": n / 1e9, "log": t} for n, t in lines]))


def fluent_bit_stream(lines: Dated) -> bytes:
    """Format `json_stream` with zstd: nothing between the objects, no size in the frame."""
    return zstandard.ZstdCompressor(write_content_size=False).compress(lines_of(tailed(lines), ""))


def fluent_bit_msgpack(lines: Dated) -> bytes:
    """Format `msgpack`: times are an extension of seconds and nanoseconds."""
    return b"".join(
        msgpack.packb([[msgpack.ExtType(0, struct.pack(">II", *divmod(n, 10**9))), {}], {"log": t, "filename": FILE}])
        for n, t in lines
    )


def fluent_bit_loki(lines: Dated) -> bytes:
    """Output `loki`: the line is a record as JSON."""
    values = [[str(n), json.dumps({"log": t, "stream": "stderr"})] for n, t in lines]
    return json.dumps({"streams": [{"stream": {"job": "fluent-bit"}, "values": values}]}).encode()


def fluent_bit_elastic(lines: Dated) -> bytes:
    """Output `es` without types."""
    return bulk([{"@timestamp": iso(n), "log": t, "filename": FILE} for n, t in lines], "create")


def fluentd(lines: Dated) -> bytes:
    """`out_http` with `json_array`, and what `<inject>` adds."""
    records = [json.dumps({"message": t, "filename": FILE, "time": n, "tag": "vllm"}) for n, t in lines]
    return gzip.compress(("[" + "\n,".join(records) + "\n]").encode())


def filebeat(lines: Dated) -> bytes:
    """Output `elasticsearch` of a `filestream`."""
    more = {"host": {"name": HOST}, "agent": {"type": "filebeat", "version": "8.19.0"}, "ecs": {"version": "8.0.0"}}
    records = [
        {
            "@timestamp": iso(n),
            "message": t,
            "log": {"offset": n, "file": {"path": FILE}},
            "input": {"type": "filestream"},
            **more,
        }
        for n, t in lines
    ]
    return gzip.compress(bulk(records, "create"))


def logstash(lines: Dated) -> bytes:
    """Output `http` with `json_batch`: the line is kept under `event.original` too."""
    records = [
        {
            "@timestamp": iso(n),
            "@version": "1",
            "message": t,
            "event": {"original": t},
            "host": {"name": HOST},
            "log": {"file": {"path": FILE}},
        }
        for n, t in lines
    ]
    return json.dumps(records).encode()


def docker(lines: Dated) -> bytes:
    """The driver `splunk`, format `inline`."""
    records = [
        {"event": {"line": t, "source": "stderr", "tag": "vllm-0"}, "time": f"{n / 1e9:.6f}", "host": HOST}
        for n, t in lines
    ]
    return gzip.compress(lines_of(records, ""))


def datadog_agent(lines: Dated) -> bytes:
    """The Agent's batch."""
    records = [
        {
            "message": t,
            "status": "info",
            "timestamp": n // 10**6,
            "hostname": HOST,
            "service": "vllm",
            "ddsource": "vllm",
        }
        for n, t in lines
    ]
    return gzip.compress(json.dumps(records).encode())


def firehose(lines: Dated) -> bytes:
    """CloudWatch Logs by Firehose: gzip within base64."""
    events = [{"id": str(n), "timestamp": n // 10**6, "message": t} for n, t in lines]
    data = {"messageType": "DATA_MESSAGE", "logGroup": "vllm", "logStream": HOST, "logEvents": events}
    record = {"data": base64.b64encode(gzip.compress(json.dumps(data).encode())).decode()}
    return json.dumps(
        {"requestId": "one-and-the-same", "timestamp": lines[0][0] // 10**6, "records": [record]}
    ).encode()


def bulk(records: Sequence[Any], action: str) -> bytes:
    """Actions with their documents."""
    return lines_of([part for record in records for part in ({action: {"_index": "vllm"}}, record)])


def promtail(lines: Dated) -> bytes:
    """Loki's push in protobuf and raw snappy, of which no header tells."""
    entries = b"".join(
        piece(2, piece(1, b"\x08" + varint(n // 10**9) + b"\x10" + varint(n % 10**9)) + piece(2, t.encode()))
        for n, t in lines
    )
    labels = f'{{filename="{FILE}", host="{HOST}", job="vllm"}}'.encode()
    return bytes(cramjam.snappy.compress_raw(piece(1, piece(1, labels) + entries)))


def otel_collector(lines: Dated) -> bytes:
    """The exporter `otlphttp`: records stand before the resource that they belong to."""
    records = b"".join(
        piece(
            2,
            b"\x59"
            + struct.pack("<Q", n)
            + piece(5, piece(1, t.encode()))
            + piece(6, attribute("log.file.path", FILE)),
        )
        for n, t in lines
    )
    return gzip.compress(piece(1, piece(2, records) + piece(1, piece(1, attribute("host.name", HOST)))))


GZIP: Final = {"Content-Encoding": "gzip"}
SHAPES: Final = {
    "vector": Shape(
        path="/ingest", body=vector, headers={"Content-Type": NDJSON, **GZIP}, probes=(("HEAD", "/ingest"),)
    ),
    "vector-elasticsearch": Shape(
        path="/_bulk", body=vector_elastic, headers={"Content-Type": NDJSON}, probes=(("GET", "/_cluster/health"),)
    ),
    "fluent-bit-json": Shape(path="/ingest", body=fluent_bit, headers={"Content-Type": JSON}),
    "fluent-bit-json-lines": Shape(
        path="/ingest",
        body=fluent_bit_lines,
        headers={"Content-Type": NDJSON, "FLUENT-TAG": "kube.var.log.containers.vllm-0.log", **GZIP},
    ),
    "fluent-bit-json-stream": Shape(
        path="/ingest", body=fluent_bit_stream, headers={"Content-Type": JSON, "Content-Encoding": "zstd"}
    ),
    "fluent-bit-msgpack": Shape(
        path="/ingest", body=fluent_bit_msgpack, headers={"Content-Type": "application/msgpack"}
    ),
    "fluent-bit-loki": Shape(path="/loki/api/v1/push", body=fluent_bit_loki, headers={"Content-Type": JSON}),
    "fluent-bit-es": Shape(path="/s/cluster-1/_bulk", body=fluent_bit_elastic, headers={"Content-Type": NDJSON}),
    "fluentd": Shape(path="/ingest", body=fluentd, headers={"Content-Type": JSON, **GZIP}),
    "filebeat": Shape(
        path="/_bulk",
        body=filebeat,
        headers={"Content-Type": "application/json; charset=UTF-8", **GZIP},
        probes=(("GET", "/"), ("GET", "/_license")),
    ),
    "logstash": Shape(path="/ingest", body=logstash, headers={"Content-Type": JSON}),
    "promtail": Shape(path="/loki/api/v1/push", body=promtail, headers={"Content-Type": "application/x-protobuf"}),
    "opentelemetry-collector": Shape(
        path="/v1/logs", body=otel_collector, headers={"Content-Type": "application/x-protobuf", **GZIP}
    ),
    "docker": Shape(
        path="/services/collector/event/1.0",
        body=docker,
        headers={"Authorization": "Splunk TOKEN", **GZIP},
        probes=(("OPTIONS", "/services/collector/event/1.0"),),
    ),
    "datadog": Shape(
        path="/api/v2/logs", body=datadog_agent, headers={"Content-Type": JSON, "DD-API-KEY": "T", **GZIP}
    ),
    "firehose": Shape(path="/aws/firehose", body=firehose, headers={"Content-Type": JSON}),
}
