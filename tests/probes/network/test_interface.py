"""The interface that NCCL or gloo is told to use."""

from __future__ import annotations

import pytest

from logsleuth.model import Outcome
from logsleuth.probes.network.interface import SOCKET_INTERFACE, is_named, judge
from logsleuth.probes.probe import Json, Sample, Subject
from logsleuth.probes.run import run

ROWS: list[Json] = [
    {"name": "lo", "is_up": True, "addresses": ["127.0.0.1/8"]},
    {"name": "eth0", "is_up": True, "addresses": ["10.0.0.2/24"]},
    {"name": "eth1", "is_up": False, "addresses": []},
]


@pytest.mark.parametrize(
    ("specification", "name", "is_exact", "wanted"),
    [
        ("eth", "eth0", False, True),
        ("eth", "eth0", True, False),
        ("eth0,eth1", "eth1", True, True),
        ("=eth", "eth0", False, False),
        ("=eth0", "eth0", False, True),
        ("^docker,lo", "lo", False, False),
        ("^docker,lo", "eth0", False, True),
        ("^=lo", "lo1", False, True),
        ("eth0:9000", "eth0", False, True),
        ("", "eth0", False, True),
        ("", "lo", False, False),
        ("", "docker0", False, False),
    ],
)
def test_names_as_nccl_and_gloo_read_them(*, specification: str, name: str, is_exact: bool, wanted: bool) -> None:
    """NCCL takes beginnings, `=` and `^`; gloo takes whole names."""
    assert is_named(specification, name, is_exact=is_exact) is wanted


@pytest.mark.parametrize(
    ("diagnosis", "interface", "outcome", "provoked"),
    [
        ("nccl.no-interface", "ib0", Outcome.CONFIRMED, "nccl.no-interface"),
        ("nccl.no-interface", "eth", Outcome.REFUTED, ""),
        ("nccl.no-interface", "eth1", Outcome.CONFIRMED, "nccl.no-interface"),
        ("dist.gloo.interface", "eth", Outcome.CONFIRMED, "dist.gloo.interface"),
        ("dist.gloo.interface", "eth0", Outcome.REFUTED, ""),
        ("dist.gloo", "eth0", Outcome.INCONCLUSIVE, ""),
    ],
)
def test_judged(diagnosis: str, interface: str, outcome: Outcome, provoked: str) -> None:
    """Confirmed where nothing that is meant can be used."""
    sample = Sample(is_complete=True, values={"interface": interface, "interfaces": ROWS})

    found = judge(sample, Subject(diagnosis=diagnosis))

    assert (found.outcome, found.provoked) == (outcome, provoked)


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"peer": "10.0.0.9<5000>"}, Outcome.REFUTED),
        ({"peer": "192.168.7.9<5000>"}, Outcome.CONFIRMED),
    ],
)
def test_peer_in_another_subnet(facts: dict[str, str], outcome: Outcome) -> None:
    """The subnet decides where the diagnosis is about it."""
    sample = Sample(is_complete=True, values={"interface": "eth0", "interfaces": ROWS})

    subject = Subject(diagnosis="nccl.no-interface.subnet", facts=tuple(facts.items()))

    assert judge(sample, subject).outcome is outcome


def test_variable_of_the_service_counts_where_the_log_tells_none() -> None:
    """A real child sees NCCL_SOCKET_IFNAME as the service would."""
    wishes = SOCKET_INTERFACE.wishes(Subject(diagnosis="nccl.no-interface"))
    assert isinstance(wishes, dict)

    sample = run(SOCKET_INTERFACE, wishes, environment={"NCCL_SOCKET_IFNAME": "nothing9"})
    found = judge(sample, Subject(diagnosis="nccl.no-interface"))

    assert found.outcome is Outcome.CONFIRMED
    assert "nothing9" in found.detail.en


@pytest.mark.parametrize(("interface", "outcome"), [("", Outcome.INCONCLUSIVE), ("eth", Outcome.CONFIRMED)])
def test_only_loopback_is_enough_on_one_node(interface: str, outcome: Outcome) -> None:
    """NCCL falls back to it, unless it is told to use another one."""
    values: dict[str, Json] = {"interface": interface, "variable": "NCCL_SOCKET_IFNAME", "interfaces": ROWS[:1]}

    assert judge(Sample(is_complete=True, values=values), Subject(diagnosis="nccl.no-interface")).outcome is outcome
