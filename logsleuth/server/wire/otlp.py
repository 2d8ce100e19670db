r"""OTLP over HTTP: what OpenTelemetry's SDKs and Collector, Fluent Bit and Vector send to /v1/logs -> entries.

Samples (OpenTelemetry's Python SDK 1.45, protobuf: a resource, then a record of 17 ERROR; its JavaScript SDK 0.223):
    0ad4050ad2010a220a1674656c656d657472792e73646b2e6c616e677561676512080a06707974686f6e...1011 1a054552524f52 2a1d0a1b
    {"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"router"}}]},"scopeLogs":[
      {"scope":{"name":"router"},"logRecords":[{"timeUnixNano":"1795174961275000000","severityNumber":17,
      "severityText":"ERROR","body":{"stringValue":"upstream reset"},"attributes":[...]}]}]}]}
The Collector writes `scope_logs` in front of `resource`. Traces and metrics are taken and discarded, so that an
exporter with one endpoint for everything works.

Origin: https://opentelemetry.io/docs/specs/otlp/#otlphttp
"""

from __future__ import annotations

from typing import Final

import msgspec

from logsleuth.server.wire import descriptors, otlp_json, otlp_protobuf
from logsleuth.server.wire.protocol import Decoded, Feeder, Refusal, Reply, Request, Route, Why
from logsleuth.server.wire.sniff import is_json

_JSON: Final = "application/json"
_PROTOBUF: Final = "application/x-protobuf"
_REJECTED: Final = "some records are not of the form that they should have"
# The codes of gRPC, as https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto numbers them.
_CODES: Final = {
    Why.MALFORMED: 3,
    Why.FORBIDDEN: 7,
    Why.TOO_LARGE: 8,
    Why.UNSUPPORTED: 12,
    Why.BUSY: 14,
    Why.UNAUTHENTICATED: 16,
}


class Logs:
    """The wire of logs."""

    name = "otlp"

    def decode(self, body: bytes, request: Request) -> Decoded:
        """The records of all resources."""
        if is_json(body, request):
            return otlp_json.decode(body, request)
        return otlp_protobuf.decode(body, request)

    def feeder(self, request: Request) -> Feeder | None:
        """None: an export is read as a whole."""
        return None

    def accepted(self, decoded: Decoded, request: Request) -> Reply:
        """Success, or a partial one, which the client must not send again."""
        return _accepted(len(decoded.rejected), request)

    def refused(self, refusal: Refusal, request: Request) -> Reply:
        """A `google.rpc.Status`."""
        return _refused(refusal, request)


class Discarded:
    """The wire of a signal that is no log: taken, and not read."""

    def __init__(self, name: str) -> None:
        self.name = name

    def decode(self, body: bytes, request: Request) -> Decoded:
        """No entries; the note is what counts them."""
        return Decoded(entries=(), records=0, note=("discarded",))

    def feeder(self, request: Request) -> Feeder | None:
        """None: an export is read as a whole."""
        return None

    def accepted(self, decoded: Decoded, request: Request) -> Reply:
        """Success."""
        return _accepted(0, request)

    def refused(self, refusal: Refusal, request: Request) -> Reply:
        """A `google.rpc.Status`."""
        return _refused(refusal, request)


def _media(request: Request) -> str:
    """The answer is written as the request was."""
    return _JSON if "json" in request.headers.get("content-type", "").lower() else _PROTOBUF


def _accepted(rejected: int, request: Request) -> Reply:
    media = _media(request)
    if media == _PROTOBUF:
        body = descriptors.logs_response(rejected=rejected, reason=_REJECTED)
    elif rejected:
        partial = {"rejectedLogRecords": str(rejected), "errorMessage": _REJECTED}
        body = msgspec.json.encode({"partialSuccess": partial})
    else:
        body = b"{}"
    return Reply(status=200, body=body, media=media)


def _refused(refusal: Refusal, request: Request) -> Reply:
    media, code = _media(request), _CODES[refusal.why]
    if media == _PROTOBUF:
        body = descriptors.status(code=code, reason=refusal.reason)
    else:
        reason = refusal.reason.encode("utf-8", "replace").decode()
        body = msgspec.json.encode({"code": code, "message": reason})
    return Reply(status=refusal.why.value, body=body, media=media)


LOGS: Final = Logs()
TRACES: Final = Discarded("otlp-traces")
METRICS: Final = Discarded("otlp-metrics")
ROUTES: Final = (
    Route(methods=("POST",), path="/v1/logs", wire=LOGS),
    Route(methods=("POST",), path="/otlp/v1/logs", wire=LOGS),  # Loki's, for exporters that pointed there
    Route(methods=("POST",), path="/v1/traces", wire=TRACES),
    Route(methods=("POST",), path="/v1/metrics", wire=METRICS),
)
