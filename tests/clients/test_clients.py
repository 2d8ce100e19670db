"""Real clients deliver a crash through a fault: the incident appears once, and each line is kept once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.clients import CLIENTS, Client
from tests.clients.conftest import Deliveries
from tests.clients.crash import FAILURE, LINES
from tests.clients.proxy import Fault

pytestmark = pytest.mark.clients
CASES = [pytest.param(client, fault, id=f"{client.name}-{fault}") for client in CLIENTS for fault in client.faults]


@pytest.mark.parametrize(("client", "fault"), CASES)
def test_a_crash_arrives_once(client: Client, fault: Fault, deliveries: Deliveries, clients_folder: Path) -> None:
    """Whatever is sent again, nothing is lost and nothing is there twice."""
    reason = client.missing(clients_folder)
    if reason:
        pytest.skip(reason)

    found = deliveries[client.name, fault].result()

    assert [*found.kept.lines.values()] == [LINES]
    assert found.kept.incidents == ((FAILURE, "open"),)
    assert found.is_resent is (fault is not Fault.NONE and client.is_exact)
