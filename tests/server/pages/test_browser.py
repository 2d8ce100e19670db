"""The pages in a real browser: nothing hostile runs, nothing leaves, nothing complains, and they are live."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from tests.server.pages.chromium import Browser
from tests.server.site import HOSTILE, PAYLOADS, Site, note

HARMFUL = (
    "script:not([src]), iframe, object, embed, base, meta[http-equiv], form[action^='http'], style, "
    "img[onerror], svg[onload], [onclick], [style], a[href^='javascript:']"
)
PAGES = (
    "/ui/",
    "/ui/?window=1h",
    "/ui/incidents",
    "/ui/templates",
    "/ui/templates?view=new&since=2h",
    "/ui/search?q=script",
    "/ui/sources",
    "/ui/sources/1",
    "/ui/sources/1?line=53",
    "/ui/signatures",
    "/ui/signatures/vllm.internal.hostile",
    "/ui/signatures/nccl.timeout.watchdog",
    "/ui/analyze",
    "/ui/report?source=node1",
)
FIELDS = {
    "/ui/": ("tenant", "window"),
    "/ui/incidents": ("since", "until", "source", "class", "node", "status", "severity", "acknowledged", "tenant"),
    "/ui/templates": ("view", "since", "contains", "tenant"),
    "/ui/search": ("q", "source", "since", "until", "pattern", "tenant", "cursor"),
    "/ui/sources": ("tenant", "cursor"),
    "/ui/signatures": ("q", "tenant"),
    "/ui/report": ("source", "since", "until", "tenant"),
    "/ui/analyze": ("lang", "tenant"),
}


@pytest.fixture
def fresh(chromium: Browser) -> Iterator[Browser]:
    """The browser with a clean record."""
    for record in (chromium.requests, chromium.complaints, chromium.dialogs):
        record.clear()
    chromium.screen(1280, 900)
    yield chromium
    chromium.go("about:blank")


def hostile_pages(site: Site) -> list[str]:
    """The pages of what is hostile all over."""
    tenant = next(item["tenant"] for item in site.incidents() if item["tenant"] != "default")
    incidents = [item["id"] for item in site.incidents(tenant=tenant)]
    sources = site.client.get("/v1/sources", params={"tenant": tenant}).json()["items"]
    templates = site.client.get("/v1/templates", params={"tenant": tenant}).json()["items"]
    chosen = quote(tenant)
    return [
        *(f"/ui/incidents/{key}" for key in incidents),
        *(f"/ui/incidents/{key}?lang=zh" for key in incidents),
        *(f"/ui/sources/{item['id']}" for item in sources),
        f"/ui/templates/{templates[0]['key']}?tenant={chosen}",
        f"/ui/templates?tenant={chosen}",
        f"/ui/?tenant={chosen}&lang=en",
        f"/ui/search?q=window&tenant={chosen}",
        f"/ui/report?source=node2&tenant={chosen}",
    ]


def check(browser: Browser, site: Site, path: str) -> None:
    """Look at one page; nothing of it may be anything but text."""
    browser.go(f"{site.url}{path}")

    assert browser.run("window.__xss") is None, path
    assert browser.run(f"document.querySelectorAll({HARMFUL!r}).length") == 0, path
    assert browser.run("document.querySelector('main') !== null"), path


def check_record(browser: Browser, site: Site, *, but: str = "no such thing") -> None:
    """Nothing left the origin, nothing was refused by the policy, nothing was asked."""
    assert [url for url in browser.requests if not url.startswith((site.url, "data:", "about:"))] == []
    assert [text for text in browser.complaints if but not in text] == []
    assert browser.dialogs == []


def test_the_pages_work_without_a_complaint(fresh: Browser, site: Site) -> None:
    """All of them, in both languages."""
    for path in PAGES:
        check(fresh, site, path)
        check(fresh, site, f"{path}{'&' if '?' in path else '?'}lang=zh")

    check_record(fresh, site)


def test_hostile_logs_are_only_text(fresh: Browser, site: Site) -> None:
    """Messages, sources, tenants, nodes, notes, authors, templates and diagnoses."""
    for path in hostile_pages(site):
        check(fresh, site, path)

    check_record(fresh, site)


def test_hostile_text_is_shown_and_not_obeyed(fresh: Browser, site: Site) -> None:
    """Also what turns the direction of text, or speaks to terminals."""
    incident = next(item["id"] for item in site.incidents() if item["tenant"] != "default")
    fresh.go(f"{site.url}/ui/incidents/{incident}?lang=en")
    shown = fresh.run("document.body.textContent")

    assert PAYLOADS[0] in shown
    assert "{{7*191}}" in shown
    assert "\\u202e" in shown
    assert not set(shown) & {"\u202e", "\u2066", "\x1b", "\x07"}


@pytest.mark.parametrize("path", FIELDS)
def test_hostile_fields_are_only_text(fresh: Browser, site: Site, path: str) -> None:
    """Each payload in all fields of a query."""
    for payload in PAYLOADS:
        check(fresh, site, f"{path}?{urlencode(dict.fromkeys(FIELDS[path], payload))}")

    check_record(fresh, site, but="status of 4")  # what cannot be shown has a status that says so


def test_hostile_paths_are_only_text(fresh: Browser, site: Site) -> None:
    """In places of ids and names."""
    for place in ("incidents", "templates", "signatures", "sources", "none"):
        for payload in PAYLOADS[:6]:
            check(fresh, site, f"/ui/{place}/{quote(payload, safe='')}")

    check_record(fresh, site, but="status of 4")


def test_hostile_uploads_are_only_text(fresh: Browser, site: Site, tmp_path: Path) -> None:
    """The names of files, and what is in them, through the form."""
    names = [tmp_path / f"{index}{payload.replace('/', '_')}"[:100] for index, payload in enumerate(PAYLOADS[:6])]
    for name in names:
        name.write_text(f"ERROR 01-01 00:00:00 [a.py:1] RuntimeError: {HOSTILE}\nhostile signature of a test\n")
    fresh.go(f"{site.url}/ui/analyze?lang=en")
    root = fresh.call("DOM.getDocument")["root"]["nodeId"]
    field = fresh.call("DOM.querySelector", nodeId=root, selector="input[type=file]")["nodeId"]
    fresh.call("DOM.setFileInputFiles", nodeId=field, files=[str(name) for name in names])
    fresh.run("document.querySelector('form.upload button').click()")
    fresh.until("document.querySelector('.verdict')")

    assert fresh.run("window.__xss") is None
    assert fresh.run(f"document.querySelectorAll({HARMFUL!r}).length") == 0
    check_record(fresh, site)


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_is_wider_than_the_screen(fresh: Browser, site: Site, width: int) -> None:
    """On a desk, and on a phone."""
    fresh.screen(width, 844)
    for path in (*PAGES, *hostile_pages(site)[:2]):
        fresh.go(f"{site.url}{path}")

        assert fresh.run("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, path


def test_the_pages_work_without_scripts(fresh: Browser, site: Site) -> None:
    """Everything that is read can be read."""
    fresh.screen(1280, 900, has_scripts=False)
    fresh.go(f"{site.url}/ui/?lang=en")
    root = fresh.call("DOM.getDocument", depth=-1)["root"]["nodeId"]
    rows = fresh.call("DOM.querySelectorAll", nodeId=root, selector="#open .row")["nodeIds"]
    hidden = fresh.call("DOM.querySelectorAll", nodeId=root, selector="#live[hidden]")["nodeIds"]
    fresh.screen(1280, 900)

    assert len(rows) == len(site.incidents(status="open"))
    assert len(hidden) == 1


def test_what_happens_appears_by_itself(fresh: Browser, site: Site) -> None:
    """A note, without a reload; what somebody is typing stays."""
    incident = site.incidents(tenant="default")[0]["id"]
    fresh.go(f"{site.url}/ui/incidents/{incident}?lang=en")
    fresh.until("document.querySelector('#live.is-on')")
    fresh.run(
        "window.stayed = 1; document.querySelector('#note').focus(); document.querySelector('#note').value = 'half'"
    )
    note(site, incident, "seen by the night shift")
    fresh.until("document.querySelector('#notes').textContent.includes('night shift')")

    assert fresh.run("window.stayed") == 1
    assert fresh.run("document.querySelector('#note').value") == "half"
    check_record(fresh, site)


def test_a_new_incident_appears_by_itself(fresh: Browser, site: Site) -> None:
    """In the list, in the count, and for those who listen."""
    fresh.go(f"{site.url}/ui/?lang=en")
    fresh.until("document.querySelector('#live.is-on')")
    before = fresh.run("document.querySelectorAll('#open .row').length")
    fresh.run("window.stayed = 1")
    with closing(sqlite3.connect(site.database, isolation_level=None)) as connection:
        connection.execute(
            "INSERT INTO incidents SELECT 'newone', tenant, class, 'Something new', title_zh, role, severity, confidence, "
            "'open', NULL, NULL, NULL, opened_ns + 1, updated_ns, NULL, first_ns, last_ns, count, revision, document_en, "
            "document_zh FROM incidents WHERE tenant = 'default' LIMIT 1"
        )
        connection.execute(
            "INSERT INTO events (tenant, incident, kind, time_ns, body) VALUES ('default', 'newone', 'opened', 1, X'7B7D')"
        )
    fresh.until(f"document.querySelectorAll('#open .row').length === {before + 1}")

    assert "Something new" in fresh.run("document.querySelector('#news').textContent")
    assert fresh.run("document.querySelector('.figure-open .big').textContent") == str(before + 1)
    assert fresh.run("window.stayed") == 1
    check_record(fresh, site)


def test_decisions_are_made_with_forms(fresh: Browser, site: Site) -> None:
    """Acknowledged by whoever pressed the button."""
    incident = site.incidents(tenant="default", status="open")[-1]["id"]
    fresh.go(f"{site.url}/ui/incidents/{incident}?lang=en")
    fresh.run("document.querySelector('form[action$=acknowledge] button').click()")
    fresh.until("document.querySelector('#title .tag-ack')")

    assert "acknowledged" in fresh.run("document.querySelector('#history').textContent")
    check_record(fresh, site)


def test_times_are_told_as_on_the_clock_of_the_reader(fresh: Browser, site: Site) -> None:
    """On hover; the text stays in UTC."""
    fresh.call("Emulation.setTimezoneOverride", timezoneId="Asia/Shanghai")
    fresh.go(f"{site.url}/ui/?lang=en")
    title, text = fresh.run("(time => [time.title, time.textContent])(document.querySelector('time'))")
    fresh.call("Emulation.setTimezoneOverride", timezoneId="")

    assert "GMT+8" in title
    assert text.endswith("Z")
