"""Who gets in: every form of a token against every right, and no page of another site."""

from __future__ import annotations

import base64

import pytest

from logsleuth.server.security import LOCAL, Grant, Guard, credentials, host_of, is_foreign, is_loopback
from logsleuth.server.tokens import Right, Token, digest
from logsleuth.server.wire.protocol import Refusal, Why

SHIP, LOOK, BOSS = "ship-" + "s" * 30, "look-" + "l" * 30, "boss-" + "b" * 30
TOKENS = tuple(
    Token(name=name, digest=digest(text), rights=(right,), created="2026-01-01")
    for name, text, right in (
        ("ship", SHIP, Right.INGEST),
        ("look", LOOK, Right.READ),
        ("boss", BOSS, Right.MANAGE),
    )
)
CLOSED = Guard(lambda: TOKENS, is_open=False, hosts=None)
OPEN = Guard(tuple, is_open=True, hosts=frozenset({"logs.lan"}))


def b64(text: str) -> str:
    """Base64 as headers have it."""
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"authorization": f"Bearer {SHIP}"}, {}),
        ({"authorization": f"bearer   {SHIP} "}, {}),
        ({"authorization": f"Splunk {SHIP}"}, {}),
        ({"authorization": f"ApiKey {SHIP}"}, {}),
        ({"authorization": f"ApiKey {b64('id:' + SHIP)}"}, {}),
        ({"authorization": f"Basic {b64('elastic:' + SHIP)}"}, {}),
        ({"authorization": f"Basic {b64(SHIP + ':')}"}, {}),
        ({"dd-api-key": SHIP}, {}),
        ({"x-amz-firehose-access-key": SHIP}, {}),
        ({}, {"token": SHIP}),
    ],
)
def test_every_form_of_a_token(headers: dict[str, str], query: dict[str, str]) -> None:
    """The same token in all forms ships, and does no more."""
    assert CLOSED.check(headers, query, "ingest") == Grant(name="ship", rights=frozenset({Right.INGEST}))
    for scope in ("read", "manage"):
        refusal = CLOSED.check(headers, query, scope)
        assert isinstance(refusal, Refusal)
        assert refusal.why is Why.FORBIDDEN


@pytest.mark.parametrize(
    ("text", "allowed"),
    [(SHIP, {"ingest"}), (LOOK, {"read"}), (BOSS, {"read", "manage"}), ("x" * 32, set()), ("", set())],
)
def test_every_token_against_every_right(text: str, allowed: set[str]) -> None:
    """A token opens what it is for; who manages may read."""
    headers = {"authorization": f"Bearer {text}"} if text else {}
    granted = {scope for scope in Right if isinstance(CLOSED.check(headers, {}, scope), Grant)}

    assert granted == allowed


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Bearer",
        "Basic",
        "Basic !!!",
        "Basic 4pyT",
        "Basic " + "A" * 100_000,
        "Digest x=1",
        "\udcff",
        "Bearer \udcff",
    ],
)
def test_odd_headers_let_nobody_in(value: str) -> None:
    """Whatever the header holds, it is a refusal and no crash."""
    refusal = CLOSED.check({"authorization": value}, {}, "read")

    assert isinstance(refusal, Refusal)
    assert refusal.why is Why.UNAUTHENTICATED


def test_nothing_offered_is_asked_for() -> None:
    """The reason says how to get a token, and never repeats one."""
    refusal = CLOSED.check({}, {}, "read")
    wrong = CLOSED.check({"authorization": "Bearer secret-of-somebody"}, {}, "read")

    assert isinstance(refusal, Refusal)
    assert isinstance(wrong, Refusal)
    assert "logsleuth token new" in refusal.reason
    assert "secret" not in wrong.reason


@pytest.mark.parametrize(
    ("host", "is_in"),
    [
        ("localhost:8514", True),
        ("127.0.0.1:8514", True),
        ("[::1]:8514", True),
        ("logs.lan", True),
        ("", True),
        ("10.0.0.7:80", True),
        ("evil.example:8514", False),
        ("LOCALHOST", True),
    ],
)
def test_an_open_service_answers_to_its_own_names(host: str, is_in: object) -> None:
    """A name that somebody else points at this machine is refused."""
    assert (OPEN.check({"host": host}, {}, "read") == LOCAL) is is_in


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"sec-fetch-site": "same-origin", "origin": "http://localhost:1", "host": "localhost:1"}, False),
        ({"origin": "http://LOGS.lan:1", "host": "logs.lan:1"}, False),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-site"}, True),
        ({"origin": "null", "host": "h:1"}, True),
        ({"origin": "http://[", "host": "h:1"}, True),
        ({"origin": "http://evil.example", "host": "h:1"}, True),
    ],
)
def test_requests_of_other_pages(headers: dict[str, str], expected: object) -> None:
    """A browser tells where a request comes from."""
    assert is_foreign(headers) is expected
    for scope in (Right.INGEST, Right.MANAGE):
        assert isinstance(OPEN.check(headers, {}, scope), Refusal) is expected


@pytest.mark.parametrize(
    ("host", "name"), [("h:1", "h"), ("[::1]:8", "::1"), ("::1", "::1"), (" H ", "h"), ("", ""), ("[", "")]
)
def test_host_of(host: str, name: str) -> None:
    """The port goes, brackets go."""
    assert host_of(host) == name


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.1.2.3", False),
        ("logs", False),
    ],
)
def test_is_loopback(host: str, expected: object) -> None:
    """Only what nobody else can reach."""
    assert is_loopback(host) is expected


def test_credentials_are_bounded() -> None:
    """A header of a megabyte is not decoded whole."""
    assert all(len(text) <= 4096 for text in credentials({"authorization": "Basic " + "QUJD" * 300_000}, {}))


def test_the_first_token_is_needed_at_once() -> None:
    """And when it is revoked nobody gets in: what was closed does not open by itself."""
    tokens: list[Token] = []
    guard = Guard(lambda: tuple(tokens), is_open=True, hosts=None)
    found = [guard.check({}, {}, "read")]
    tokens.append(TOKENS[1])
    found += [guard.check({}, {}, "read"), guard.check({"authorization": f"Bearer {LOOK}"}, {}, "read")]
    tokens.clear()
    found.append(guard.check({}, {}, "read"))

    assert [type(each) for each in found] == [Grant, Refusal, Grant, Refusal]
