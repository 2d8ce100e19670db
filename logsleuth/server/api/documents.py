"""Rows of the database -> JSON values of the API; texts from logs are printable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import orjson
from starlette.responses import Response

from logsleuth.model import Signature
from logsleuth.report.document import Json
from logsleuth.server.api.moments import MINUTE_NS, iso
from logsleuth.server.store.incidents import HistoryEvent, Incident, IncidentDetail, Note
from logsleuth.server.store.lines import Line
from logsleuth.server.store.search import Hit
from logsleuth.server.store.sources import Source
from logsleuth.server.store.templates import Rate, Template
from logsleuth.wording import printable

MEDIA: Final = "application/json"
Document = Mapping[str, Json]


def json_response(document: Document, status: int = 200) -> Response:
    """The response that carries a document."""
    return Response(orjson.dumps(document) + b"\n", status, media_type=MEDIA)


def page(items: Iterable[Document], cursor: str | None) -> dict[str, Json]:
    """A part of a list; `next` asks for what follows, null at the end."""
    return {"items": [dict(item) for item in items], "next": cursor}


def incident(item: Incident, language: str) -> dict[str, Json]:
    """One row of the list."""
    return {
        "id": item.id,
        "tenant": item.tenant,
        "class": item.signature,
        "title": printable(item.title_zh if language == "zh" else item.title),
        "role": item.role,
        "severity": item.severity,
        "confidence": item.confidence,
        "status": item.status,
        "acknowledged_at": iso(item.acknowledged_ns),
        "acknowledged_by": _text(item.acknowledged_by),
        "opened_at": iso(item.opened_ns),
        "updated_at": iso(item.updated_ns),
        "resolved_at": iso(item.resolved_ns),
        "resolved_by": _text(item.resolved_by),
        "first_seen": iso(item.first_ns),
        "last_seen": iso(item.last_ns),
        "count": item.count,
        "revision": item.revision,
        "sources": [printable(name) for name in item.sources],
        "nodes": [printable(name) for name in item.nodes],
    }


def incident_detail(item: IncidentDetail, language: str) -> dict[str, Json]:
    """One incident with its diagnosis, its notes and its history."""
    return {
        **incident(item.incident, language),
        "diagnosis": orjson.loads(item.document_zh if language == "zh" else item.document_en),
        "notes": [note(each) for each in item.notes],
        "history": [event(each) for each in item.history],
    }


def note(item: Note) -> dict[str, Json]:
    """What a person wrote."""
    return {"id": item.id, "time": iso(item.time_ns), "author": printable(item.author), "text": printable(item.text)}


def event(item: HistoryEvent) -> dict[str, Json]:
    """Something that happened, without what the incident was then."""
    body = orjson.loads(item.body)
    told = {name: body[name] for name in ("revision", "reason", "previous", "by") if name in body}
    return {"seq": item.seq, "type": item.kind, "time": iso(item.time_ns), "incident": item.incident, **told}


def source(item: Source) -> dict[str, Json]:
    """A stream of lines."""
    return {
        "id": item.id,
        "tenant": item.tenant,
        "name": printable(item.name),
        "node": _text(item.node),
        "first_seen": iso(item.first_ns),
        "last_seen": iso(item.last_ns),
        "lines": item.lines,
        "bytes": item.bytes,
    }


def template(item: Template) -> dict[str, Json]:
    """A kind of lines."""
    return {
        "key": item.key.hex() or "other",
        "tenant": item.tenant,
        "template": printable(item.template),
        "level": item.level,
        "count": item.count,
        "first_seen": iso(item.first_ns),
        "last_seen": iso(item.last_ns),
        "first_source": printable(item.source),
        "first_line": item.line,
    }


def line(item: Line) -> dict[str, Json]:
    """A line as it was kept."""
    return {"line": item.number, "time": iso(item.time_ns), "text": shown(item.text)}


def hit(item: Hit) -> dict[str, Json]:
    """A line that was sought."""
    return {
        "tenant": item.tenant,
        "source": printable(item.source),
        "line": item.number,
        "time": iso(item.time_ns),
        "text": shown(item.text),
    }


def rate(item: Rate) -> dict[str, Json]:
    """The lines of a level in a minute."""
    return {"minute": iso(item.minute * MINUTE_NS), "level": item.level or None, "lines": item.lines}


def signature(item: Signature, language: str) -> dict[str, Json]:
    """A row of the catalog."""
    return {
        "id": item.id,
        "class": item.class_id,
        "status": item.status.value,
        "role": item.role.value,
        "severity": item.severity.value,
        "component": item.component,
        "title": item.title.in_language(language),
    }


def signature_detail(item: Signature, language: str) -> dict[str, Json]:
    """All that is of use to a reader of the catalog."""
    return {
        **signature(item, language),
        "versions": item.versions,
        "summary": plain(item.summary.in_language(language)),
        "causes": [plain(words.in_language(language)) for words in item.causes],
        "remedies": [
            {"text": plain(one.text.in_language(language)), "command": one.command, "applies": one.applies}
            for one in item.remedies
        ],
        "samples": [
            {"kind": one.kind.value, "text": printable(one.text), "because": one.because} for one in item.samples
        ],
        "explains": list(item.explains),
        "explained_by": list(item.explained_by),
        "loses_to": list(item.loses_to),
        "check_next": list(item.check_next),
        "references": list(item.references),
    }


def plain(text: str) -> str:
    """A text of the catalog with its optional parts."""
    return text.replace("[[", "").replace("]]", "")


def shown(text: bytes) -> str:
    """Bytes of a line as people may see them."""
    return printable(text.decode("utf-8", "replace"))


def _text(text: str | None) -> str | None:
    return None if text is None else printable(text)
