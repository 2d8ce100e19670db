"""Commands that run and servers that answer, for real, on this machine."""

from __future__ import annotations

import http.server
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from logsleuth.errors import UsageError
from logsleuth.live.actions import AlertError, Command, Webhook, read_command, read_url, signature
from logsleuth.live.events import News


class Receiver:
    """A server that keeps what it is sent and answers as it is told."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                """Keep it."""
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append((self.path, dict(self.headers), body))
                status, headers = outer.answers.pop(0) if outer.answers else (204, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name of the library
                """Say nothing."""

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server.server_port}/hook?team=a"

    def close(self) -> None:
        """End it."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server for one test."""
    found = Receiver()
    yield found
    found.close()


class Pauses(list[float]):
    """Waits that take no time, and are kept; after `most` there is no time left."""

    def __init__(self, most: int = 100) -> None:
        super().__init__()
        self.most = most

    def __call__(self, seconds: float) -> bool:
        """Keep the pause; true where there is no time for another try."""
        self.append(seconds)
        return len(self) >= self.most


def test_an_alert_is_posted_signed_and_without_secrets(receiver: Receiver, opened: News) -> None:
    """So that its receiver can check who sent it, and when."""
    Webhook(url=read_url(receiver.url), clock=lambda: 1234.5, secret=b"key").send(opened.document, Pauses())

    path, headers, body = receiver.got[0]
    assert path == "/hook?team=a"
    assert headers["X-Logsleuth-Timestamp"] == "1234"
    assert headers["X-Logsleuth-Signature"] == f"sha256={signature(b'key', '1234', body)}"
    assert headers["Idempotency-Key"] == "i1-1"
    assert json.loads(body)["diagnosis"]["evidence"][0]["text"] == "key [token] of [email]"


def test_what_may_pass_is_tried_again(receiver: Receiver, opened: News) -> None:
    """After longer and longer pauses, or those that the receiver asks for."""
    receiver.answers = [(503, {}), (500, {}), (429, {"Retry-After": "7"}), (200, {})]
    pauses = Pauses()

    Webhook(url=read_url(receiver.url), clock=lambda: 0).send(opened.document, pauses)

    assert pauses == [0.5, 1.0, 7.0]
    assert len(receiver.got) == 4


@pytest.mark.parametrize(("status", "tries"), [(400, 1), (401, 1), (302, 1), (503, 6)])
def test_what_does_not_pass_is_said(receiver: Receiver, opened: News, status: int, tries: int) -> None:
    """A refusal at once, a server in trouble after six tries; redirections are not followed."""
    receiver.answers = [(status, {"Location": "http://127.0.0.1:1/"})] * 6

    with pytest.raises(AlertError, match=f"answered {status}"):
        Webhook(url=read_url(receiver.url), clock=lambda: 0).send(opened.document, Pauses())
    assert len(receiver.got) == tries


def test_nobody_there(opened: News) -> None:
    """Tried again until there is no time left."""
    pauses = Pauses(most=2)

    with pytest.raises(AlertError, match=r"127\.0\.0\.1:1"):
        Webhook(url=read_url("http://127.0.0.1:1/x"), clock=lambda: 0).send(opened.document, pauses)
    assert pauses == [0.5, 1.0]


@pytest.mark.parametrize(
    "url", ["ftp://x/y", "file:///etc/passwd", "//x/y", "http://", "http://u:p@host/", "http://[::1", "http://h:99999/"]
)
def test_addresses_that_are_none(url: str) -> None:
    """Only http and https, without names and passwords."""
    with pytest.raises(UsageError, match="--webhook"):
        read_url(url)


def test_a_command_gets_the_event_and_no_shell(tmp_path: Path, opened: News) -> None:
    """On its standard input; what looks like shell is an argument."""
    script = tmp_path / "take.py"
    script.write_text(
        "import sys; open(sys.argv[1], 'wb').write(sys.argv[2].encode() + sys.stdin.buffer.read())", encoding="utf-8"
    )
    target = tmp_path / "got"

    read_command(f"{sys.executable} {script} {target} '$(reboot);'").send(opened.document, Pauses())

    name, _, event = target.read_text(encoding="utf-8").partition(";")
    assert name == "$(reboot)"
    assert json.loads(event) == opened.document


@pytest.mark.parametrize(
    ("code", "said"), [("raise SystemExit(3)", "exit status 3"), ("import time; time.sleep(60)", "timed out")]
)
def test_a_command_that_fails(opened: News, code: str, said: str) -> None:
    """Is said, and not tried again."""
    with pytest.raises(AlertError, match=said):
        Command(arguments=(sys.executable, "-c", code), limit_s=0.2 if "time" in code else 30).send(
            opened.document, Pauses()
        )


@pytest.mark.parametrize("text", ["", "no-such-program-of-ours x", "echo 'open"])
def test_commands_that_are_none(text: str) -> None:
    """Are said before anything is watched."""
    with pytest.raises(UsageError, match="--exec"):
        read_command(text)
