"""The address that a node has, and that it would choose."""

from __future__ import annotations

import pytest

from logsleuth.model import Outcome
from logsleuth.probes.network.host_address import HOST_ADDRESS, judge
from logsleuth.probes.probe import Json, Sample, Subject
from logsleuth.probes.run import run

ROWS: list[Json] = [
    {"name": "eth0", "addresses": ["10.0.0.2/24"]},
    {"name": "docker0", "addresses": ["172.17.0.1/16"]},
]


def asked(diagnosis: str, address: str) -> tuple[Outcome, str]:
    """Outcome and provoked class, for real."""
    subject = Subject(diagnosis=diagnosis, facts=(("address", address),))
    wishes = HOST_ADDRESS.wishes(subject)
    assert isinstance(wishes, dict)
    found = judge(run(HOST_ADDRESS, wishes), subject)
    return found.outcome, found.provoked


def test_address_of_another_machine_confirms() -> None:
    """203.0.113.0/24 is for documentation."""
    assert asked("dist.wrong-host-ip.bind", "203.0.113.77") == (Outcome.CONFIRMED, "dist.wrong-host-ip.bind")


def test_address_of_this_machine_refutes() -> None:
    """Loopback can always be bound."""
    assert asked("dist.wrong-host-ip.bind", "127.0.0.1") == (Outcome.REFUTED, "")


@pytest.mark.parametrize(
    ("address", "chosen", "outcome"),
    [
        ("127.0.0.1", "10.0.0.2", Outcome.REFUTED),
        ("127.0.0.1", "127.0.0.1", Outcome.CONFIRMED),
        ("127.0.0.1", "", Outcome.CONFIRMED),
        ("172.17.0.1", "172.17.0.1", Outcome.CONFIRMED),
        ("172.17.0.1", "10.0.0.2", Outcome.INCONCLUSIVE),
        ("10.0.0.2", "10.0.0.2", Outcome.INCONCLUSIVE),
    ],
)
def test_choice_of_the_node(address: str, chosen: str, outcome: Outcome) -> None:
    """Loopback and bridges of containers are of no use to other nodes."""
    values: dict[str, Json] = {"address": address, "chosen": chosen, "interfaces": ROWS, "error": ""}

    found = judge(Sample(is_complete=True, values=values), Subject(diagnosis="dist.wrong-host-ip"))

    assert found.outcome is outcome
