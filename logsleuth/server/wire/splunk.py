r"""Splunk's HTTP Event Collector -> entries, and its numbered answers.

Samples (Fluent Bit, splunk-logging of npm with its time as text, splunk-handler of pip, the raw endpoint):
    {"time":1795154400.123,"event":{"log":"INFO ..."}}{"time":1795154401.0,"event":{"log":"INFO ..."}}
    {"time":"1795154400.123","host":"gpu07","event":{"message":"failed","severity":"error"}}
    {"event":"failed","host":"gpu07","index":"main","source":"vllm","sourcetype":"text","time":1795154400.1}
    POST /services/collector/raw?host=gpu07&source=vllm      INFO 06-10 21:32:17 [core.py:58] x\n
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from logsleuth.limits import DEFAULT_BODY_LIMITS, BodyLimits
from logsleuth.server.wire.canonical import encoded
from logsleuth.server.wire.fields import labels_of_headers
from logsleuth.server.wire.generic import JSON, Intake, LineFeeder
from logsleuth.server.wire.protocol import (
    Decoded,
    Feeder,
    Handshake,
    Refusal,
    RefusedError,
    Reply,
    Request,
    Route,
    Why,
)
from logsleuth.server.wire.values import Bad, in_lines, in_sequence, is_whole, object_of

_NO_DATA: Final = "No data"
_NO_EVENT: Final = "Event field is required"
_BLANK: Final = "Event field cannot be blank"
_FORMAT: Final = "Invalid data format"
# The numbers of Splunk's own answers, with which its clients decide.
_CODES: Final = {_NO_DATA: 5, _FORMAT: 6, _NO_EVENT: 12, _BLANK: 13}
_KINDS: Final = {
    Why.MALFORMED: (_FORMAT, 6),
    Why.UNAUTHENTICATED: ("Token is required", 2),
    Why.FORBIDDEN: ("Invalid token", 4),
    Why.TOO_LARGE: ("Request entity too large", 27),
    Why.UNSUPPORTED: (_FORMAT, 6),
    Why.BUSY: ("Server is busy", 9),
}
_ACKS: Final = 10_000
_ACK_RANGE: Final = 2**53  # what JavaScript can count


class EventWire:
    """Events in envelopes, one after another with or without anything between them."""

    name = "splunk"

    def __init__(self, limits: BodyLimits = DEFAULT_BODY_LIMITS) -> None:
        self._limits = limits

    def decode(self, body: bytes, request: Request) -> Decoded:
        """The events that can be read; refused where there is none."""
        text = body.strip()
        if not text:
            raise RefusedError(Why.MALFORMED, _NO_DATA)
        intake = Intake(request, self._limits)
        found = in_sequence(text, self._limits) if is_whole(text) else in_lines(text, self._limits)
        for item, _ in found:
            intake.take(_opened(item))
        decoded = intake.decoded()
        if not decoded.entries:
            reason = decoded.rejected[0].reason if decoded.rejected else _NO_DATA
            raise RefusedError(Why.MALFORMED, reason if reason in _CODES else _FORMAT)
        return decoded

    def feeder(self, request: Request) -> Feeder | None:
        """Batches of events have an end."""
        return None

    def accepted(self, decoded: Decoded, request: Request) -> Reply:
        """Success, with an id to ask for later where the client named a channel."""
        return _succeeded(request)

    def refused(self, refusal: Refusal, request: Request) -> Reply:
        """The reason by its number."""
        return _refused(refusal, request)


class RawWire:
    """Lines of text, whose origin stands in the query."""

    name = "splunk-raw"

    def __init__(self, limits: BodyLimits = DEFAULT_BODY_LIMITS) -> None:
        self._limits = limits

    def decode(self, body: bytes, request: Request) -> Decoded:
        """One entry for each line."""
        if not body.strip():
            raise RefusedError(Why.MALFORMED, _NO_DATA)
        intake = Intake(request, self._limits, shared=_shared(request))
        for item, raw in in_lines(body, self._limits):
            intake.take(item, raw)
        return intake.decoded()

    def feeder(self, request: Request) -> Feeder | None:
        """A reader of lines where no end is announced."""
        if "content-length" in request.headers:
            return None
        return LineFeeder(request, self._limits, shared=_shared(request))

    def accepted(self, decoded: Decoded, request: Request) -> Reply:
        """As for events."""
        return _succeeded(request)

    def refused(self, refusal: Refusal, request: Request) -> Reply:
        """The reason by its number."""
        return _refused(refusal, request)


class AckWire:
    """Questions whether events are safe; they are, for nothing is answered before."""

    name = "splunk-ack"

    def decode(self, body: bytes, request: Request) -> Decoded:
        """No entries; the note holds the ids that are asked for."""
        found = object_of(body.strip())
        acks = found.get("acks") if isinstance(found, dict) else None
        if not isinstance(acks, list):
            raise RefusedError(Why.MALFORMED, _FORMAT)
        return Decoded(entries=(), records=0, note=tuple(str(ack) for ack in acks[:_ACKS] if type(ack) is int))

    def feeder(self, request: Request) -> Feeder | None:
        """Questions have an end."""
        return None

    def accepted(self, decoded: Decoded, request: Request) -> Reply:
        """All of them are."""
        return Reply(status=200, body=encoded({"acks": dict.fromkeys(decoded.note, True)}), media=JSON)

    def refused(self, refusal: Refusal, request: Request) -> Reply:
        """The reason by its number."""
        return _refused(refusal, request)


def _opened(item: object) -> object:
    """The event of an envelope as a record that knows its time and its origin."""
    if not isinstance(item, dict):
        return item if isinstance(item, Bad) else Bad(reason=_FORMAT)
    event = item.get("event")
    if event is None:
        return Bad(reason=_NO_EVENT)
    if event == "":
        return Bad(reason=_BLANK)
    outer = {"host": item.get("host"), "service": item.get("source"), **_fields(item.get("fields"))}
    if isinstance(event, dict):
        stamp = {"timeUnixNano": item["time"]} if "time" in item else {}
        return {**stamp, **_given(outer, event), **event}
    return {"timeUnixNano": item.get("time"), **_given(outer, {}), "message": event}


def _fields(fields: object) -> dict[str, object]:
    """Indexed fields that name an origin; others stay behind."""
    if not isinstance(fields, dict):
        return {}
    return {name: value for name, value in fields.items() if name.startswith(("k8s.", "pod", "container", "namespace"))}


def _given(outer: Mapping[str, object], event: Iterable[str]) -> dict[str, object]:
    return {name: value for name, value in outer.items() if isinstance(value, str) and value and name not in event}


def _shared(request: Request) -> dict[str, str]:
    named = {"host": request.query.get("host", ""), "service": request.query.get("source", "")}
    return {**labels_of_headers(request.headers), **{name: value for name, value in named.items() if value}}


def _succeeded(request: Request) -> Reply:
    answer: dict[str, object] = {"text": "Success", "code": 0}
    if "x-splunk-request-channel" in request.headers or "channel" in request.query:
        answer["ackId"] = request.arrived_ns // 1000 % _ACK_RANGE
    return Reply(status=200, body=encoded(answer), media=JSON)


def _refused(refusal: Refusal, request: Request) -> Reply:
    why = Why.FORBIDDEN if refusal.why is Why.UNAUTHENTICATED and _has_token(request) else refusal.why
    text, code = _KINDS[why]
    if refusal.reason in _CODES:
        text, code = refusal.reason, _CODES[refusal.reason]
    body = encoded({"text": text, "code": code})
    return Reply(status=why.value, body=body, media=JSON)


def _has_token(request: Request) -> bool:
    """Whether a token was sent at all: a wrong one is another number than none."""
    return "authorization" in request.headers or "token" in request.query


WIRE: Final = EventWire()
_RAW: Final = RawWire()
_ACK: Final = AckWire()
ROUTES: Final = (
    *(
        Route(methods=("POST", "PUT"), path=f"/services/collector{path}", wire=WIRE)
        for path in ("", "/event", "/event/1.0")
    ),
    *(Route(methods=("POST", "PUT"), path=f"/services/collector/raw{path}", wire=_RAW) for path in ("", "/1.0")),
    Route(methods=("POST",), path="/services/collector/ack", wire=_ACK),
    Route(methods=("POST",), path="/services/collector/ack/1.0", wire=_ACK),
    Route(methods=("POST", "PUT"), path="/api/{org}/_hec", wire=WIRE),  # OpenObserve
)
_HEALTHY: Final = Reply(status=200, body=encoded({"text": "HEC is healthy", "code": 17}), media=JSON)
HANDSHAKES: Final = (
    *(
        Handshake(methods=("GET", "HEAD"), path=f"/services/collector/health{path}", reply=_HEALTHY)
        for path in ("", "/1.0")
    ),
    *(
        Handshake(methods=("OPTIONS",), path=f"/services/collector{path}", reply=Reply(status=200))
        for path in ("", "/event", "/event/1.0", "/raw", "/raw/1.0")
    ),
)
