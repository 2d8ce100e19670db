"""A service that all clients of a run send to, each as a tenant of its own; several of them at a time."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.clients.clients import Client, Run
from tests.clients.crash import LINES
from tests.clients.kept import Kept, kept
from tests.clients.proxy import LOCAL, Fault, proxied

PATIENCE_S: Final = 60.0
LOOK_S: Final = 0.1
AT_A_TIME: Final = 4
MARKS = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running `logsleuth serve`."""

    port: int
    database: Path

    def kept(self, tenant: str) -> Kept:
        """What is committed now."""
        return kept(self.database, tenant)

    def settled(self, tenant: str) -> Kept:
        """What is kept once an incident is there, and whatever was taken before this call."""
        mark = f"mark-{next(MARKS)}"
        body = f'{{"date":{time.time()},"log":"nothing more comes"}}'
        httpx.post(f"http://{LOCAL}:{self.port}/ingest", content=body, headers={"X-Scope-OrgID": mark})
        wait(lambda: self.kept(mark).count == 1 and len(self.kept(tenant).incidents) > 0)
        return self.kept(tenant)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What came of one delivery."""

    kept: Kept
    is_resent: bool


Deliveries = dict[tuple[str, Fault], "Future[Delivered]"]


def wait(condition: Callable[[], bool]) -> None:
    """Until it holds, or patience ends: what is then asserted tells more."""
    until = time.monotonic() + PATIENCE_S
    while not condition() and time.monotonic() < until:
        time.sleep(LOOK_S)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service, with nothing but a folder."""
    folder = tmp_path_factory.mktemp("service")
    command = [sys.executable, "-m", "logsleuth", "serve", "--data", str(folder), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().split(",")[0]
            yield Service(port=int(address.rpartition(":")[2]), database=folder / "logsleuth.db")
        finally:
            process.terminate()
            process.wait(timeout=30)


def delivered(client: Client, fault: Fault, service: Service, folder: Path, installed: Path) -> Delivered:
    """Deliver, and wait until the service is done with it."""
    tenant = f"{client.name}-{fault.name.lower()}"
    with proxied(service.port, tenant, fault) as proxy:
        run = Run(
            port=proxy.port,
            folder=folder,
            installed=installed,
            is_over=lambda: service.kept(tenant).count >= len(LINES),
        )
        client.deliver(run)
    return Delivered(kept=service.settled(tenant), is_resent=proxy.is_resent)


@pytest.fixture(scope="session")
def deliveries(
    request: pytest.FixtureRequest, service: Service, tmp_path_factory: pytest.TempPathFactory, clients_folder: Path
) -> Iterator[Deliveries]:
    """All deliveries that the tests of this run ask for, begun in their order."""
    begun: Deliveries = {}
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for item in request.session.items:
            callspec = getattr(item, "callspec", None)
            if callspec is None or "client" not in callspec.params or callspec.params["client"].missing(clients_folder):
                continue
            client, fault = callspec.params["client"], callspec.params["fault"]
            folder = tmp_path_factory.mktemp(client.name)
            begun[client.name, fault] = pool.submit(delivered, client, fault, service, folder, clients_folder)
        yield begun
