"""Says who may do what: tokens in all the forms in which shippers send them, and no requests of foreign pages.

Forms (each from the documentation of its protocol): `Authorization: Bearer T`, `Basic base64(any:T)`, `Splunk T`,
`ApiKey T` or `ApiKey base64(id:T)`, `DD-API-KEY: T`, `X-Amz-Firehose-Access-Key: T`, and `?token=T` of Splunk's HEC.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from logsleuth.server.tokens import Right, Token, find
from logsleuth.server.wire.protocol import Refusal, Why

LOCAL_NAMES: Final = frozenset({"localhost", "localhost.localdomain", "ip6-localhost"})
TOKEN_HEADERS: Final = ("dd-api-key", "x-amz-firehose-access-key", "x-api-key")
SCHEMES: Final = frozenset({"bearer", "splunk", "apikey", "token"})
CREDENTIAL_CHARS: Final = 4096
WITHIN: Final = {Right.MANAGE: frozenset({Right.MANAGE, Right.READ})}  # what a right includes, beside itself
ASK: Final = "a token is needed: 'logsleuth token new' makes one"
FOREIGN: Final = "the request comes from a page of another site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Who asks; `name` is that of the token, or of whoever needs none."""

    name: str
    rights: frozenset[Right]


LOCAL: Final = Grant(name="local", rights=frozenset(Right))


class Guard:
    """Decides by tokens, or, while there was none yet, lets everybody in who can reach the service.

    `tokens` is asked each time, so that what was revoked is refused at once, and the first one is needed at once.
    `hosts` are the names under which the service may be addressed where no token is asked for; None allows any. Without
    this, a page on the internet whose name is made to mean 127.0.0.1 could read everything.
    """

    def __init__(self, tokens: Callable[[], tuple[Token, ...]], *, is_open: bool, hosts: frozenset[str] | None) -> None:
        self._tokens = tokens
        self.is_open = is_open
        self._hosts = hosts

    def check(self, headers: Mapping[str, str], query: Mapping[str, str], scope: str) -> Grant | Refusal:
        """A grant for what `scope` names, or why there is none; names of `headers` are lower case."""
        right = Right(scope)
        if right is not Right.READ and is_foreign(headers):
            return Refusal(why=Why.FORBIDDEN, reason=FOREIGN)
        if self.is_open and not self._tokens():
            return self._local(headers)
        self.is_open = False  # for good: whoever revokes the last token, or damages the file, lets nobody in
        offered = tuple(credentials(headers, query))
        known = next((token for text in offered if (token := find(self._tokens(), text)) is not None), None)
        if known is None:
            reason = "the token is not known" if offered else ASK
            return Refusal(why=Why.UNAUTHENTICATED, reason=reason)
        rights = frozenset(known.rights).union(*(WITHIN.get(each, ()) for each in known.rights))
        if right not in rights:
            return Refusal(why=Why.FORBIDDEN, reason=f"the token '{known.name}' has no right to {right.value}")
        return Grant(name=known.name, rights=rights)

    def _local(self, headers: Mapping[str, str]) -> Grant | Refusal:
        host = host_of(headers.get("host", ""))
        if self._hosts is None or not host or host in self._hosts or _is_local(host):
            return LOCAL
        reason = f"'{host[:100]}' is no name of this service: allow it with --allow-host, or ask for tokens"
        return Refusal(why=Why.FORBIDDEN, reason=reason)


def credentials(headers: Mapping[str, str], query: Mapping[str, str]) -> Iterator[str]:
    """Everything in a request that may be a token."""
    scheme, _, rest = headers.get("authorization", "")[:CREDENTIAL_CHARS].strip().partition(" ")
    rest = rest.strip()
    if scheme.lower() in SCHEMES and rest:
        yield rest
    if scheme.lower() in {"basic", "apikey"}:
        user, _, password = _decoded(rest).partition(":")
        yield from (text for text in (password, user) if text)
    yield from (headers[name][:CREDENTIAL_CHARS] for name in TOKEN_HEADERS if headers.get(name))
    if query.get("token"):
        yield query["token"][:CREDENTIAL_CHARS]


def is_foreign(headers: Mapping[str, str]) -> bool:
    """Whether a browser says that another site's page made this request; programs say nothing."""
    if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        return True
    origin = headers.get("origin")
    return origin is not None and (origin == "null" or urlsplit_host(origin) != headers.get("host", "").lower())


def urlsplit_host(origin: str) -> str:
    """Host and port of an origin, or an empty text for one that is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def host_of(text: str) -> str:
    """The host of a Host header without its port, in lower case."""
    text = text.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.rpartition(":")[0] if text.count(":") == 1 else text


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    if host in LOCAL_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_local(host: str) -> bool:
    """A name of this machine, or an address: what has no name cannot be made to mean something else."""
    if host in LOCAL_NAMES:
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
