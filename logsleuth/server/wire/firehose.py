r"""Amazon Data Firehose's HTTP endpoint: records in base64, those of CloudWatch Logs compressed within -> entries.

Samples (a request; what its data holds for CloudWatch, gzip taken off; what CloudWatch sends to try the way):
    {"requestId":"ed4acda5-034f-9f42-bba1-f29aea6d7d8f","timestamp":1578090901599,"records":[{"data":"aGVsbG8="}]}
    {"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"/vllm","logStream":"gpu-07","subscriptionFilters":["a"],
     "logEvents":[{"id":"1","timestamp":1795154400123,"message":"ERROR 06-10 21:32:17 [core.py:58] x"}]}
    {"messageType":"CONTROL_MESSAGE","owner":"CloudwatchLogs","logGroup":"","logStream":"","logEvents":[{"id":"","message":
     "CWL CONTROL MESSAGE: Checking health of destination Firehose."}]}

Origin: https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html
"""

from __future__ import annotations

import zlib
from base64 import b64decode
from collections.abc import Iterator
from typing import Final

import msgspec

from logsleuth.server.entry import UNKNOWN_NS, Entry
from logsleuth.server.names import source_name
from logsleuth.server.wire import tolerant
from logsleuth.server.wire.canonical import plausible
from logsleuth.server.wire.protocol import (
    Decoded,
    Feeder,
    Refusal,
    RefusedError,
    Rejection,
    Reply,
    Request,
    Route,
    Why,
)

_GZIP: Final = b"\x1f\x8b"
_GZIP_BITS: Final = 31
_UNPACKED_BYTES: Final = 64 * 1024 * 1024  # of all records of a request, which is 64 MiB at most with base64
_MILLION: Final = 1_000_000
_ID_HEADER: Final = "x-amz-firehose-request-id"
_MEDIA: Final = "application/json"
_ID_CHARS: Final = 128


class _BrokenRecordError(ValueError):
    """A record that is not what it should be; the others count."""


class Firehose:
    """The wire of Firehose's deliveries."""

    name = "firehose"

    def decode(self, body: bytes, request: Request) -> Decoded:
        """The events of all records; `key` is the id of the request, which stays the same when it is sent again."""
        found = tolerant.loads(body)
        records = found.get("records") if isinstance(found, dict) else None
        if not isinstance(found, dict) or not isinstance(records, list):
            raise RefusedError(Why.MALFORMED, 'not a delivery of Firehose: an object with "records" is expected')
        entries: list[Entry] = []
        rejected: list[Rejection] = []
        unpacker = _Unpacker()
        for index, record in enumerate(records):
            try:
                entries.extend(_entries(unpacker.data(record), request))
            except _BrokenRecordError as error:
                rejected.append(Rejection(index=index, reason=str(error)))
        name = tolerant.text(found.get("requestId"))[:_ID_CHARS] or request.headers.get(_ID_HEADER, "")[:_ID_CHARS]
        return Decoded(
            entries=tuple(entries),
            records=len(records),
            rejected=tuple(rejected),
            key=name.encode("utf-8", "replace") or None,
            note=(name,),
        )

    def feeder(self, request: Request) -> Feeder | None:
        """None: a delivery is read as a whole."""
        return None

    def accepted(self, decoded: Decoded, request: Request) -> Reply:
        """The id of the request again: without it Firehose takes the answer for a failure."""
        name = decoded.note[0] if decoded.note else ""
        return Reply(status=200, body=_answer(name, request), media=_MEDIA)

    def refused(self, refusal: Refusal, request: Request) -> Reply:
        """The id and the reason."""
        body = _answer(request.headers.get(_ID_HEADER, ""), request, refusal.reason)
        return Reply(status=refusal.why.value, body=body, media=_MEDIA)


class _Unpacker:
    """Opens the records of one request, within one bound for all of them."""

    def __init__(self) -> None:
        self._left = _UNPACKED_BYTES

    def data(self, record: object) -> bytes:
        """The plain data of a record; raises _BrokenRecordError, or RefusedError for what is too large."""
        encoded = record.get("data") if isinstance(record, dict) else None
        if not isinstance(encoded, str):
            raise _BrokenRecordError('no "data"')
        try:
            data = b64decode(encoded.encode("ascii"), validate=True)
        except ValueError:
            raise _BrokenRecordError("not base64") from None
        return self._opened(data) if data.startswith(_GZIP) else data

    def _opened(self, data: bytes) -> bytes:
        parts: list[bytes] = []
        while data.startswith(_GZIP):
            member = zlib.decompressobj(_GZIP_BITS)
            try:
                parts.append(member.decompress(data, self._left))
            except zlib.error as error:
                raise _BrokenRecordError(f"not gzip: {error}") from None
            self._left -= len(parts[-1])
            if self._left <= 0:
                raise RefusedError(Why.TOO_LARGE, f"the records open to more than {_UNPACKED_BYTES} bytes")
            if not member.eof:
                raise _BrokenRecordError("gzip: cut short")
            data = member.unused_data
        return b"".join(parts)


def _entries(data: bytes, request: Request) -> Iterator[Entry]:
    """The events of CloudWatch, or the lines of any other producer."""
    if data[:64].lstrip().startswith(b"{") and b'"messageType"' in data and b'"logEvents"' in data:
        for line in data.replace(b'}{"messageType"', b'}\n{"messageType"').splitlines():
            yield from _cloudwatch(line, request)
    elif data:
        source = source_name((request.hint, *_stream(request)))
        for line in data.removesuffix(b"\n").split(b"\n"):
            yield Entry(source, line.removesuffix(b"\r"), UNKNOWN_NS)


def _cloudwatch(line: bytes, request: Request) -> Iterator[Entry]:
    try:
        found = tolerant.loads(line) if line.strip() else None
    except RefusedError:
        raise _BrokenRecordError("not the JSON of CloudWatch Logs") from None
    events = found.get("logEvents") if isinstance(found, dict) else None
    if not isinstance(found, dict) or found.get("messageType") == "CONTROL_MESSAGE":
        return
    group, stream = tolerant.text(found.get("logGroup")), tolerant.text(found.get("logStream"))
    source = source_name((group, stream)) if group or stream else source_name((request.hint,))
    for event in events if isinstance(events, list) else ():
        if isinstance(event, dict):
            text = tolerant.text(event.get("message")).encode("utf-8", "replace")
            milliseconds = tolerant.integer(event.get("timestamp"))
            time_ns = UNKNOWN_NS if milliseconds is None else plausible(milliseconds * _MILLION)
            yield Entry(source, text.removesuffix(b"\n"), time_ns)


def _stream(request: Request) -> tuple[str, ...]:
    """The name of the delivery stream, which ends its address."""
    address = request.headers.get("x-amz-firehose-source-arn", "")
    return (address.rpartition("/")[2],) if "/" in address else ()


def _answer(name: str, request: Request, reason: str = "") -> bytes:
    answer: dict[str, object] = {
        "requestId": _clean(name[:_ID_CHARS]),
        "timestamp": request.arrived_ns // _MILLION,
    }
    if reason:
        answer["errorMessage"] = _clean(reason)
    return msgspec.json.encode(answer)


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


FIREHOSE: Final = Firehose()
ROUTES: Final = (Route(methods=("POST",), path="/aws/firehose", wire=FIREHOSE),)
