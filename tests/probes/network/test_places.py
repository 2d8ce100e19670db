"""Hosts and ports as logs write them."""

from __future__ import annotations

import pytest

from logsleuth.probes.network.places import endpoint, place
from logsleuth.probes.probe import Subject


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("10.0.0.1", ("10.0.0.1", 0)),
        ("10.0.0.1:29500", ("10.0.0.1", 29500)),
        ("10.0.0.1<43211>", ("10.0.0.1", 43211)),
        ("tcp://node-0.svc:29500", ("node-0.svc", 29500)),
        ("[fd00::1]:29500", ("fd00::1", 29500)),
        ("fd00::1<5000>", ("fd00::1", 5000)),
        ("fd00::1", ("fd00::1", 0)),
        ("https://minio.local/bucket", ("minio.local", 443)),
        ("http://minio.local:9000", ("minio.local", 9000)),
        ("10.0.0.1:99999", ("", 0)),
        ("a host", ("", 0)),
        ("", ("", 0)),
    ],
)
def test_place(text: str, wanted: tuple[str, int]) -> None:
    """What is no place is an empty host."""
    assert place(text) == wanted


def test_port_stands_apart_or_belongs_to_the_service() -> None:
    """A fact of its own, else the port of NFS for its server."""
    assert endpoint(Subject(facts=(("address", "h"), ("port", "80")))) == ("h", 80)
    assert endpoint(Subject(diagnosis="storage.nfs-timeout", facts=(("server", "nas"),))) == ("nas", 2049)
    assert endpoint(Subject(facts=(("address", "h"), ("port", "٣")))) == ("h", 0)
