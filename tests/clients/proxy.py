"""A proxy between a client and the service that makes one thing go wrong, and writes down what came by."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Final

from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.server.app import router
from logsleuth.server.requests import refused
from logsleuth.server.wire.protocol import Refusal, Reply, Request, Why

LOCAL: Final = "127.0.0.1"
TENANT: Final = "X-Scope-OrgID"
CARRYING: Final = ("POST", "PUT")
ANSWER_FIELDS: Final = ("content-type", "x-elastic-product", "retry-after", "accept-encoding")


class Fault(StrEnum):
    """What goes wrong once."""

    NONE = "nothing"
    BUSY = "503"  # with Retry-After, and nothing of it reaches the service
    CUT = "cut"  # the service has taken the body, and its answer is lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A request that carried something, and how it was answered."""

    path: str
    digest: bytes
    size_bytes: int
    status: int | None


@dataclass
class Proxy:
    """One proxy: all that it passes on belongs to one tenant, as behind a gateway that knows who is who."""

    upstream: int
    tenant: str
    fault: Fault
    port: int = 0
    passed: list[Passed] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    @property
    def url(self) -> str:
        """Where clients send to."""
        return f"http://{LOCAL}:{self.port}"

    @property
    def is_resent(self) -> bool:
        """Whether what went wrong was sent again, byte for byte."""
        failed = [one for one in self.passed if not _is_taken(one.status)]
        return any(one.digest in {other.digest for other in self.passed if _is_taken(other.status)} for one in failed)

    def next_fault(self) -> Fault:
        """What to do to this request."""
        with self.lock:
            fault, self.fault = self.fault, Fault.NONE
        return fault


def _is_taken(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def busy(method: str, path: str) -> Reply:
    """What the service says to this request when it has too much to do."""
    found = router().find(method, path)
    if found is None or isinstance(found.target, Reply):
        raise AssertionError(f"nobody takes {method} {path}")
    request = Request(
        method=method, path=found.path, tenant="", hint="", arrived_ns=0, limits=DEFAULT_LIMITS, headers={}, query={}
    )
    return refused(found.target, Refusal(why=Why.BUSY, reason="too much to do", retry_after_s=1), request)


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    server: FaultServer

    def do_GET(self) -> None:
        """Questions beforehand pass as they are."""
        self._pass(b"", Fault.NONE)

    def do_POST(self) -> None:
        """What carries something meets the fault."""
        body = b"".join(self._chunks()) if self._is_chunked else self.rfile.read(self._length)
        fault = self.server.proxy.next_fault() if body else Fault.NONE
        if fault is Fault.BUSY:
            self._note(body, 503)
            reply = busy(self.command, self.path.partition("?")[0])
            self._answer(reply.status, [*reply.headers, ("Content-Type", reply.media or "text/plain")], reply.body)
            return
        self._pass(body, fault)

    @property
    def _length(self) -> int:
        return int(self.headers.get("Content-Length", "0"))

    @property
    def _is_chunked(self) -> bool:
        return self.headers.get("Transfer-Encoding", "").lower() == "chunked"

    def _chunks(self) -> Iterator[bytes]:
        """The body as it was framed."""
        while True:
            head = self.rfile.readline()
            size = int(head.partition(b";")[0], 16)
            yield head + self.rfile.read(size) + self.rfile.readline()
            if size == 0:
                return

    def _pass(self, body: bytes, fault: Fault) -> None:
        upstream = http.client.HTTPConnection(LOCAL, self.server.proxy.upstream, timeout=30)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in {TENANT.lower(), "expect"}:  # this connection has continued already
                upstream.putheader(name, value)
        upstream.putheader(TENANT, self.server.proxy.tenant)
        upstream.endheaders(body or None)
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        if fault is Fault.CUT:
            self._note(body, None)
            self.close_connection = True
            return
        if self.command in CARRYING:
            self._note(body, answer.status)
        self._answer(answer.status, [(n, v) for n, v in answer.getheaders() if n.lower() in ANSWER_FIELDS], content)

    def _note(self, body: bytes, status: int | None) -> None:
        digest = blake2b(body).digest()
        self.server.proxy.passed.append(Passed(path=self.path, digest=digest, size_bytes=len(body), status=status))

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name that the library gives
        """Silent: what passes is written down."""


# methods that are passed on alike; the library finds them by these names
for _method, _like in (("HEAD", Handler.do_GET), ("OPTIONS", Handler.do_GET), ("PUT", Handler.do_POST)):
    setattr(Handler, f"do_{_method}", _like)


class FaultServer(ThreadingHTTPServer):
    """The listening side of a proxy."""

    daemon_threads = True

    def __init__(self, proxy: Proxy) -> None:
        super().__init__((LOCAL, 0), Handler)
        self.proxy = proxy

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients may leave at any time."""


@contextmanager
def proxied(upstream: int, tenant: str, fault: Fault) -> Iterator[Proxy]:
    """A running proxy in front of the service at a port."""
    proxy = Proxy(upstream, tenant, fault)
    server = FaultServer(proxy)
    proxy.port = server.server_port
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
