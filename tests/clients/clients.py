"""The clients: what each needs, how it delivers the lines, and after which faults it sends them again."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import httpx

from tests.clients.crash import LINES, LOG
from tests.clients.daemons import DAEMONS, Daemon, Place
from tests.clients.proxy import Fault
from tests.clients.shapes import SHAPES, Shape, dated
from tests.clients.snippets import SNIPPETS

PROGRAMS: Final = Path(__file__).parent / "programs"
ALWAYS: Final = frozenset({Fault.BUSY, Fault.CUT})
NEVER: Final[frozenset[Fault]] = frozenset()
SENDS: Final = 5
# what a program that logs as the page has it does beside: it logs, and ends
LOGGING: Final = """
import sys
from pathlib import Path
for line in Path(sys.argv[2]).read_text().splitlines():
    logging.getLogger("vllm").warning("%s", line)
provider.shutdown()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One delivery: where to, with what is installed where, and whether all of it has arrived."""

    port: int
    folder: Path
    installed: Path
    is_over: Callable[[], bool]

    @property
    def url(self) -> str:
        """Where to."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client; what it does not send again after a fault is lost, and no service can help."""

    name: str
    deliver: Callable[[Run], None]
    missing: Callable[[Path], str | None]
    resends: frozenset[Fault] = ALWAYS
    is_exact: bool = True  # whether what it sends again is the same body

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What it is tried with: with nothing at all where something would be lost for good."""
        survived = tuple(fault for fault in (Fault.BUSY, Fault.CUT) if fault in self.resends)
        return survived if len(survived) == len(ALWAYS) else (Fault.NONE, *survived)


def present(_: Path) -> str | None:
    """Needs nothing that is not there."""
    return None


def module(name: str, _: Path) -> str | None:
    """Needs a module of the extra `clients`."""
    return None if find_spec(name.partition(".")[0]) and find_spec(name) else f"the extra 'clients' lacks {name}"


def package(name: str, installed: Path) -> str | None:
    """Needs a package of npm."""
    if shutil.which("node") is None:
        return "node is not installed"
    found = (installed / "npm" / "node_modules" / name).exists()
    return None if found else f"the package {name} is not in {installed}"


def program(name: str, run: Run) -> None:
    """A program `PROGRAM URL FILE` that ends when everything is delivered."""
    path = str(PROGRAMS / name)
    command = [sys.executable if name.endswith(".py") else "node", path, run.url, str(LOG)]
    finish(command, run)


def logging_program(run: Run) -> None:
    """The program on the page."""
    path = run.folder / "program.py"
    path.write_text(SNIPPETS["opentelemetry"].placed(run.port, run.folder) + LOGGING)
    finish([sys.executable, str(path), run.url, str(LOG)], run)


def shell(name: str, run: Run) -> None:
    """A command on the page."""
    (run.folder / "log").mkdir()
    (run.folder / "log" / "vllm.log").write_bytes(LOG.read_bytes())
    finish(["sh", "-c", SNIPPETS[name].placed(run.port, run.folder)], run)


def finish(command: list[str], run: Run) -> None:
    """Run a program to its end, which must be a good one."""
    added = {"NODE_PATH": str(run.installed / "npm" / "node_modules"), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, env={**os.environ, **added}, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr


def post(shape: Shape, run: Run) -> None:
    """A body in a shipper's form, sent again as that shipper does."""
    body = shape.body(dated(LINES))
    with httpx.Client(base_url=run.url, timeout=30) as client:
        for method, path in shape.probes:
            assert client.request(method, path).status_code == 200
        assert any(_is_taken(client, shape, body) for _ in range(SENDS))


def _is_taken(client: httpx.Client, shape: Shape, body: bytes) -> bool:
    try:
        return client.post(shape.path, content=body, headers=dict(shape.headers)).is_success
    except httpx.TransportError:
        return False


def daemon(found: Daemon, run: Run) -> None:
    """A shipper of the distribution."""
    root = run.installed / "apt" / found.folder
    found.run(Place(root=root, folder=run.folder, port=run.port), run.is_over)


def extracted(found: Daemon, installed: Path) -> str | None:
    """Needs packages of the distribution."""
    path = installed / "apt" / found.folder / found.program
    return None if path.exists() else f"{found.program} is not in {installed}"


def command_of(name: str, _: Path) -> str | None:
    """Needs a command."""
    return None if shutil.which(name) else f"{name} is not installed"


def python(name: str, path: str, needs: str, resends: frozenset[Fault] = ALWAYS) -> Client:
    """A program over a module."""
    return Client(name=name, deliver=partial(program, path), missing=partial(module, needs), resends=resends)


def node(name: str, path: str, needs: str, resends: frozenset[Fault] = ALWAYS) -> Client:
    """A program over a package of npm."""
    return Client(name=name, deliver=partial(program, path), missing=partial(package, needs), resends=resends)


CLIENTS: Final = (
    python("opentelemetry-python", "otel_sdk.py", "opentelemetry.sdk"),
    python("elasticsearch-python", "elastic.py", "elasticsearch"),
    python("opensearch-python", "opensearch.py", "opensearchpy"),
    python("python-logging-loki", "loki_handler.py", "logging_loki", NEVER),
    python("splunk-handler", "splunk.py", "splunk_handler"),
    python("datadog-api-client", "datadog.py", "datadog_api_client", frozenset({Fault.BUSY})),
    node("opentelemetry-js", "otel_sdk.cjs", "@opentelemetry/exporter-logs-otlp-http"),
    node("elasticsearch-js", "elastic.cjs", "@elastic/elasticsearch"),
    node("winston-loki", "loki.cjs", "winston-loki"),
    node("splunk-logging", "splunk.cjs", "splunk-logging", frozenset({Fault.CUT})),
    *(
        Client(
            name=name,
            deliver=partial(daemon, found),
            missing=partial(extracted, found),
            is_exact=name != "rsyslog",  # it sends the records of a batch again one by one, some of them twice
        )
        for name, found in DAEMONS.items()
    ),
    *(Client(name=f"form-{name}", deliver=partial(post, shape), missing=present) for name, shape in SHAPES.items()),
    Client(name="page-curl", deliver=partial(shell, "curl"), missing=partial(command_of, "curl")),
    Client(name="page-splunk", deliver=partial(shell, "splunk"), missing=partial(command_of, "curl")),
    Client(name="page-opentelemetry", deliver=logging_program, missing=partial(module, "opentelemetry.sdk")),
)
