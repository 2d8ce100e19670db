"""What a protocol module has to offer, and what it works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from logsleuth.limits import Limits
from logsleuth.server.entry import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request without its body.

    `path` is what remains without `/s/{source}`; names of `headers` are lower case. `tenant` and `hint` are sanitised:
    `hint` names the source where the records do not (the `{source}` of the URL, a header, the peer's address); `prefix`
    is the `{source}` of the URL, under which the service files all of them.
    """

    method: str
    path: str
    tenant: str
    hint: str
    arrived_ns: int
    limits: Limits
    prefix: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A record that was not taken; `index` counts the records of the body from 0."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What a body holds: `records` in all, of which `rejected` were not taken; one record may make several entries.

    `key` is the protocol's own name of this delivery, where it has one that is the same when it is sent again;
    `names` are those of its entries, where each of them has one: they are then known in whichever body they come.
    `note` is what the answer needs to know beside that.
    """

    entries: tuple[Entry, ...]
    records: int
    rejected: tuple[Rejection, ...] = ()
    key: bytes | None = None
    names: tuple[str, ...] = ()
    note: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer; `media` is its content type."""

    status: int
    body: bytes = b""
    media: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


class Why(Enum):
    """Why a request is refused, with the status that says so to most clients."""

    MALFORMED = 400
    UNAUTHENTICATED = 401
    FORBIDDEN = 403
    TOO_LARGE = 413
    UNSUPPORTED = 415
    BUSY = 503  # overload, full disk, shutting down: the only status that every client answers by sending again


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why nothing of a request was taken, in one line for whoever runs the client; `retry_after_s` only for BUSY."""

    why: Why
    reason: str
    retry_after_s: int | None = None


class RefusedError(Exception):
    """Raised by decoders; the service turns it into the protocol's own refusal."""

    def __init__(self, why: Why, reason: str) -> None:
        super().__init__(reason)
        self.refusal = Refusal(why=why, reason=reason)


class Feeder(Protocol):
    """Reads a body that may never end, as its bytes come."""

    def feed(self, data: bytes) -> Decoded:
        """What these bytes complete; raises RefusedError where the rest cannot be read."""
        ...

    def finish(self) -> Decoded:
        """What the end of the body completes."""
        ...


class Wire(Protocol):
    """One protocol. The body is decompressed, and within the limits; a decoder is total: entries or RefusedError."""

    @property
    def name(self) -> str:
        """What the protocol is called in counters and documents."""
        ...

    def decode(self, body: bytes, request: Request) -> Decoded:
        """What the body holds; raises RefusedError where nothing of it can be used."""
        ...

    def feeder(self, request: Request) -> Feeder | None:
        """A reader of endless bodies, or None where this request is read as a whole."""
        ...

    def accepted(self, decoded: Decoded, request: Request) -> Reply:
        """The answer to a body that is safe on disk."""
        ...

    def refused(self, refusal: Refusal, request: Request) -> Reply:
        """The answer to a body of which nothing was taken; the service adds when to come again."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which requests a protocol takes; `{name}` in `path` stands for one segment, `{name*}` at the end for the rest."""

    methods: tuple[str, ...]
    path: str
    wire: Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """A request without records that clients send beforehand, with its fixed answer."""

    methods: tuple[str, ...]
    path: str
    reply: Reply
