"""Small objects asked for before their turn: on a server that tells what it was asked for."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from logsleuth.limits import DEFAULT_OBJECT_LIMITS
from logsleuth.pieces.ahead import ahead
from logsleuth.pieces.listing import Unit
from logsleuth.sources.remote import RemoteObject

pytest.importorskip("obstore", reason="needs the extra `objects`")
AT_ONCE = 4


class Meeting(http.server.BaseHTTPRequestHandler):
    """Answers only when as many requests are there as there should be at one time."""

    meeting = threading.Barrier(AT_ONCE, timeout=20)
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """The name of what was asked for."""
        self.meeting.wait()
        name = self.path.encode()
        self.send_response(206)
        self.send_header("Content-Range", f"bytes 0-{len(name) - 1}/{len(name)}")
        self.send_header("Content-Length", str(len(name)))
        self.send_header("Last-Modified", "Fri, 20 Nov 2026 06:00:00 GMT")
        self.end_headers()
        self.wfile.write(name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its own name for it
        """Say nothing."""


@pytest.fixture
def root() -> Iterator[str]:
    """The address of the server."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Meeting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def unit(number: int, remote: RemoteObject | None) -> Unit:
    """A whole input."""
    return Unit(number=number, key="", name="", path="", size=0, source_bytes=0, remote=remote)


def text(item: Unit) -> bytes:
    """What the object of a unit holds."""
    assert item.remote is not None
    with item.remote.open() as reader:
        data = reader.read(100)
    assert reader.trouble is None
    return data


def test_small_objects_are_asked_for_several_at_a_time(root: str) -> None:
    """And come in their order."""
    units = [unit(number, RemoteObject(url=f"{root}/{number}", size=2)) for number in range(2 * AT_ONCE)]
    limits = replace(DEFAULT_OBJECT_LIMITS, objects_ahead=AT_ONCE)

    found = [text(item) for item in ahead(units, limits=limits)]

    assert found == [f"/{number}".encode() for number in range(2 * AT_ONCE)]


def test_other_units_stay_as_they_are(root: str) -> None:
    """Files, pieces, large objects, and one small object alone."""
    small = RemoteObject(url=f"{root}/1", size=2)
    large = replace(small, size=DEFAULT_OBJECT_LIMITS.small_bytes + 1)
    units = [unit(0, None), unit(1, large), replace(unit(2, small), slot=0), unit(3, small)]

    found = list(ahead(units))

    assert found == units
    assert all(item.remote is None or item.remote.whole is None for item in found)
