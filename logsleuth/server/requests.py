"""Requests as the server hands them over -> requests as protocols see them, and answers back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl

from starlette.types import Message, Scope, Send

from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.server.names import DEFAULT_TENANT, UNKNOWN, part
from logsleuth.server.router import Found
from logsleuth.server.wire.protocol import Refusal, Reply, Request, Why, Wire

TENANT_HEADER: Final = "x-scope-orgid"
QUERY_FIELDS: Final = 100


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers by their lower-case names; repeated ones are joined, as HTTP has it."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def query_of(scope: Scope) -> dict[str, str] | None:
    """The fields of the query, the last of each name; None where there are too many."""
    text = scope["query_string"].decode("latin-1")
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=QUERY_FIELDS, errors="replace"))
    except ValueError:
        return None


def request_of(
    scope: Scope, found: Found, arrived_ns: int, limits: Limits = DEFAULT_LIMITS
) -> tuple[Request, Refusal | None]:
    """The request for a protocol, and why it is refused where it is."""
    headers, query, client = headers_of(scope), query_of(scope), scope.get("client")
    request = Request(
        method=scope["method"],
        path=found.path,
        tenant=part(headers.get(TENANT_HEADER, "")) or DEFAULT_TENANT,
        hint=found.source or part(client[0] if client else "") or UNKNOWN,
        arrived_ns=arrived_ns,
        prefix=found.source,
        limits=limits,
        query=query or {},
        headers=headers,
    )
    reason = f"more than {QUERY_FIELDS} fields in the query"
    return request, Refusal(why=Why.MALFORMED, reason=reason) if query is None else None


def declared_bytes(request: Request) -> int | None:
    """How large the body is said to be."""
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def refused(wire: Wire, refusal: Refusal, request: Request) -> Reply:
    """The protocol's own refusal, with the time after which to come again where there is one."""
    reply = wire.refused(refusal, request)
    if refusal.retry_after_s is None:
        return reply
    return replace(reply, headers=(*reply.headers, ("Retry-After", str(refusal.retry_after_s))))


async def answer(send: Send, reply: Reply, *, is_last: bool = False) -> None:
    """Send an answer; `is_last` closes the connection, so that nobody reads the rest of a refused body."""
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in _fields(reply, is_last=is_last)
    ]
    start: Message = {"type": "http.response.start", "status": reply.status, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": reply.body})


def _fields(reply: Reply, *, is_last: bool) -> Iterable[tuple[str, str]]:
    if reply.media is not None:
        yield "content-type", reply.media
    if reply.status not in {204, 304}:
        yield "content-length", str(len(reply.body))
    if is_last:
        yield "connection", "close"
    yield from reply.headers
