"""Who may use which route: every route of the application, with every kind of token."""

from __future__ import annotations

import pytest
from starlette.routing import Route

from logsleuth.server.api.application import ROUTERS
from logsleuth.server.app import router
from logsleuth.server.pages.routes import ROUTERS as PAGES
from tests.server.site import TOKENS, Site

PUBLIC = {"/health", "/ready", "/favicon.ico", "/ui/static/{name}"}
READ_POSTS = {"/v1/analyze", "/ui/analyze"}
VALUES = {
    "{incident}": "nope",
    "{key}": "00",
    "{name}": "cuda.oom.device",
    "{source_id}": "1",
}
STATUSES = {
    # token: (of what anybody may see, of what is read, of what is decided)
    None: (None, 401, 401),
    "wrong": (None, 401, 401),
    "ship": (None, 403, 403),
    "look": (None, None, 403),
    "chief": (None, None, None),
}


ROUTES = [
    (method, route.path)
    for each in (*ROUTERS, *PAGES)
    for route in each.routes
    if isinstance(route, Route)
    for method in sorted((route.methods or set()) - {"HEAD"})
]


def kind(method: str, path: str) -> int:
    """Which of the three statuses holds."""
    if path in PUBLIC:
        return 0
    return 2 if method == "POST" and path not in READ_POSTS else 1


def filled_in(path: str) -> str:
    """A path with something in its places."""
    for place, value in VALUES.items():
        path = path.replace(place, value)
    return path


@pytest.mark.parametrize(("method", "path"), ROUTES)
@pytest.mark.parametrize("token", list(STATUSES))
def test_each_route_asks_for_its_right(guarded: Site, token: str | None, method: str, path: str) -> None:
    """No token, a wrong one, and one of each right."""
    text = TOKENS[token][0] if token in TOKENS else token
    headers = {"authorization": f"Bearer {text}"} if text else {}
    wanted = STATUSES[token][kind(method, path)]

    with guarded.client.stream(method, filled_in(path), headers=headers, params={"q": "x", "source": "no"}) as answer:
        status = answer.status_code
        said = answer.headers

    assert (status == wanted) if wanted else (status not in {401, 403})
    assert ("www-authenticate" in said) == (status == 401)
    assert "frame-ancestors 'none'" in said["content-security-policy"]


def test_the_matrix_has_all_routes() -> None:
    """That the list is not empty by mistake."""
    paths = {path for _, path in ROUTES}

    assert {"/v1/incidents", "/v1/incidents/{incident}/acknowledge", "/ui/", "/metrics", "/openapi.json"} <= paths
    assert len(ROUTES) >= 40


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_no_shipper_takes_a_path_of_ours(method: str, path: str) -> None:
    """What is ours reaches the pages; `/`, `/health` and `/ready` are shared."""
    found = router().find(method, filled_in(path))

    assert found is None or path in {"/", "/ready", "/health"}


@pytest.mark.parametrize("form", ["Bearer {}", "Token {}"])
def test_browsers_can_show_a_token_too(guarded: Site, form: str) -> None:
    """As the password of anybody."""
    token = TOKENS["look"][0]

    assert guarded.client.get("/ui/", headers={"authorization": form.format(token)}).status_code == 200
    assert guarded.client.get("/ui/", auth=("anybody", token)).status_code == 200
    assert guarded.client.get("/ui/").headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
    ],
)
@pytest.mark.parametrize(
    "path", ["/ui/incidents/x/resolve", "/v1/incidents/x/acknowledge", "/v1/analyze", "/ui/analyze"]
)
def test_pages_of_other_sites_decide_nothing(site: Site, path: str, headers: dict[str, str]) -> None:
    """Though a browser would send the token with their requests."""
    answer = site.client.post(path, headers=headers, content=b"x")

    assert answer.status_code == 403
    assert "another site" in answer.text


def test_a_name_made_to_mean_this_machine_reads_nothing(site: Site) -> None:
    """Where no token is asked for."""
    assert site.client.get("/v1/incidents", headers={"host": "evil.example"}).status_code == 403


def test_readers_see_no_forms(guarded: Site) -> None:
    """But are told why."""
    token = TOKENS["look"][0]
    incident = guarded.client.get("/v1/incidents", headers={"authorization": f"Bearer {token}"}).json()["items"][0][
        "id"
    ]
    page = guarded.client.get(f"/ui/incidents/{incident}", headers={"authorization": f"Bearer {token}"}).text

    assert '<form method="post"' not in page
    assert "manage" in page
