r"""Any body that holds logs -> entries; what it is, is seen from the body and not from its Content-Type.

Samples (Vector's http sink, Fluent Bit's json, json_stream and msgpack, Fluentd's json_array, curl, syslog-ng):
    {"message":"a","timestamp":"2026-11-20T06:00:00.123Z"}\n{"message":"b"}\n
    [{"date":1795154400.123457,"log":"a"},{"date":1795154401.0,"log":"b"}]
    {"date":1795154400.1,"log":"a"}{"date":1795154400.2,"log":"b"}
    \x92\x92\xd7\x00....\x80\x81\xa3log\xa1a
    [{"message":"a"}\n,{"message":"b"}\n]
    INFO 06-10 21:32:17 [core.py:58] x\n
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from typing import Final

from logsleuth.limits import DEFAULT_BODY_LIMITS, BodyLimits
from logsleuth.server.entry import Entry
from logsleuth.server.wire.canonical import encoded
from logsleuth.server.wire.fields import Reader, RecordError, check_shape
from logsleuth.server.wire.packed import is_packed, records
from logsleuth.server.wire.protocol import (
    Decoded,
    Feeder,
    Handshake,
    Refusal,
    RefusedError,
    Rejection,
    Reply,
    Request,
    Route,
    Why,
)
from logsleuth.server.wire.syslog_http import said_by
from logsleuth.server.wire.values import Bad, Found, in_lines, in_sequence, is_whole

JSON: Final = "application/json"

_STREAMED_BYTES: Final = 8 * 1024 * 1024  # a plain upload of this size and more is taken piece by piece
_UTF16: Final = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NESTED: Final = (dict, list)


class GenericWire:
    """Records in whatever form."""

    name = "http"

    def __init__(self, limits: BodyLimits = DEFAULT_BODY_LIMITS) -> None:
        self._limits = limits

    def decode(self, body: bytes, request: Request) -> Decoded:
        """The entries of a whole body."""
        intake = Intake(request, self._limits)
        for item, raw in items(body, request, self._limits):
            intake.take(item, raw)
        return intake.decoded()

    def feeder(self, request: Request) -> Feeder | None:
        """A reader for bodies whose end is not announced, and for large uploads of plain files."""
        media = request.headers.get("content-type", "")
        if "msgpack" in media or media.startswith(JSON):
            return None
        size = request.headers.get("content-length", "")
        is_long = size.isascii() and size.isdigit() and (len(size) > 10 or int(size) >= _STREAMED_BYTES)
        return LineFeeder(request, self._limits) if is_long or not size else None

    def accepted(self, decoded: Decoded, request: Request) -> Reply:
        """An empty object, or how many records were rejected and why the first of them was."""
        if not decoded.rejected:
            return Reply(status=200, body=b"{}", media=JSON)
        return Reply(status=200, body=_rejections(decoded), media=JSON)

    def refused(self, refusal: Refusal, request: Request) -> Reply:
        """The status and the reason."""
        return refused_in_words(refusal)


class Intake:
    """Collects what becomes of the records of one body."""

    def __init__(self, request: Request, limits: BodyLimits, *, shared: Mapping[str, str] | None = None) -> None:
        self.reader = Reader(request, shared=shared, limits=limits)
        self._said = said_by(request.headers)
        self._limits = limits
        self._entries: list[Entry] = []
        self._rejected: list[Rejection] = []
        self._records = 0

    def take(self, item: object, raw: bytes | None = None) -> None:
        """One more record, line or damage."""
        self._records += 1
        if self._records > self._limits.records:
            raise RefusedError(Why.TOO_LARGE, f"more than {self._limits.records} records in one body")
        try:
            self._entries.append(self._entry(item, raw))
        except RecordError as error:
            self._rejected.append(Rejection(index=self._records - 1, reason=str(error)))

    @property
    def rejected(self) -> int:
        """How many records were rejected since the last time."""
        return len(self._rejected)

    @property
    def reason(self) -> str:
        """Why the last of them was."""
        return self._rejected[-1].reason if self._rejected else ""

    def decoded(self, note: tuple[str, ...] = ()) -> Decoded:
        """What was taken since the last time."""
        entries = self._entries
        if self._said and len(entries) == 1:
            entries = [self.reader.with_said(entries[0], self._said)]
        found = Decoded(entries=tuple(entries), records=self._records, rejected=tuple(self._rejected), note=note)
        self._entries, self._rejected, self._records = [], [], 0
        return found

    def _entry(self, item: object, raw: bytes | None) -> Entry:
        if type(item) is dict:
            if self._may_be_wild(item, raw):
                check_shape(item, self._limits)
            return self.reader.entry(item, raw)
        if isinstance(item, bytes):
            return self.reader.text_entry(item)
        raise RecordError(item.reason if isinstance(item, Bad) else f"a record of the type {type(item).__name__}")

    def _may_be_wild(self, record: dict[str, object], raw: bytes | None) -> bool:
        """Whether a closer look is needed: few brackets cannot hold many levels, nor few commas many fields."""
        if raw is None:
            return _is_nested(record)
        limits = self._limits
        return raw.count(b",") >= limits.record_fields or raw.count(b"{") + raw.count(b"[") > limits.record_depth


class LineFeeder:
    """Reads lines as they come; what is no sequence of lines is read at its end."""

    def __init__(self, request: Request, limits: BodyLimits, *, shared: Mapping[str, str] | None = None) -> None:
        self._request = request
        self._limits = limits
        self._intake = Intake(request, limits, shared=shared)
        self._kept = bytearray()
        self._is_lines: bool | None = None

    def feed(self, data: bytes) -> Decoded:
        """The lines that these bytes complete."""
        self._kept += data
        if self._is_lines is None and b"\n" in self._kept[-len(data) :]:
            self._is_lines = not _is_closed(bytes(self._kept))
        if self._is_lines:
            self._drain(self._kept.rfind(b"\n") + 1)
        if len(self._kept) > self._most():
            if self._is_lines is False:
                raise RefusedError(Why.TOO_LARGE, f"larger than {self._most()} bytes, and not in lines")
            self._drain(len(self._kept))
        return self._intake.decoded()

    def finish(self) -> Decoded:
        """What the end of the body completes."""
        if self._is_lines:
            self._drain(len(self._kept))
        else:
            for item, raw in items(bytes(self._kept), self._request, self._limits):
                self._intake.take(item, raw)
        self._kept.clear()
        return self._intake.decoded()

    def _most(self) -> int:
        return self._limits.decompressed_bytes if self._is_lines is False else self._limits.record_bytes

    def _drain(self, end: int) -> None:
        for item, raw in in_lines(bytes(self._kept[:end]).removeprefix(codecs.BOM_UTF8), self._limits):
            self._intake.take(item, raw)
        del self._kept[:end]


def items(body: bytes, request: Request, limits: BodyLimits) -> Iterator[Found]:
    """The records, lines and damages of a body."""
    body = _unmarked(body)
    if is_packed(body, request.headers.get("content-type", "").lower()):
        return ((record, None) for record in records(body, limits))
    return in_sequence(body.strip(), limits) if is_whole(body) else in_lines(body, limits)


def refused_in_words(refusal: Refusal) -> Reply:
    """A refusal as an object with one message, for clients that expect nothing certain."""
    body = encoded({"error": refusal.reason})
    return Reply(status=refusal.why.value, body=body, media=JSON)


def _rejections(decoded: Decoded) -> bytes:
    first = decoded.rejected[0]
    return encoded({"rejected": len(decoded.rejected), "first": {"index": first.index, "reason": first.reason}})


def _unmarked(body: bytes) -> bytes:
    """Without the byte order mark, as UTF-8."""
    for mark, encoding in _UTF16:
        if body.startswith(mark):
            return body[2:].decode(encoding, "replace").encode("utf-8", "replace")
    return body.removeprefix(codecs.BOM_UTF8)


def _is_closed(head: bytes) -> bool:
    """Whether a body of this beginning is to be read as a whole."""
    is_wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return is_wide or is_packed(head, "") or is_whole(head.removeprefix(codecs.BOM_UTF8))


def _is_nested(record: dict[str, object]) -> bool:
    return any(type(value) in _NESTED for value in record.values())


WIRE: Final = GenericWire()
ROUTES: Final = tuple(
    Route(methods=("POST", "PUT"), path=path, wire=WIRE)
    for path in (
        "/ingest",
        "/",
        "/insert/jsonline",  # VictoriaLogs
        "/api/{org}/{stream}/_json",  # OpenObserve
        "/api/{org}/{stream}/_multi",
    )
)
# Vector's health check is a HEAD that wants exactly 200; what a browser gets at `/` is not decided here.
HANDSHAKES: Final = tuple(
    Handshake(methods=("GET", "HEAD"), path=path, reply=Reply(status=200, body=b"{}", media=JSON))
    for path in ("/ingest", "/insert/jsonline", "/insert/ready")
)
