"""Whether a body that is either protobuf or JSON is JSON."""

from __future__ import annotations

from logsleuth.server.wire.protocol import Request


def is_json(body: bytes, request: Request) -> bool:
    """By its content type, or by the body itself where the type names neither."""
    media = request.headers.get("content-type", "").lower()
    if "json" in media or "protobuf" in media:
        return "json" in media
    return body[:1] == b"{" and body[-64:].rstrip()[-1:] == b"}"
