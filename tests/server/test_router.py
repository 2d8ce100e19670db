"""Which protocol takes which request."""

from __future__ import annotations

import pytest

from logsleuth.server.router import Router
from logsleuth.server.wire.protocol import Handshake, Reply, Route
from tests.server.lines import Lines

ANY, INGEST, BULK, INDEX, DOCUMENT = (Lines(name) for name in ("any", "ingest", "bulk", "index", "document"))
ROUTES = (
    Route(methods=("POST", "PUT"), path="/ingest", wire=INGEST),
    Route(methods=("POST",), path="/_bulk", wire=BULK),
    Route(methods=("POST",), path="/{index}/_bulk", wire=INDEX),
    Route(methods=("POST",), path="/es.d/{rest*}", wire=ANY),
    Route(methods=("POST",), path="/es.d/doc", wire=DOCUMENT),
)
HELLO = Reply(status=200, body=b"hello")
ROUTER = Router(ROUTES, (Handshake(methods=("GET", "HEAD"), path="/", reply=HELLO),))


@pytest.mark.parametrize(
    ("method", "path", "target", "source", "rest"),
    [
        ("POST", "/ingest", INGEST, "", "/ingest"),
        ("PUT", "/ingest", INGEST, "", "/ingest"),
        ("POST", "/s/node-1/ingest", INGEST, "node-1", "/ingest"),
        ("POST", "/s/a b/_bulk", BULK, "a_b", "/_bulk"),
        ("POST", "/s/_bulk", INGEST, "_bulk", "/"),
        ("POST", "/logs/_bulk", INDEX, "", "/logs/_bulk"),
        ("POST", "/es.d/doc", ANY, "", "/es.d/doc"),
        ("POST", "/es.d/a/b/c", ANY, "", "/es.d/a/b/c"),
        ("POST", "/s/x/anything/else", INGEST, "x", "/anything/else"),
        ("POST", "/s/x", INGEST, "x", "/"),
        ("GET", "/", HELLO, "", "/"),
        ("HEAD", "/s/x/", HELLO, "x", "/"),
        ("GET", "/s/x", HELLO, "x", "/"),
    ],
)
def test_requests_find_their_protocol(method: str, path: str, target: object, source: str, rest: str) -> None:
    """What is listed first wins."""
    found = ROUTER.find(method, path)

    assert found is not None
    assert (found.target, found.source, found.path) == (target, source, rest)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/ingest"),
        ("POST", "/"),
        ("POST", "/a/b/_bulk"),
        ("POST", "/esxd/doc"),
        ("POST", "//_bulk"),
        ("GET", "/s/x/incidents"),
        ("POST", "/s//ingest"),
        ("POST", ""),
    ],
)
def test_other_requests_are_for_others(method: str, path: str) -> None:
    """A dot is a dot, a segment has a name."""
    assert ROUTER.find(method, path) is None
