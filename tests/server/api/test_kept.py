"""Sources, lines, the search, templates and rates over HTTP."""

from __future__ import annotations

from tests.server.site import Site


def test_sources_are_listed(site: Site) -> None:
    """With the number of their lines."""
    found = {item["name"]: item for item in site.client.get("/v1/sources").json()["items"]}

    assert found["router"]["lines"] == 300
    assert found["node1/vllm.log"]["lines"] > 100


def test_sources_come_in_pages(site: Site) -> None:
    """That join."""
    whole = [item["id"] for item in site.client.get("/v1/sources").json()["items"]]
    first = site.client.get("/v1/sources", params={"limit": 2}).json()
    second = site.client.get("/v1/sources", params={"limit": 500, "cursor": first["next"]}).json()

    assert [item["id"] for item in first["items"] + second["items"]] == whole


def test_lines_stand_around_one(site: Site) -> None:
    """By their numbers."""
    found = site.client.get("/v1/lines", params={"source": "node1/vllm.log", "line": 53, "context": 2}).json()

    assert [item["line"] for item in found["items"]] == [51, 52, 53, 54, 55]
    assert "CUDA out of memory" in found["items"][2]["text"]


def test_the_search_goes_on_where_it_stopped(site: Site) -> None:
    """Without a hit twice."""
    asked = {"q": "CUDA out of memory", "tenant": "default", "limit": "1"}
    first = site.client.get("/v1/search", params=asked).json()
    second = site.client.get("/v1/search", params={**asked, "cursor": first["next"]}).json()

    assert len(first["items"]) == len(second["items"]) == 1
    assert first["items"][0]["line"] != second["items"][0]["line"]


def test_the_search_takes_expressions_and_places(site: Site) -> None:
    """And finds nothing elsewhere."""
    asked = {"q": "CUDA out.of", "pattern": "true"}
    inside = site.client.get("/v1/search", params={**asked, "source": "node1"}).json()["items"]
    outside = site.client.get("/v1/search", params={**asked, "source": "router"}).json()["items"]

    assert inside
    assert outside == []


def test_templates_and_their_rates(site: Site) -> None:
    """The most frequent first; what is new since a moment; one over time."""
    top = site.client.get("/v1/templates").json()["items"]
    new = site.client.get("/v1/templates", params={"new_since": "2h"}).json()["items"]
    none = site.client.get("/v1/templates", params={"new_since": "1s"}).json()["items"]
    series = site.client.get(f"/v1/templates/{top[0]['key']}/rates", params={"since": "2h"}).json()

    assert top[0]["count"] == 300
    assert len(new) == len(top)
    assert none == []
    assert sum(item["lines"] for item in series["items"]) == 300


def test_rates_have_levels(site: Site) -> None:
    """Among them errors."""
    found = site.client.get("/v1/rates", params={"since": "2h"}).json()["items"]

    assert {"ERROR", "INFO"} <= {item["level"] for item in found}


def test_signatures_are_told(site: Site) -> None:
    """All, some, and one."""
    some = site.client.get("/v1/signatures", params={"prefix": "cuda.oom"}).json()["items"]
    one = site.client.get("/v1/signatures/cuda.oom.device", params={"lang": "zh"}).json()

    assert {item["id"].split(".")[1] for item in some} == {"oom"}
    assert one["remedies"]
    assert not one["title"].isascii()
    assert "[[" not in one["summary"]


def test_the_description_is_complete(site: Site) -> None:
    """Every path of the API, and the fields of the forms."""
    found = site.client.get("/openapi.json").json()

    assert {"/v1/incidents", "/v1/report", "/v1/analyze", "/v1/events", "/metrics"} <= set(found["paths"])
    assert not [path for path in found["paths"] if path.startswith("/ui")]
    names = [field["name"] for field in found["paths"]["/v1/incidents"]["get"]["parameters"]]
    assert {"class", "since", "until", "source", "node", "status", "severity", "acknowledged", "tenant"} <= set(names)


def test_health_and_readiness(site: Site) -> None:
    """Whoever balances the load asks for the second."""
    before = site.client.get("/ready")
    site.problem = "shutting down"
    after = site.client.get("/ready")
    site.problem = None

    assert (before.status_code, before.text) == (200, "ready\n")
    assert (after.status_code, after.text) == (503, "shutting down\n")
    assert site.client.get("/health").status_code == 200
