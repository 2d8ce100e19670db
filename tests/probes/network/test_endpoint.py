"""Names and ports, over real sockets on loopback."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from logsleuth.model import Outcome, ProbeResult
from logsleuth.probes.network.endpoint import ENDPOINT_CONNECT, NAME_RESOLUTION, judge_name
from logsleuth.probes.probe import Probe, Sample, Subject
from logsleuth.probes.run import run


def asked(probe: Probe, diagnosis: str, **facts: str) -> ProbeResult:
    """The probe, for real."""
    subject = Subject(diagnosis=diagnosis, facts=tuple(facts.items()))
    wishes = probe.wishes(subject)
    assert isinstance(wishes, dict)
    return probe.judge(run(probe, wishes), subject)


@pytest.fixture
def port() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_open_port_refutes(port: int) -> None:
    """Whatever the log says, it can be reached now."""
    found = asked(ENDPOINT_CONNECT, "dist.connect", address="127.0.0.1", port=str(port))

    assert found.outcome is Outcome.REFUTED
    assert "from 127.0.0.1" in found.detail.en


@pytest.mark.parametrize(
    ("diagnosis", "outcome"),
    [
        ("dist.connect", Outcome.INCONCLUSIVE),
        ("nccl.connect.refused", Outcome.INCONCLUSIVE),
        ("storage.nfs-timeout", Outcome.CONFIRMED),
    ],
)
def test_closed_port_decides_only_about_services_that_last(port: int, diagnosis: str, outcome: Outcome) -> None:
    """A job that has ended listens no longer: that is no failure of the network."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: refused, and nobody else can have it
        number = closed.getsockname()[1]
        found = asked(ENDPOINT_CONNECT, diagnosis, address="127.0.0.1", port=str(number))

    assert number != port
    assert found.outcome is outcome
    assert "ECONNREFUSED" in dict(found.facts)["attempts"]


def test_name_without_address_confirms() -> None:
    """`.invalid` is no domain, by RFC 2606."""
    found = asked(NAME_RESOLUTION, "dist.hostname.store", address="node-0.invalid")

    assert (found.outcome, found.provoked) == (Outcome.CONFIRMED, "dist.hostname")


def test_name_with_address_refutes() -> None:
    """Every machine knows itself."""
    assert asked(NAME_RESOLUTION, "dist.hostname", address="localhost").outcome is Outcome.REFUTED


def test_name_of_a_node_that_is_loopback_is_told() -> None:
    """What Debian writes to /etc/hosts resolves, and is of no use to other nodes."""
    sample = Sample(is_complete=True, values={"host": "node-0", "addresses": ["127.0.1.1"], "error": ""})

    found = judge_name(sample, Subject(diagnosis="dist.hostname"))

    assert found.outcome is Outcome.INCONCLUSIVE
    assert "/etc/hosts" in found.detail.en


@pytest.fixture
def namespace() -> Iterator[str]:
    """A network namespace of its own, in which there is no route at all."""
    program = shutil.which("ip")
    if program is None:
        pytest.skip("iproute2 is not installed")
    name = f"logsleuth-{uuid4().hex[:8]}"
    made = subprocess.run([program, "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"network namespaces are not permitted: {made.stderr.strip()}")
    yield name
    subprocess.run([program, "netns", "delete", name], check=True)


def test_node_without_a_route_confirms(namespace: str, tmp_path: Path) -> None:
    """In a namespace of its own the address of the log cannot be reached."""
    python = tmp_path / "python"
    python.write_text(
        f'#!/bin/sh\nexec {shutil.which("ip")} netns exec {namespace} {sys.executable} "$@"\n', encoding="utf-8"
    )
    python.chmod(0o755)
    subject = Subject(diagnosis="dist.connect", facts=(("address", "10.99.0.1"), ("port", "29500")))
    wishes = ENDPOINT_CONNECT.wishes(subject)
    assert isinstance(wishes, dict)

    sample = run(ENDPOINT_CONNECT, wishes, python=str(python))
    found = ENDPOINT_CONNECT.judge(sample, subject)

    assert (found.outcome, found.provoked) == (Outcome.CONFIRMED, "dist.connect"), sample
    assert "ENETUNREACH" in found.detail.en
