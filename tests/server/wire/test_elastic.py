"""Bulk requests: what their documents are known by, and refusals that make clients send again."""

from __future__ import annotations

import json

import pytest

from logsleuth.limits import DEFAULT_LIMITS, ServerLimits
from logsleuth.server.intake import Delivery, read_body
from logsleuth.server.wire.elastic import WIRE
from logsleuth.server.wire.protocol import Refusal, Request, Why

REQUEST = Request(method="POST", path="/_bulk", tenant="t", hint="h", arrived_ns=1, limits=DEFAULT_LIMITS)


def bulk(*documents: tuple[str | None, str]) -> Delivery:
    """Documents by their names."""
    rows: list[object] = []
    for name, text in documents:
        rows += [{"create": {"_index": "i"} if name is None else {"_index": "i", "_id": name}}, {"message": text}]
    body = "\n".join(json.dumps(row) for row in rows).encode()
    return read_body(body, WIRE, REQUEST, bytes, ServerLimits())


def keys(delivery: Delivery) -> list[bytes]:
    """What the batches are known by."""
    return [key for key, _ in delivery.records]


def test_documents_with_names_are_known_in_every_body() -> None:
    """As rsyslog sends them again: one by one, and some of them twice in a body."""
    first = bulk(("a", "one"), ("b", "two"))
    again = bulk(("a", "one"), ("a", "one"), ("b", "two"))

    assert len(set(keys(first))) == 2
    assert keys(again) == [keys(first)[0], *keys(first)]
    assert keys(bulk(("b", "two"))) == keys(first)[1:]


def test_a_name_with_other_contents_is_another_one() -> None:
    """A document that is written again is a new line."""
    assert keys(bulk(("a", "one"))) != keys(bulk(("a", "two")))


@pytest.mark.parametrize("name", [None, ""])
def test_documents_without_names_are_known_by_their_body(name: str | None) -> None:
    """Even if only one has none."""
    assert len(keys(bulk((name, "one"), ("b", "two")))) == 1
    assert keys(bulk((name, "one"), ("b", "two"))) == keys(bulk((name, "one"), ("b", "two")))


@pytest.mark.parametrize(
    ("why", "media"),
    [
        (Why.BUSY, "text/plain"),
        (Why.UNAUTHENTICATED, "text/plain"),
        (Why.FORBIDDEN, "text/plain"),
        (Why.MALFORMED, "application/json"),
        (Why.TOO_LARGE, "application/json"),
    ],
)
def test_what_is_to_be_sent_again_is_refused_in_plain_text(why: Why, media: str) -> None:
    """What rsyslog can read as JSON makes it drop the batch."""
    reply = WIRE.refused(Refusal(why=why, reason="the reason"), REQUEST)

    assert (reply.status, reply.media) == (why.value, media)
    assert b"the reason" in reply.body


@pytest.mark.parametrize("log", [{"file": {"path": "/var/log/a.log"}}, {"offset": 7}, ""])
def test_an_object_beside_a_text_is_not_the_text(log: object) -> None:
    """Filebeat and Logstash speak of the file under `log`, and say the line under `message`."""
    body = b"%s\n%s\n" % (b'{"create":{}}', json.dumps({"log": log, "message": "the line"}).encode())

    assert [entry.text for entry in WIRE.decode(body, REQUEST).entries] == [b"the line"]
