"""Sizes and paths of logs."""

from __future__ import annotations

import pytest

from logsleuth.probes.probe import Subject
from logsleuth.probes.wanted import count, first_size, path, size_bytes, store_path

GIB = 1024**3


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("16.00 GiB", 16 * GIB),
        ("4976.70 MB", 4_976_700_000),
        ("121099264kB", 121_099_264 * 1024),
        ("34359738368", 32 * GIB),
        ("5.0Gi", 5 * GIB),
        ("1,048,576 bytes", 1024**2),
        ("64M", 64 * 1024**2),
        ("", None),
        ("many", None),
        ("9" * 20 + " TiB", 2**60),
    ],
)
def test_a_size(text: str, size: int | None) -> None:
    """As it is meant: binary with an i or a bare letter, decimal with a B, the kernel's kB binary."""
    assert size_bytes(text) == size


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({"path": "/kv"}, "/kv"),
        ({"path": "relative", "storage_backends": "['/kv/a', '/kv/b']"}, "/kv/a"),
        ({"ucm_connector_config": "{'storage_backends': '/mnt/ucm', 'x': 1}"}, "/mnt/ucm"),
        ({"ucm_store": '{"storage_backends": ["/mnt/a", "/mnt/b"]}'}, "/mnt/a"),
        ({"path": "/a\0b"}, ""),
        ({}, ""),
    ],
)
def test_the_path_of_the_store(facts: dict[str, str], found: str) -> None:
    """What failed, or what the configuration in the log says."""
    assert store_path(Subject(environment=tuple(facts.items()))) == found


def test_facts_of_the_user_go_before_those_of_the_log() -> None:
    """Whatever the log calls its own."""
    subject = Subject(
        facts=(("path", "/log"), ("requested", "9 GiB")), given=(("folder", "/user"), ("needed", "1 GiB"))
    )

    assert path(subject) == "/user"
    assert first_size(subject, "requested", "needed") == 1024**3
    assert subject.each("path", "none", "folder") == ("/user", "/log", "")


def test_figures_of_a_subject() -> None:
    """The first fact that tells one; facts of the diagnosis stand before those of the log."""
    subject = Subject(
        facts=(("needed", "x"), ("free", "2 GiB")), environment=(("limit", "64 files"), ("free", "1 GiB"))
    )

    assert first_size(subject, "needed", "free") == 2 * GIB
    assert (count(subject, "needed", "limit"), count(subject, "free_files")) == (64, None)
    assert path(subject) == ""
