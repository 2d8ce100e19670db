"""Every protocol over real requests: what its clients look at in an answer; and no value that any of them chokes on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from logsleuth.limits import DEFAULT_LIMITS, ServerLimits
from logsleuth.live.redaction import redacted_bytes
from logsleuth.server.app import router
from logsleuth.server.intake import read_body
from logsleuth.server.security import Guard
from logsleuth.server.serving import Fittings
from logsleuth.server.tokens import Right, Token, digest
from logsleuth.server.wire.protocol import RefusedError, Request, Route
from logsleuth.server.wire.table import ROUTES
from tests.server.lines import service

Row = tuple[str, str, Mapping[str, str], bytes, int, Mapping[str, str | None], bytes]

JSON = {"content-type": "application/json"}
VND = "application/vnd.elasticsearch+%s; compatible-with=9"
PRODUCT = {"x-elastic-product": "Elasticsearch"}
PUSH = b'{"streams":[{"stream":{"job":"t"},"values":[["1795154400000000000","hello",{"pod":"p"}]]}]}'
OTLP = b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1","body":{"stringValue":"x"},"new":1}%s]}]}]}'
BULK = b'{"create":{}}\n{"message":"a"}\n{"index":{"_type":"d"}}\nno\n{"delete":{"_id":"1"}}\n{"update":{}}\n{"doc":{"a":1}}\n'
HELLO = b'{"requestId":"r-1","timestamp":1578090901599,"records":[{"data":"aGVsbG8="}]}'

# (method, path, headers and body that are sent; status, headers and beginning of the body that are wanted)
CONTRACT: tuple[Row, ...] = (
    ("HEAD", "/ingest", {}, b"", 200, {}, b""),
    ("GET", "/ingest", {}, b"", 200, {}, b"{}"),
    ("POST", "/ingest", {}, b'{"message":"a"}{"message":"b"}', 200, JSON, b"{}"),
    ("POST", "/s/a/anything", {}, b"[]", 200, JSON, b"{}"),
    ("POST", "/loki/api/v1/push", JSON, PUSH, 204, {"content-length": None, "content-type": None}, b""),
    ("POST", "/api/prom/push", JSON, b'{"streams":[]}', 204, {"content-length": None}, b""),
    ("POST", "/v1/logs", {"content-type": "application/json; charset=utf-8"}, OTLP % b"", 200, JSON, b"{}"),
    ("POST", "/v1/logs", {"content-type": "application/x-protobuf"}, b"", 200, {"content-length": "0"}, b""),
    (
        "POST",
        "/v1/logs",
        JSON,
        OTLP % b",5",
        200,
        JSON,
        b'{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"',
    ),
    ("POST", "/v1/logs", JSON, b"{", 400, JSON, b'{"code":3,"message":"'),
    ("POST", "/v1/logs", {"content-type": "application/x-protobuf"}, b"\xff\xff", 400, {}, b"\x08\x03\x12"),
    ("POST", "/v1/traces", JSON, b"{}", 200, JSON, b"{}"),
    ("POST", "/v1/metrics", {"content-type": "application/x-protobuf"}, b"", 200, {"content-length": "0"}, b""),
    ("HEAD", "/", {}, b"", 200, PRODUCT, b""),
    ("GET", "/", {}, b"", 200, PRODUCT, b'{"name":"logsleuth","cluster_name":"logsleuth","version":{"number":"8.19.0"'),
    ("GET", "/_license", {}, b"", 200, PRODUCT, b'{"license":{'),
    ("GET", "/_cat/health", {}, b"", 200, PRODUCT, b""),
    ("PUT", "/_ilm/policy/x", {}, b"{}", 200, PRODUCT, b"{}"),
    ("POST", "/i/_bulk", {}, BULK[:30], 200, PRODUCT, b'{"took":1,"errors":false,"items":[{"create":{"status":201}}]}'),
    (
        "PUT",
        "/_bulk",
        {"content-type": VND % "x-ndjson"},
        BULK,
        200,
        {**PRODUCT, "content-type": VND % "json"},
        b'{"took":1,"errors":true,"items":[{"create":{"status":201}},{"index":{"status":400,"error":{"type":"',
    ),
    ("POST", "/_bulk", {}, b"", 400, PRODUCT, b'{"error":{'),
    ("POST", "/_bulk", {"content-encoding": "br"}, b"x", 415, PRODUCT, b'{"error":{'),
    ("POST", "/services/collector", {}, b'{"event":"a"}{"event":"b"}', 200, JSON, b'{"text":"Success","code":0}'),
    (
        "POST",
        "/services/collector/event/1.0",
        {"x-splunk-request-channel": "c"},
        b'{"event":"a"}',
        200,
        JSON,
        b'{"text":"Success","code":0,"ackId":',
    ),
    ("POST", "/services/collector", {}, b"", 400, JSON, b'{"text":"No data","code":5}'),
    ("POST", "/services/collector", {}, b"{", 400, JSON, b'{"text":"Invalid data format","code":6}'),
    ("POST", "/services/collector/raw", {}, b"a\nb", 200, JSON, b'{"text":"Success","code":0}'),
    ("POST", "/services/collector/ack", {}, b'{"acks":[1,2]}', 200, JSON, b'{"acks":{"1":true,"2":true}}'),
    ("GET", "/services/collector/health", {}, b"", 200, JSON, b'{"text":"HEC is healthy","code":17}'),
    ("POST", "/api/v2/logs", JSON, b'[{"message":"a"},{"message":{"a":1}}]', 202, JSON, b"{}"),
    ("POST", "/api/v2/logs", JSON, b"{}", 202, JSON, b"{}"),
    ("POST", "/v1/input/key", {}, b"", 202, JSON, b"{}"),
    ("GET", "/api/v1/validate", {}, b"", 200, JSON, b'{"valid":true}'),
    ("POST", "/upload", {}, b"__CURSOR=c\nMESSAGE=x\n\n", 202, {"accept-encoding": "zstd"}, b"OK.\n"),
    ("POST", "/upload", {}, b"MESSAGE=x\n\nMESSAGE=x\n\n", 202, {}, b"OK.\n"),
    ("POST", "/aws/firehose", {}, HELLO, 200, JSON, b'{"requestId":"r-1","timestamp":'),
    (
        "POST",
        "/aws/firehose",
        {"x-amz-firehose-request-id": "r-2"},
        b"x",
        400,
        JSON,
        b'{"requestId":"r-2","timestamp":',
    ),
)

TOKEN = Token(name="t", digest=digest("t" * 30), rights=(Right.INGEST,), created="2026-01-01")
GREETINGS = {
    ("HEAD", "/"), ("GET", "/"), ("HEAD", "/ingest"), ("GET", "/ingest"), ("GET", "/_license"), ("GET", "/_cat/health"),
    ("PUT", "/_ilm/policy/x"), ("GET", "/services/collector/health"),
}  # fmt: skip
ODD = (
    b"1e400", b"NaN", b"-Infinity", b"1" + b"0" * 5000, b"-" + b"9" * 400, b'"' + b"9" * 5000 + b'"', b"null", b"[]",
    b'{"a":[{}]}', b"true", b'""', b'"\\ud800"', b'"\\u0000"', b'"\xff"', b"18446744073709551616", b'"\\u0663"',
    b'"9999-12-31T23:59:59-12:00"', b'"0001-01-01T00:00:00+14:00"', b'"2026-11-20T06:00:00+99:99"', b"[" * 900 + b"]" * 900,
)  # fmt: skip
FIELDS = (
    b"timestamp", b"time", b"@timestamp", b"message", b"level", b"host", b"filename", b"kubernetes", b"pid", b"exc_info",
    b"record", b"ddtags", b"event", b"fields", b"labels", b"requestId", b"data",
)  # fmt: skip


def test_every_answer_is_as_clients_expect_it(tmp_path: Path) -> None:
    """Status, headers and the beginning of the body, to the letter."""
    found: list[tuple[str, str, object]] = []

    async def body() -> None:
        async with service(tmp_path, fittings=Fittings(router=router, work=None)) as served:
            for row in CONTRACT:
                method, path, headers, content, status, wanted, beginning = row
                answer = await served.client.request(method, path, headers=headers, content=content)
                found.extend(
                    (method, path, difference) for difference in differences(answer, status, wanted, beginning)
                )

    asyncio.run(body())

    assert found == []


def test_who_has_no_token_gets_greetings_only(tmp_path: Path) -> None:
    """Every request with records, and every question about a key, needs one; each protocol says so in its own way."""
    guard = Guard(lambda: (TOKEN,), is_open=False, hosts=None)
    found: dict[tuple[str, str], set[int]] = {}

    async def body() -> None:
        async with service(tmp_path, fittings=Fittings(router=router, work=None, guard=guard)) as served:
            for method, path, headers, content, *_ in CONTRACT:
                for sent in (headers, {**headers, "authorization": "Splunk wrong"}):
                    answer = await served.client.request(method, path, headers=sent, content=content)
                    found.setdefault((method, path), set()).add(answer.status_code)

    asyncio.run(body())

    refused = {place: statuses for place, statuses in found.items() if statuses != {200}}
    assert set(found) - set(refused) == GREETINGS
    assert refused.pop(("GET", "/api/v1/validate")) == {403}
    assert all(
        statuses == ({401, 403} if path.startswith("/services/") else {401}) for (_, path), statuses in refused.items()
    )


def differences(
    answer: httpx.Response, status: int, headers: Mapping[str, str | None], beginning: bytes
) -> Iterator[object]:
    """What is not as wanted; a header of None must not be there."""
    if answer.status_code != status:
        yield answer.status_code
    yield from ((name, answer.headers.get(name)) for name in headers if answer.headers.get(name) != headers[name])
    if not answer.content.startswith(beginning) or (not beginning and "content-length" in headers and answer.content):
        yield answer.content[:200]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_no_value_of_any_field_is_a_bug(route: Route) -> None:
    """Taken or refused, in order; a time that none is costs nobody a batch."""
    for body in bodies():
        request = Request(
            method="POST", path=route.path, tenant="t", hint="h", arrived_ns=1_795_154_400_000_000_000, limits=DEFAULT_LIMITS
        )  # fmt: skip
        with suppress(RefusedError):
            route.wire.accepted(read_body(body, route.wire, request, redacted_bytes, ServerLimits()).decoded, request)


def bodies() -> Iterator[bytes]:
    """Odd values in every field, in the frames of all protocols."""
    for odd in ODD:
        for field in FIELDS:
            record = b'{"message":"m","%s":%s}' % (field, odd)
            yield record
            yield b'{"create":{}}\n%s\n' % record
        yield b'{"event":{"level":%s},"time":%s,"host":%s,"fields":{"pod":%s}}' % ((odd,) * 4)
        yield b'{"streams":[{"stream":{"a":%s},"values":[[%s,"l",{"x":%s}],%s]}]}' % ((odd,) * 4)
        yield b'{"streams":[{"labels":%s,"entries":[{"ts":%s,"line":%s}]}]}' % ((odd,) * 3)
        yield (
            b'{"resourceLogs":[{"resource":{"attributes":[{"key":%s,"value":{"stringValue":%s}}]},"scopeLogs":['
            b'{"logRecords":[{"timeUnixNano":%s,"severityNumber":%s,"severityText":%s,"body":{"intValue":%s}}]}]}]}'
        ) % ((odd,) * 6)
        yield b'{"requestId":%s,"records":[{"data":%s}]}' % (odd, odd)
        yield b"__CURSOR=%s\n__REALTIME_TIMESTAMP=%s\n_PID=%s\nPRIORITY=%s\nMESSAGE=%s\n\n" % ((odd.strip(b'"'),) * 5)
