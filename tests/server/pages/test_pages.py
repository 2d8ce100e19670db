"""The pages as text: what every browser is told, both languages, forms without scripts."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from logsleuth.server.pages.rendering import HERE, ago, environment, marked, prose, size, web_only
from logsleuth.server.pages.texts import TEXTS
from tests.server.site import Site

TEMPLATES = sorted((HERE / "templates").glob("*.html"))
CALLS = re.compile(r"""\bt\('([a-z_-]+)'\)""")
VOID = {"meta", "link", "input", "br", "img", "rect", "path", "circle"}


class Reader(HTMLParser):
    """Whether the elements of a page are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One more is open."""
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.wrong += [f"{tag} {name}" for name, _ in attrs if name == "style" or name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """The last one is closed."""
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}>")


def addresses(site: Site) -> list[str]:
    """One page of every kind."""
    incident = site.incidents(tenant="default")[0]["id"]
    template = site.client.get("/v1/templates").json()["items"][0]["key"]
    places = (
        "",
        "incidents",
        f"incidents/{incident}",
        "templates",
        f"templates/{template}",
        "search?q=CUDA",
        "sources",
    )
    more = ("sources/1", "signatures", "signatures/cuda.oom.device", "analyze", "report?source=node1", "none")
    return [f"/ui/{place}" for place in (*places, *more)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_are_well_formed(site: Site, language: str) -> None:
    """Every element closed, no style or handler in place, no id twice."""
    for address in addresses(site):
        answer = site.client.get(address, params={"lang": language} | dict(_fields(address)))
        reader = Reader()
        reader.feed(answer.text)

        assert (address, reader.open, reader.wrong) == (address, [], [])
        assert len(reader.ids) == len(set(reader.ids)), address


def _fields(address: str) -> list[tuple[str, str]]:
    _, _, query = address.partition("?")
    return [(name, value) for name, _, value in (part.partition("=") for part in query.split("&")) if name]


def test_browsers_are_told_to_load_nothing_else(site: Site) -> None:
    """On pages, on answers of the API, on problems and on files."""
    for path in ("/ui/", "/v1/incidents", "/v1/none", "/ui/none", "/ui/static/style.css"):
        headers = site.client.get(path).headers

        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; script-src 'self';")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_a_browser_finds_the_way(site: Site) -> None:
    """From the root, and to a page that says what is wrong."""
    home = site.client.get("/", headers={"accept": "text/html"})
    wrong = site.client.get("/ui/incidents/none")

    assert (home.status_code, home.headers["location"]) == (307, "/ui/")
    assert wrong.status_code == 404
    assert wrong.headers["content-type"].startswith("text/html")
    assert "there is no incident" in wrong.text


def test_the_language_is_remembered(site: Site) -> None:
    """In a cookie that scripts cannot read."""
    asked = site.client.get("/ui/", params={"lang": "zh"})
    cookie = asked.headers["set-cookie"]
    again = site.client.get("/ui/", headers={"cookie": "logsleuth_lang=zh"})
    wished = site.client.get("/ui/", headers={"accept-language": "zh-CN,zh;q=0.9"})
    site.client.cookies.clear()

    assert 'lang="zh-CN"' in asked.text
    assert "httponly" in cookie.lower()
    assert "samesite=lax" in cookie.lower()
    assert 'lang="zh-CN"' in again.text
    assert 'lang="zh-CN"' in wished.text
    assert 'lang="en"' in site.client.get("/ui/").text


def test_files_may_be_kept_forever(site: Site) -> None:
    """Their addresses change with them."""
    style = re.search(r'href="(/ui/static/style\.css\?v=[0-9a-f]+)"', site.client.get("/ui/").text)
    assert style is not None
    answer = site.client.get(style[1])

    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")
    assert site.client.get("/ui/static/..%2frouting.py").status_code == 404


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_all_words_are_there(path: Path) -> None:
    """Those that a template asks for by name."""
    assert set(CALLS.findall(path.read_text(encoding="utf-8"))) - set(TEXTS) == set()


def test_all_words_are_in_both_languages() -> None:
    """And none is empty."""
    assert [key for key, words in TEXTS.items() if not words.en or not words.zh] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_compile_and_trust_nothing(path: Path) -> None:
    """Nothing is marked as safe."""
    text = path.read_text(encoding="utf-8")
    environment().get_template(path.name)

    assert "|safe" not in text
    assert "autoescape" not in text


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        (prose("run `a<b>` now"), "run <code>a&lt;b&gt;</code> now"),
        (prose("an odd ` sign"), "an odd ` sign"),
        (prose("{rank} of[[ {total}]]", with_names=True), "<var>rank</var> of <var>total</var>"),
        (prose("\u202e"), "\\u202e"),
        (marked("a <b> a", "<b>"), "a <mark>&lt;b&gt;</mark> a"),
        (marked("a", ""), "a"),
        (web_only("javascript:alert(1)"), ""),
        (web_only("https://a.b/c"), "https://a.b/c"),
        (size(1023), "1023 B"),
        (size(1536), "1.5 KiB"),
        (size(1 << 50), "1024.0 TiB"),
        (ago(0, 59_000_000_000), "59s"),
        (ago(0, 7_200_000_000_000), "2h"),
        (ago(5, 0), "0s"),
    ],
)
def test_values_become_text(shown: str, wanted: str) -> None:
    """Escaped, short, in units."""
    assert shown == wanted
