"""Who has a port, with real listeners."""

from __future__ import annotations

import os
import socket

from logsleuth.model import Outcome
from logsleuth.probes.network.port import PORT_OWNER, judge
from logsleuth.probes.probe import Json, Sample, Subject
from logsleuth.probes.run import run


def subject(port: int) -> Subject:
    """A diagnosis of a port in use."""
    facts = (("address", "tcp://127.0.0.1"), ("port", str(port)))
    return Subject(diagnosis="dist.address-in-use.http", facts=facts)


def measured(port: int) -> Sample:
    """What a child finds."""
    wishes = PORT_OWNER.wishes(subject(port))
    assert isinstance(wishes, dict)
    return run(PORT_OWNER, wishes)


def test_listener_is_named() -> None:
    """Confirmed, with the process that has it: this one."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = judge(measured(port), subject(port))

    assert (found.outcome, found.provoked) == (Outcome.CONFIRMED, "dist.address-in-use")
    assert f"(pid {os.getpid()})" in dict(found.facts)["owners"]


def test_free_port_refutes() -> None:
    """Nobody has it any more."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    assert judge(measured(port), subject(port)).outcome is Outcome.REFUTED


def test_address_of_another_machine_is_another_failure() -> None:
    """EADDRNOTAVAIL is not EADDRINUSE."""
    values: dict[str, Json] = {"port": 80, "address": "10.99.0.1", "error": "EADDRNOTAVAIL"}

    found = judge(Sample(is_complete=True, values=values), subject(80))

    assert (found.outcome, found.provoked) == (Outcome.INCONCLUSIVE, "dist.wrong-host-ip.bind")
