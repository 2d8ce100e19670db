"""Incidents over HTTP, as a real server answers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.site import Site, served


@pytest.fixture
def own(kept: Path, cache: str, tmp_path: Path) -> Iterator[Site]:
    """A site of which a test may change everything."""
    folder = tmp_path / "own"
    shutil.copytree(kept, folder)
    with served(folder, cache=Path(cache)) as running:
        yield running


def test_the_list_holds_what_was_found(site: Site) -> None:
    """Newest first, with places and times."""
    found = site.incidents(tenant="default")

    assert "cuda.oom.device.weights" in {item["class"] for item in found}
    assert [item["opened_at"] for item in found] == sorted((item["opened_at"] for item in found), reverse=True)
    assert all(item["opened_at"].endswith("Z") for item in found)
    assert all(item["sources"] for item in found)


@pytest.mark.parametrize(
    ("fields", "is_found"),
    [
        ({"class": "cuda.oom"}, True),
        ({"class": "cuda.oo"}, False),
        ({"source": "node1"}, True),
        ({"source": "node1/vllm.log"}, True),
        ({"source": "nod"}, False),
        ({"severity": "critical"}, True),
        ({"severity": "info"}, False),
        ({"tenant": "nobody"}, False),
        ({"acknowledged": "false", "tenant": "default"}, True),
        ({"node": "nowhere"}, False),
        ({"until": "2001-01-01"}, False),
    ],
)
def test_filters_choose(site: Site, fields: dict[str, str], is_found: bool) -> None:  # noqa: FBT001
    """Each of them."""
    found = site.incidents(**fields)

    assert any(item["class"] == "cuda.oom.device.weights" for item in found) == is_found


def test_pages_of_a_list_join(site: Site) -> None:
    """Without a gap, and without one twice."""
    whole = [item["id"] for item in site.incidents()]
    parts, cursor = [], ""
    while True:
        page = site.client.get("/v1/incidents", params={"limit": 1, "cursor": cursor}).json()
        parts += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert parts == whole


@pytest.mark.parametrize("language", ["en", "zh"])
def test_one_incident_has_its_diagnosis(site: Site, language: str) -> None:
    """In the language that is asked for."""
    incident = site.incidents(**{"class": "cuda.oom"}, tenant="default")[0]["id"]
    found = site.client.get(f"/v1/incidents/{incident}", params={"lang": language}).json()

    assert found["diagnosis"]["id"] == "cuda.oom.device.weights"
    assert found["diagnosis"]["title"].isascii() == (language == "en")
    assert found["history"][0]["type"] == "opened"


def test_people_decide(own: Site) -> None:
    """Each decision once, and a note."""
    incident = own.incidents(tenant="default")[0]["id"]
    path = f"/v1/incidents/{incident}"
    changed = [
        own.client.post(f"{path}/{name}").json()["changed"]
        for name in ("acknowledge", "acknowledge", "resolve", "resolve", "reopen")
    ]
    noted = own.client.post(f"{path}/notes", json={"text": "we look at it"})
    found = own.client.get(path).json()

    assert changed[:2] == [True, False]
    assert changed[-1] is True
    assert noted.status_code == 201
    assert found["status"] == "open"
    assert found["acknowledged_by"] == "local"
    assert found["notes"][-1]["text"] == "we look at it"


@pytest.mark.parametrize(
    ("method", "path", "status", "says"),
    [
        ("GET", "/v1/incidents/none", 404, "/v1/incidents lists them"),
        ("POST", "/v1/incidents/none/resolve", 404, "there is no incident 'none'"),
        ("GET", "/v1/incidents?status=odd", 400, "'status' cannot be used"),
        ("GET", "/v1/incidents?cursor=odd", 400, "cursor"),
        ("GET", "/v1/incidents?since=odd", 400, "say 15m, 1h"),
        ("GET", "/v1/incidents?since=1h&until=2h", 400, "not before"),
        ("GET", "/v1/incidents?limit=0", 400, "'limit'"),
        ("GET", "/v1/rates?since=52w", 400, "move 'since' closer"),
        ("GET", "/v1/sources?cursor=odd", 400, "cursor"),
        ("GET", "/v1/lines?source=none&line=1", 404, "/v1/sources lists them"),
        ("GET", "/v1/templates/zz/rates", 404, "/v1/templates lists them"),
        ("GET", "/v1/search", 400, "'q'"),
        ("GET", "/v1/search?q=(&pattern=true", 400, "cannot be searched for"),
        ("GET", "/v1/signatures/none", 404, "/v1/signatures lists them"),
        ("GET", "/v1/nothing", 404, "/openapi.json"),
        ("DELETE", "/v1/incidents", 405, "other methods"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(site: Site, method: str, path: str, status: int, says: str) -> None:
    """As problem+json, with what to do."""
    answer = site.client.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]
    assert answer.text.count("\n") == 1


@pytest.mark.parametrize("text", ["", "   "])
def test_an_empty_note_is_none(site: Site, text: str) -> None:
    """And is refused."""
    incident = site.incidents()[0]["id"]

    assert site.client.post(f"/v1/incidents/{incident}/notes", json={"text": text}).status_code == 400
