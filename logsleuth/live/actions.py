"""What is done with an alert: a command gets it on standard input, a server by POST. It blocks: run it in threads."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import shlex
import shutil
import ssl
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import SplitResult, urlsplit

import orjson

from logsleuth.errors import LogsleuthError, UsageError
from logsleuth.live.bodies import Bodies, Document, Form
from logsleuth.live.redaction import redacted
from logsleuth.version import __version__

COMMAND_S: Final = 30.0
ANSWER_S: Final = 10.0
ATTEMPTS: Final = 6
FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 60.0
TRY_AGAIN: Final = frozenset({408, 425, 429})
Wait = Callable[[float], bool]  # waits for so many seconds; true where there is no time left for another try


class AlertError(LogsleuthError):
    """An alert that could not be delivered."""


class Action(Protocol):
    """Somebody who is told."""

    @property
    def name(self) -> str:
        """What it is called in a message."""
        ...

    def send(self, event: Document, wait: Wait) -> None:
        """Deliver `event`; raises AlertError where that is not possible."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """Runs a program, without a shell: what a log says is data on its standard input and nothing else."""

    arguments: tuple[str, ...]
    limit_s: float = COMMAND_S

    @property
    def name(self) -> str:
        """The program."""
        return self.arguments[0]

    def send(self, event: Document, wait: Wait) -> None:
        """Run it once; a status other than 0 is a failure."""
        del wait  # a command is not tried again: it may have done half of its work
        data = orjson.dumps(dict(event)) + b"\n"
        try:
            done = subprocess.run(
                self.arguments, input=data, stdout=subprocess.DEVNULL, timeout=self.limit_s, check=False
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise AlertError(f"{self.name}: {error}") from None
        if done.returncode:
            raise AlertError(f"{self.name}: exit status {done.returncode}")


def read_command(text: str) -> Command:
    """The command of an option, split as a shell would; raises UsageError where there is no such program."""
    try:
        arguments = tuple(shlex.split(text))
    except ValueError as error:
        raise UsageError(f"--exec {text!r}: {error}") from None
    if not arguments or shutil.which(arguments[0]) is None:
        raise UsageError(f"--exec {text!r}: no such program")
    return Command(arguments=arguments)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Posts alerts to one address; with `secret`, signed, so that the receiver knows the sender and the time."""

    url: SplitResult
    clock: Callable[[], float]  # seconds since 1970
    bodies: Bodies = field(default_factory=lambda: Bodies(Form.JSON))
    secret: bytes = b""

    @property
    def name(self) -> str:
        """The address without what may be secret in it."""
        return f"{self.url.scheme}://{self.url.netloc}"

    def send(self, event: Document, wait: Wait) -> None:
        """Post it; what may pass is tried again, each time after a longer pause."""
        body = orjson.dumps(redacted(self.bodies.body(event)))
        pause_s, said = FIRST_PAUSE_S, ""
        for attempt in range(ATTEMPTS):
            status, asked_s, said = self._post(body, str(event.get("event", "")))
            if 200 <= status < 300:
                return
            if status and status < 500 and status not in TRY_AGAIN:
                break
            if attempt + 1 < ATTEMPTS and wait(min(max(pause_s, asked_s), LONGEST_PAUSE_S)):
                break
            pause_s *= 2
        raise AlertError(f"{self.name}: {said}")

    def _post(self, body: bytes, event_id: str) -> tuple[int, float, str]:
        """The status of the answer (0: there was none), the seconds to wait that it asks for, and what to say."""
        connection = self._connection()
        try:
            target = self.url.path or "/"
            connection.request(
                "POST", f"{target}?{self.url.query}" if self.url.query else target, body, self._headers(body, event_id)
            )
            answer = connection.getresponse()
            answer.read(1024)
        except (OSError, http.client.HTTPException) as error:
            return 0, 0.0, str(error) or type(error).__name__
        finally:
            connection.close()
        asked = answer.getheader("Retry-After") or ""
        return answer.status, float(asked) if asked.isdecimal() else 0.0, f"answered {answer.status} {answer.reason}"

    def _connection(self) -> http.client.HTTPConnection:
        host = self.url.hostname or ""
        if self.url.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, self.url.port, timeout=ANSWER_S, context=context)
        return http.client.HTTPConnection(host, self.url.port, timeout=ANSWER_S)

    def _headers(self, body: bytes, event_id: str) -> dict[str, str]:
        time = str(int(self.clock()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"logsleuth/{__version__}",
            "Idempotency-Key": event_id,
            "X-Logsleuth-Timestamp": time,
        }
        if self.secret:
            headers["X-Logsleuth-Signature"] = f"sha256={signature(self.secret, time, body)}"
        return headers


def signature(secret: bytes, time: str, body: bytes) -> str:
    """The HMAC-SHA-256 of `time.body` in hexadecimal digits."""
    return hmac.new(secret, time.encode() + b"." + body, hashlib.sha256).hexdigest()


def read_url(text: str) -> SplitResult:
    """The address of an option; raises UsageError for anything but http and https."""
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError as error:
        raise UsageError(f"--webhook: {error}") from None
    if url.scheme not in ("http", "https") or not url.hostname or port == 0:
        raise UsageError(f"--webhook: '{url.scheme}' is no address to post to: it must begin with http:// or https://")
    if url.username is not None:
        raise UsageError("--webhook: no names and passwords in the address: use --webhook-secret")
    return url
