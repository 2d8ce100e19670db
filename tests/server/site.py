"""The API and the pages as they are served: a database of real and of hostile logs behind a real server."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import orjson
import uvicorn

from logsleuth.plan import Plan
from logsleuth.server.api.application import Sights, create_pages
from logsleuth.server.counters import Labels
from logsleuth.server.metrics import Vitals
from logsleuth.server.security import Guard
from logsleuth.server.settings import DATABASE, WorkerSettings
from logsleuth.server.store import decisions
from logsleuth.server.tokens import Right, Token, digest
from tests.server.filled import Shipped, case, fill

SECOND_NS = 1_000_000_000
AGO_S = 1800
TOKENS = {
    "ship": ("t-ship-" + "0" * 20, (Right.INGEST,)),
    "look": ("t-look-" + "0" * 20, (Right.READ,)),
    "chief": ("t-chief-" + "0" * 20, (Right.MANAGE,)),
}
PAYLOADS = (
    "<script>window.__xss=1</script>",
    '"><img src=x onerror=window.__xss=1>',
    "'><svg onload=window.__xss=1>",
    "</textarea></title></style><script>window.__xss=1</script>",
    "javascript:window.__xss=1",
    "<meta http-equiv=refresh content=0;url=http://evil.example/>",
    "<base href=http://evil.example/>",
    "<iframe src=http://evil.example/></iframe>",
    "<link rel=stylesheet href=http://evil.example/>",
    "<form action=http://evil.example/><input name=q></form>",
    "<style>*{background:url(http://evil.example/)}</style>",
    "{{7*191}}{% for a in b %}",
    "\x1b]8;;http://evil.example\x07\x1b[2J",
    "\u202egnp.exe\u2066 & < > \" ' `",
)
HOSTILE = " ".join(PAYLOADS)
KEPT_AS_IT_IS = {"id", "role", "severity", "confidence", "count", "line", "end_line", "pid", "rank"}
HOSTILE_SIGNATURE = """
id: vllm.internal.hostile
title: {en: TEXT, zh: TEXT}
status: draft
role: root
severity: error
match:
  literal: hostile signature of a test
summary: {en: TEXT, zh: TEXT}
causes:
  - {en: TEXT, zh: TEXT}
remedies:
  - text: {en: TEXT, zh: TEXT}
    command: TEXT
references: [TEXT]
samples:
  hit:
    - text: "hostile signature of a test"
"""


@dataclass
class Site:
    """A running server; `client` speaks to it."""

    url: str
    folder: Path
    client: httpx.Client
    tokens: list[Token] = field(default_factory=list)
    problem: str | None = None

    @property
    def database(self) -> Path:
        """Its database."""
        return self.folder / DATABASE

    def incidents(self, **fields: str) -> list[dict[str, Any]]:
        """The incidents, as the API gives them."""
        found: list[dict[str, Any]] = self.client.get("/v1/incidents", params=fields).json()["items"]
        return found


def filled(folder: Path, plan: Plan) -> None:
    """Put real failures into a database, quiet logs, and one incident that is hostile all over."""
    begin_ns = time.time_ns() - AGO_S * SECOND_NS
    oom = case("oom-four-ranks")["input.log"]
    hostile = tuple(f"INFO 01-01 00:00:00 [a.py:1] {text}".encode() for text in PAYLOADS)
    lost = case("dist-001-torchrun-port-29500")
    items = [
        Shipped(source="node1/vllm.log", lines=oom),
        Shipped(source=f"node2/{PAYLOADS[0]}{PAYLOADS[1]}", lines=(*hostile, *oom), at_s=300, tenant=f"t{PAYLOADS[1]}"),
        Shipped(
            source="router", lines=tuple(b"INFO: 127.0.0.1:1 - GET /health 200 OK" for _ in range(300)), per_second=1
        ),
        *(Shipped(source=f"node3/{name}", lines=lines, at_s=600) for name, lines in lost.items()),
    ]
    path = fill(folder, plan, items, begin_ns)
    with closing(sqlite3.connect(path)) as connection, connection:
        _spoil(connection)


def _spoil(connection: sqlite3.Connection) -> None:
    """Make one tenant's incident hostile in every text."""
    rows = connection.execute("SELECT id, document_en FROM incidents WHERE tenant <> 'default'").fetchall()
    for key, document in rows:
        spoilt = orjson.dumps({**spoilt_values(orjson.loads(document)), "table": [[HOSTILE], [HOSTILE]]})
        connection.execute(
            "UPDATE incidents SET title = ?, title_zh = ?, document_en = ?, document_zh = ? WHERE id = ?",
            (HOSTILE, HOSTILE, spoilt, spoilt, key),
        )
        connection.execute("INSERT INTO incident_nodes (incident, node) VALUES (?, ?)", (key, HOSTILE))
        connection.execute(
            "INSERT INTO notes (incident, time_ns, author, text) VALUES (?, 1, ?, ?)", (key, HOSTILE, HOSTILE)
        )
        connection.execute("UPDATE incidents SET acknowledged_ns = 1, acknowledged_by = ? WHERE id = ?", (HOSTILE, key))
    connection.execute("UPDATE templates SET template = template || ? WHERE tenant <> 'default'", (HOSTILE,))
    connection.execute("UPDATE sources SET node = ? WHERE tenant <> 'default'", (HOSTILE,))


