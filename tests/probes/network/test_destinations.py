"""Which hosts of a log are asked: near ones, public ones with leave, those of a machine's own never."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from logsleuth.model import Outcome
from logsleuth.probes.network import destinations
from logsleuth.probes.network.destinations import Leave, Refusal, leave, refused, refused_name, why
from logsleuth.probes.network.endpoint import ENDPOINT_CONNECT, NAME_RESOLUTION, connect
from logsleuth.probes.network.places import endpoint
from logsleuth.probes.probe import Sample, Subject
from logsleuth.probes.run import run

SPECIAL = Refusal.SPECIAL


@pytest.mark.parametrize(
    ("address", "near", "public"),
    [
        ("10.1.2.3", None, None),
        ("192.168.7.7", None, None),
        ("127.0.0.1", None, None),
        ("fd00::77", None, None),
        ("::1", None, None),
        ("fe80::1%lo", None, None),
        ("100.64.3.3", None, None),
        ("8.8.8.8", Refusal.PUBLIC, None),
        ("2001:4860:4860::8888", Refusal.PUBLIC, None),
        ("169.254.169.254", SPECIAL, SPECIAL),
        ("::ffff:169.254.169.254", SPECIAL, SPECIAL),
        ("64:ff9b::a9fe:a9fe", SPECIAL, SPECIAL),
        ("2002:a9fe:a9fe::1", SPECIAL, SPECIAL),
        ("fd00:ec2::254", SPECIAL, SPECIAL),
        ("fe80::a9fe:a9fe%lo", SPECIAL, SPECIAL),
        ("100.100.100.200", SPECIAL, SPECIAL),
        ("168.63.129.16", SPECIAL, SPECIAL),
        ("0.0.0.0", SPECIAL, SPECIAL),
        ("255.255.255.255", SPECIAL, SPECIAL),
        ("224.0.0.1", SPECIAL, SPECIAL),
        ("ff02::1", SPECIAL, SPECIAL),
    ],
)
def test_an_address_of_a_log(address: str, near: Refusal | None, public: Refusal | None) -> None:
    """What is near may be asked, what is public with leave, what answers with credentials never."""
    assert refused([address], {"leave": Leave.NEAR}) is near
    assert refused([address], {}) is near
    assert refused([address], {"leave": Leave.PUBLIC}) is public
    assert refused([address], {"leave": Leave.USER}) is None


def test_one_bad_address_of_a_name_is_enough() -> None:
    """A name may have a near address and a metadata server's."""
    assert refused(["10.0.0.1", "169.254.169.254"], {"leave": "near"}) is SPECIAL


def test_an_attached_public_network_is_near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clusters of universities have public addresses."""
    rows = [{"name": "ib0", "addresses": ["8.8.8.7/24"]}, {"name": "tun", "addresses": ["9.9.9.9/0"]}, "?"]
    monkeypatch.setattr(destinations, "interfaces", lambda: rows)

    assert refused(["8.8.8.8"], {}) is None
    assert refused(["8.8.9.8"], {}) is Refusal.PUBLIC


def test_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Those of this machine's own network are looked up; a public server of names would learn of the others."""
    (tmp_path / "resolv.conf").write_text("search hpc.uni.example com\nnameserver 10.0.0.2\n", encoding="ascii")
    (tmp_path / "hosts").write_text("10.0.0.3 store.vendor.net # here\n", encoding="ascii")
    monkeypatch.setattr(destinations, "RESOLVER", tmp_path / "resolv.conf")
    monkeypatch.setattr(destinations, "HOSTS", tmp_path / "hosts")
    near = ("node7", "node7.local", "a.b.svc.cluster.local", "N1.HPC.uni.example.", "store.vendor.net", "10.0.0.9")
    far = ("canary.evil.com", "evil.com", "hpc.uni.example.evil.com", "xhpc.uni.example.org")

    assert [refused_name(host, {}) for host in near] == [None] * len(near)
    assert [refused_name(host, {}) for host in far] == [Refusal.NAME] * len(far)
    assert refused_name("evil.com", {"leave": "public"}) is refused_name("evil.com", {"leave": "user"}) is None


def test_no_files_and_a_domain_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The machine's own full name tells its domain."""
    monkeypatch.setattr(destinations, "RESOLVER", tmp_path / "none")
    monkeypatch.setattr(destinations, "HOSTS", tmp_path / "none")
    monkeypatch.setattr(socket, "gethostname", lambda: "n1.cluster.example.org")

    assert refused_name("n2.cluster.example.org", {}) is None
    assert refused_name("n2.example.org", {}) is Refusal.NAME


def test_whose_word_it_is() -> None:
    """The user's goes before the log's, and a host of the log is not taken for the user's."""
    log = (("address", "169.254.169.254"), ("port", "80"))
    given = Subject(facts=log, given=(("peer", "10.0.0.1"),))

    assert leave(Subject(facts=log), "address", "peer") is Leave.NEAR
    assert leave(Subject(facts=log, may_connect=True), "address") is Leave.PUBLIC
    assert leave(given, "address", "peer") is Leave.USER
    assert endpoint(given)[0] == "10.0.0.1"
    assert endpoint(Subject(facts=log, given=(("peer", "???"),)))[0] == ""


@pytest.mark.parametrize(
    ("host", "word"), [("169.254.169.254", "metadata"), ("2852039166", "metadata"), ("canary.evil.com", "--connect")]
)
def test_nothing_is_asked_and_the_reason_is_told(host: str, word: str) -> None:
    """Neither a connection nor a look-up is made; whatever way the address is written."""
    subject = Subject(diagnosis="dist.connect", facts=(("address", host), ("port", "80")))
    wishes = ENDPOINT_CONNECT.wishes(subject)
    assert isinstance(wishes, dict)

    values = connect(wishes)
    found = ENDPOINT_CONNECT.judge(Sample(is_complete=True, values=values), subject)

    assert values["attempts"] == []
    assert found.outcome is Outcome.SKIPPED
    assert word in found.detail.en
    assert host in found.detail.zh


def test_a_name_is_not_looked_up() -> None:
    """The probe of names says so too, in its child."""
    subject = Subject(diagnosis="dist.hostname", facts=(("address", "canary.evil.com"),))
    wishes = NAME_RESOLUTION.wishes(subject)
    assert isinstance(wishes, dict)

    found = NAME_RESOLUTION.judge(run(NAME_RESOLUTION, wishes), subject)

    assert found.outcome is Outcome.SKIPPED
    assert found.detail == why(Refusal.NAME, "canary.evil.com")
