r"""Elasticsearch's `_bulk` -> entries, and what its clients want to know before and after.

Samples (Fluent Bit's es, elasticsearch-py 9, rsyslog's omelasticsearch):
    {"create":{"_index":"logs"}}\n{"@timestamp":"2026-11-20T06:00:00.123Z","log":"INFO ..."}\n
    {"index":{"_index":"logs","_id":"7"}}\n{"message":"failed","log.level":"ERROR"}\n{"delete":{"_id":"6"}}\n
    {"update":{"_id":"7"}}\n{"doc":{"message":"x"}}\n
    -> {"took":1,"errors":false,"items":[{"create":{"status":201}},{"index":{"status":201}}]}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b
from typing import Final

import orjson

from logsleuth.limits import DEFAULT_BODY_LIMITS, BodyLimits
from logsleuth.server.entry import Entry
from logsleuth.server.wire.canonical import encoded
from logsleuth.server.wire.generic import JSON, Intake
from logsleuth.server.wire.protocol import Decoded, Feeder, Handshake, Refusal, RefusedError, Reply, Request, Route, Why
from logsleuth.server.wire.values import Bad, object_of

VERSION: Final = "8.19.0"  # what is answered unless configured; Filebeat wants one that is not older than itself

_PRODUCT: Final = (("X-Elastic-Product", "Elasticsearch"),)
_STATUS: Final = {"create": 201, "index": 201, "update": 200, "delete": 200}
_AS_SENT: Final = frozenset({"create", "index"})
_REASON_CHARS: Final = 200
_AGAIN: Final = frozenset({Why.BUSY, Why.UNAUTHENTICATED, Why.FORBIDDEN})
_MALFORMED: Final = "Malformed action/metadata line"
_KINDS: Final = {
    Why.MALFORMED: "illegal_argument_exception",
    Why.TOO_LARGE: "content_too_large_exception",
    Why.UNSUPPORTED: "media_type_header_exception",
}


class ElasticWire:
    """Bulk requests."""

    name = "elasticsearch"

    def __init__(self, limits: BodyLimits = DEFAULT_BODY_LIMITS) -> None:
        self._limits = limits

    def decode(self, body: bytes, request: Request) -> Decoded:
        """The documents of all actions; the note holds the answer to each action, in order."""
        intake = Intake(request, self._limits)
        note: list[str] = []
        names: list[str] = []
        for action, name, document, raw in _actions(body):
            rejected = intake.rejected
            if document is not None:
                intake.take(document, raw)
                names += [name] if intake.rejected == rejected else []
            note.append(_noted(action, intake.reason if intake.rejected > rejected else ""))
            if len(note) > self._limits.records:
                raise RefusedError(Why.TOO_LARGE, f"more than {self._limits.records} actions in one body")
        if all(item == f"index:{_MALFORMED}" for item in note):
            raise RefusedError(Why.MALFORMED, _MALFORMED if note else "request body is required")
        found = intake.decoded(note=tuple(note))
        return replace(found, names=_names(names, found.entries)) if all(names) else found

    def feeder(self, request: Request) -> Feeder | None:
        """Bulk requests have an end."""
        return None

    def accepted(self, decoded: Decoded, request: Request) -> Reply:
        """One item per action, in order, compact: Fluent Bit looks for the literal beginning."""
        errors = b"true" if any(":" in item for item in decoded.note) else b"false"
        items = b",".join([_item(item) for item in decoded.note])
        body = b'{"took":1,"errors":' + errors + b',"items":[' + items + b"]}"
        return Reply(status=200, body=body, media=_media(request), headers=_PRODUCT)

    def refused(self, refusal: Refusal, request: Request) -> Reply:
        """The reason in Elasticsearch's form, or as plain text where it is to be sent again.

        rsyslog looks at the body alone: what it can read as JSON ends the matter for it, and the batch is dropped.
        """
        if refusal.why in _AGAIN:
            return _plain(refusal)
        cause = {"type": _KINDS[refusal.why], "reason": refusal.reason}
        body = encoded({"error": {"root_cause": [cause], **cause}, "status": refusal.why.value})
        return Reply(status=refusal.why.value, body=body, media=_media(request), headers=_PRODUCT)


def _plain(refusal: Refusal) -> Reply:
    return Reply(status=refusal.why.value, body=refusal.reason.encode(), media="text/plain", headers=_PRODUCT)


def _names(names: list[str], entries: tuple[Entry, ...]) -> tuple[str, ...]:
    """Names of versions of documents: what is written again with other contents is another one."""
    return tuple(
        f"{name}\0{blake2b(entry.text, digest_size=16).hexdigest()}" for name, entry in zip(names, entries, strict=True)
    )


def _actions(body: bytes) -> Iterator[tuple[str, str, object, bytes | None]]:
    """Actions with their documents and the names of these; `Bad` where one cannot be read, None where there is none."""
    lines = _lines(body)
    line = next(lines, None)
    while line is not None:
        found = _action(line)
        line = next(lines, None)
        if found is None:
            yield "index", "", Bad(reason=_MALFORMED), None
            is_next_action = line is not None and _action(line) is not None
            line = line if is_next_action else next(lines, None)
            continue
        action, name = found
        if action == "delete":
            yield action, name, None, None
            continue
        document = Bad(reason="the action has no document") if line is None else _document(line, action)
        yield action, name, document, line if action in _AS_SENT else None
        line = next(lines, None)


def _lines(body: bytes) -> Iterator[bytes]:
    """The lines that say anything, one after another."""
    at = 0
    while at < len(body):
        end = body.find(b"\n", at)
        end = end if end >= 0 else len(body)
        line = body[at:end].strip()
        if line:
            yield line
        at = end + 1


def _action(line: bytes) -> tuple[str, str] | None:
    """The one key of the line, and the name that it gives to the document, empty where it gives none."""
    found = object_of(line)
    action = next(iter(found), None) if isinstance(found, dict) and len(found) == 1 else None
    if not isinstance(found, dict) or action not in _STATUS:
        return None
    about = found[action]
    name = about.get("_id") if isinstance(about, dict) else None
    return action, name if isinstance(name, str) else ""


def _document(line: bytes, action: str) -> object:
    found = object_of(line)
    if action == "update" and isinstance(found, dict) and isinstance(found.get("doc"), dict):
        return found["doc"]
    return found if isinstance(found, dict) else Bad(reason="the document is no JSON object")


def _noted(action: str, reason: str) -> str:
    return f"{action}:{reason}" if reason else action


def _item(noted: str) -> bytes:
    action, is_bad, reason = noted.partition(":")
    if not is_bad:
        return b'{"%s":{"status":%d}}' % (action.encode(), _STATUS[action])
    error = {"type": "document_parsing_exception", "reason": reason[:_REASON_CHARS]}
    return encoded({action: {"status": 400, "error": error}})


def _media(request: Request) -> str:
    """A versioned type is answered by the same version."""
    media = request.headers.get("content-type", "")
    if not media.startswith("application/vnd.elasticsearch+") or not media.isprintable() or len(media) > 100:
        return JSON
    return media.replace("+x-ndjson", "+json")


def handshakes(version: str = VERSION) -> tuple[Handshake, ...]:
    """What clients ask before they send; an empty object satisfies most of them."""
    root = Reply(status=200, body=_root(version), media=JSON, headers=_PRODUCT)
    empty = Reply(status=200, body=b"{}", media=JSON, headers=_PRODUCT)
    return (
        *(Handshake(methods=("GET", "HEAD"), path=prefix or "/", reply=root) for prefix in _PREFIXES),
        *(Handshake(methods=("GET", "HEAD"), path=f"{prefix}/", reply=root) for prefix in _PREFIXES if prefix),
        *(
            Handshake(methods=("GET", "HEAD", "PUT", "POST"), path=prefix + path, reply=reply)
            for prefix in _PREFIXES
            for path, reply in (
                ("/_license", _answered(b'{"license":{"status":"active","type":"basic","mode":"basic"}}')),
                ("/_cluster/health", _answered(b'{"cluster_name":"logsleuth","status":"green"}')),
                *((path, empty) for path in _PROBES),
            )
        ),
        *(
            Handshake(methods=("GET", "HEAD"), path=prefix + path, reply=empty)  # `logstash` may be an index as well
            for prefix in _PREFIXES
            for path in ("/logstash", "/logstash/{rest*}")
        ),
    )


def _answered(body: bytes) -> Reply:
    return Reply(status=200, body=body, media=JSON, headers=_PRODUCT)


def _root(version: str) -> bytes:
    return orjson.dumps(
        {
            "name": "logsleuth",
            "cluster_name": "logsleuth",
            "version": {"number": version, "build_flavor": "default"},
            "tagline": "You Know, for Search",
        }
    )


# Where clients of other log stores send the same: VictoriaLogs, Quickwit.
_PREFIXES: Final = ("", "/insert/elasticsearch", "/api/v1/_elastic")
_PROBES: Final = (
    "/_cat/{rest*}",
    "/_xpack",
    "/_xpack/{rest*}",
    "/_nodes",
    "/_nodes/{rest*}",
    "/_template",
    "/_template/{rest*}",
    "/_index_template",
    "/_index_template/{rest*}",
    "/_component_template/{rest*}",
    "/_ilm/{rest*}",
    "/_ingest/{rest*}",
    "/_logstash",
    "/_logstash/{rest*}",
    "/_data_stream/{rest*}",
)
WIRE: Final = ElasticWire()
ROUTES: Final = (
    *(
        Route(methods=("POST", "PUT"), path=prefix + path, wire=WIRE)
        for prefix in _PREFIXES
        for path in ("/_bulk", "/{index}/_bulk")
    ),
    Route(methods=("POST", "PUT"), path="/api/{org}/_bulk", wire=WIRE),
)
HANDSHAKES: Final = handshakes()