def spoilt_values(value: Any) -> Any:
    """The same JSON with every free text hostile."""
    if isinstance(value, dict):
        probe = {"name": HOSTILE, "outcome": HOSTILE, "detail": HOSTILE}
        found = {name: item if name in KEPT_AS_IT_IS else spoilt_values(item) for name, item in value.items()}
        return {name: probe if name == "probe" else item for name, item in found.items()}
    if isinstance(value, list):
        return [spoilt_values(item) for item in value]
    return f"{value} {HOSTILE}" if isinstance(value, str) else value


def hostile_patterns(folder: Path) -> Path:
    """A folder with a signature that is hostile in every text."""
    folder.mkdir(parents=True, exist_ok=True)
    hostile = orjson.dumps(" ".join(PAYLOADS[:11]).replace("{", "").replace("}", "")).decode()
    (folder / "hostile.yaml").write_text(HOSTILE_SIGNATURE.replace("TEXT", hostile), encoding="utf-8")
    return folder


@contextmanager
def served(folder: Path, *, cache: Path, has_tokens: bool = False, patterns: tuple[Path, ...] = ()) -> Iterator[Site]:
    """A server over the database in a folder."""
    site = Site(url="", folder=folder, client=httpx.Client())
    known = tuple(
        Token(name=name, digest=digest(text), rights=rights, created="2026-01-01")
        for name, (text, rights) in TOKENS.items()
    )
    guard = Guard(lambda: known if has_tokens else (), is_open=not has_tokens, hosts=frozenset())
    counts: list[tuple[str, Labels, int]] = [("requests", (("outcome", "taken"), ("protocol", "loki")), 3)]
    gauges: Mapping[str, float] = {"worker_up": 1, "spool_bytes": 10, "spool_lag_bytes": 5}
    sights = Sights(
        guard=guard,
        readiness=lambda: site.problem,
        vitals=Vitals(counts=lambda: counts, gauges=lambda: gauges),
    )
    settings = WorkerSettings(folder=folder, cache=cache, patterns=patterns)
    listening = socket.create_server(("127.0.0.1", 0))
    site.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    config = uvicorn.Config(create_pages(settings, sights), log_config=None, lifespan="on", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=asyncio.run, args=(server.serve(sockets=[listening]),))
    thread.start()
    site.client.close()
    with httpx.Client(base_url=site.url, timeout=60) as client:
        site.client = client
        _wait(client)
        yield site
    server.should_exit = True
    thread.join()
    listening.close()


def _wait(client: httpx.Client) -> None:
    """Until it answers: the connection waits in the queue of the socket until then."""
    assert client.get("/health").status_code == 200


def note(site: Site, incident: str, text: str) -> None:
    """Write a note past the API."""
    with closing(sqlite3.connect(site.database, isolation_level=None)) as connection:
        decisions.add_note(connection, incident, author="a", text=text, now_ns=time.time_ns())
