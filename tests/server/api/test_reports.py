"""Analyses over HTTP: of kept lines, and of what is uploaded."""

from __future__ import annotations

import gzip
import http.client
from collections.abc import Iterator

import pytest
import zstandard

from logsleuth.limits import DEFAULT_ANALYSIS_LIMITS
from tests.server.filled import FIXTURES
from tests.server.site import Site

LOG = (FIXTURES / "oom-four-ranks" / "input.log").read_bytes()
FIRST = "cuda.oom.device.weights"


def test_kept_lines_and_an_upload_are_analysed_alike(site: Site) -> None:
    """The same findings at the same lines."""
    kept = site.client.get("/v1/report", params={"source": "node1/vllm.log"}).json()
    sent = site.client.post("/v1/analyze", params={"name": "node1/vllm.log"}, content=LOG).json()
    places = [
        [(item["id"], line["line"]) for item in one["diagnoses"] for line in item["evidence"]] for one in (kept, sent)
    ]

    assert kept["schema"] == "logsleuth.report/1"
    assert kept["diagnoses"][0]["id"] == FIRST
    assert places[0] == places[1]


def test_a_report_keeps_the_numbers_of_lines(site: Site) -> None:
    """Also where it begins later."""
    rows = site.client.get("/v1/lines", params={"source": "node1/vllm.log", "line": 40, "context": 0}).json()["items"]
    asked = {"source": "node1/vllm.log", "since": rows[0]["time"]}
    found = site.client.get("/v1/report", params=asked).json()

    assert found["stats"]["lines"] < len(LOG.splitlines())
    assert found["diagnoses"][0]["evidence"][0]["line"] >= 40


@pytest.mark.parametrize(
    ("fields", "headers", "media", "begins"),
    [
        ({}, {}, "application/json", "{"),
        ({"format": "markdown"}, {}, "text/markdown", "# "),
        ({}, {"accept": "text/markdown"}, "text/markdown", "# "),
        ({"format": "text"}, {}, "text/plain", "✗ "),
        ({"format": "text", "lang": "zh"}, {}, "text/plain", "✗ 发生故障"),
    ],
)
def test_the_form_is_chosen(
    site: Site, fields: dict[str, str], headers: dict[str, str], media: str, begins: str
) -> None:
    """By the field, or by what the client takes."""
    answer = site.client.get("/v1/report", params={"source": "node1", **fields}, headers=headers)

    assert answer.headers["content-type"].startswith(media)
    assert answer.text.startswith(begins)


@pytest.mark.parametrize("body", [LOG, gzip.compress(LOG), zstandard.compress(LOG)], ids=["plain", "gzip", "zstd"])
@pytest.mark.parametrize("as_form", [True, False])
def test_uploads_are_analysed_and_not_kept(site: Site, body: bytes, as_form: bool) -> None:  # noqa: FBT001
    """Whatever they are packed in."""
    answer = (
        site.client.post("/v1/analyze", files={"file": ("a.log", body)})
        if as_form
        else site.client.post("/v1/analyze", content=body, headers={"content-encoding": "gzip"})
    )

    assert answer.json()["diagnoses"][0]["id"] == FIRST
    assert list((site.folder / "uploads").iterdir()) == []


def test_a_body_without_a_length_is_taken(site: Site) -> None:
    """Chunk by chunk."""

    def chunks() -> Iterator[bytes]:
        for at in range(0, len(LOG), 1000):
            yield LOG[at : at + 1000]

    assert site.client.post("/v1/analyze", content=chunks()).json()["diagnoses"][0]["id"] == FIRST


def test_several_files_are_told_apart(site: Site) -> None:
    """Also where they have the same name, and whatever their names mean elsewhere."""
    files = [("file", (name, LOG)) for name in ("../../etc/passwd", "a.log", "a.log")]
    found = site.client.post("/v1/analyze", files=files).json()
    names = {place["source"] for item in found["diagnoses"] for place in item["where"]}

    assert found["stats"]["sources"] == 3
    assert names == {"passwd", "a.log", "a.log#3"}


@pytest.mark.parametrize(
    ("headers", "body", "status", "says"),
    [
        ({}, b"", 400, "holds no file"),
        ({"content-encoding": "br"}, b"x", 415, "'br' is not taken"),
        ({"content-type": "multipart/form-data"}, b"x", 400, "boundary"),
        ({"content-type": "multipart/form-data; boundary=b"}, b"nonsense", 400, "form cannot be read"),
        ({}, b"\x7fELF" + bytes(range(256)) * 20, 422, "ELF object"),
    ],
)
def test_what_cannot_be_analysed_is_refused(
    site: Site, headers: dict[str, str], body: bytes, status: int, says: str
) -> None:
    """In one line."""
    answer = site.client.post("/v1/analyze", content=body, headers=headers)

    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text


def test_there_is_no_report_on_nothing(site: Site) -> None:
    """But a word on what there is."""
    answer = site.client.get("/v1/report", params={"source": "none"})

    assert answer.status_code == 422
    assert "/v1/sources lists them" in answer.json()["detail"]


def test_what_is_said_to_be_too_large_is_not_read(site: Site) -> None:
    """The refusal comes before the body."""
    connection = http.client.HTTPConnection(site.url.removeprefix("http://"), timeout=10)
    connection.putrequest("POST", "/v1/analyze")
    connection.putheader("content-length", str(DEFAULT_ANALYSIS_LIMITS.upload_bytes + 1))
    connection.endheaders()
    answer = connection.getresponse()
    said = answer.read()
    connection.close()

    assert answer.status == 413
    assert b"more than" in said
