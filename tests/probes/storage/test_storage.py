"""The judges of storage on made samples, and the probes themselves on a folder and on sockets of this machine."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from logsleuth.model import Outcome, Words
from logsleuth.probes.probe import Json, Sample, Subject
from logsleuth.probes.run import run
from logsleuth.probes.storage import blocks, s3
from logsleuth.probes.storage.mounts import nfs_mounts
from logsleuth.probes.storage.s3 import address, links
from logsleuth.probes.table import named

CONFIRMED, REFUTED, OPEN = Outcome.CONFIRMED, Outcome.REFUTED, Outcome.INCONCLUSIVE
SPEED: dict[str, Json] = {
    "place": "/kv",
    "block_bytes": 2**21,
    "blocks": 64,
    "free_bytes": 2**40,
    "has_room": True,
    "write_gbps": 2.0,
    "read_gbps": 3.0,
    "lookup_p99_ms": 0.1,
    "intact": 64,
}
TRIP: dict[str, Json] = {"place": "/kv", "blocks": 32, "committed": 32, "found": 32, "read": 32, "finds_absent": False}
READ: dict[str, Json] = {"place": "/m", "size_bytes": 2**34, "read_bytes": 2**30, "seconds": 0.5, "is_direct": True}
JUDGED: list[tuple[str, str, dict[str, Json], Outcome]] = [
    ("path-writable", "ucm.storage-path.missing", {"path": "/x", "errno": errno.ENOENT}, CONFIRMED),
    ("path-writable", "ucm.storage-path.missing", {"path": "/x", "errno": errno.EACCES}, OPEN),
    ("path-writable", "ucm.storage-path", {"path": "/x", "errno": errno.EACCES}, CONFIRMED),
    ("path-writable", "host.permission", {"path": "/x", "errno": errno.EACCES}, CONFIRMED),
    ("path-writable", "host.permission", {"path": "/x", "errno": errno.ENOENT}, OPEN),
    ("path-writable", "storage.nfs-stale", {"path": "/x", "errno": errno.ESTALE}, CONFIRMED),
    ("path-writable", "host.permission", {"path": "/x", "errno": 0}, REFUTED),
    ("nfs-stat", "storage.nfs-timeout", {"place": "/x", "stage": "done", "milliseconds": 0.2}, REFUTED),
    ("nfs-stat", "storage.nfs-timeout", {"server": "nas", "server_answers": False}, CONFIRMED),
    ("nfs-stat", "storage.nfs-timeout", {"server": "nas", "server_answers": True}, REFUTED),
    ("nfs-stat", "storage.nfs-timeout", {"nfs_mounts": 0}, OPEN),
    ("nfs-stat", "storage.nfs-stale", {"place": "/x", "errno": errno.ESTALE}, CONFIRMED),
    ("nfs-stat", "storage.nfs-timeout", {"place": "/x", "errno": errno.ENOENT}, OPEN),
    ("block-io", "ucm.transfer-slow", SPEED, REFUTED),
    ("block-io", "ucm.transfer-slow", SPEED | {"read_gbps": 0.4}, CONFIRMED),
    ("block-io", "ucm.transfer-slow", SPEED | {"has_room": False}, OPEN),
    ("block-io", "ucm.lookup-slow", SPEED | {"read_gbps": 0.4}, REFUTED),
    ("block-io", "ucm.lookup-slow", SPEED | {"lookup_p99_ms": 25.0}, CONFIRMED),
    ("block-io", "host.io-error", SPEED | {"read_gbps": 0.4}, REFUTED),
    ("block-io", "host.io-error", SPEED | {"intact": 63}, CONFIRMED),
    ("block-io", "ucm.transfer-slow", SPEED | {"intact": 63}, OPEN),
    ("read-speed", "model.load-slow", READ, REFUTED),
    ("read-speed", "model.load-slow", READ | {"seconds": 1.3}, OPEN),
    ("read-speed", "model.load-slow", READ | {"seconds": 9.0}, CONFIRMED),
    ("read-speed", "model.load-slow", READ | {"is_direct": False}, OPEN),
    ("read-speed", "model.load-slow", READ | {"read_bytes": 100}, OPEN),
    ("store-round-trip", "ucm.hit-rate-zero", TRIP | {"files": 0}, REFUTED),
    ("store-round-trip", "ucm.hit-rate-zero", TRIP | {"files": 9}, REFUTED),
    ("store-round-trip", "ucm.hit-rate-zero", TRIP | {"read": 31}, CONFIRMED),
    ("store-round-trip", "ucm.hit-rate-zero", TRIP | {"finds_absent": True}, CONFIRMED),
    ("s3", "storage.s3-credentials", {"links": []}, CONFIRMED),
    ("s3", "storage.s3-credentials", {"links": ["environment"]}, REFUTED),
    ("s3", "storage.s3-credentials.invalid", {"links": ["environment"]}, OPEN),
    ("s3", "storage.s3-access", {"links": []}, OPEN),
    ("s3", "storage.s3-endpoint", {"links": []}, OPEN),
    ("s3", "storage.s3-endpoint", {"links": [], "endpoint": "a:1", "error": "refused"}, CONFIRMED),
    ("s3", "storage.s3-endpoint", {"links": [], "endpoint": "a:1", "error": ""}, REFUTED),
    ("s3", "storage.s3-endpoint", {"links": [], "endpoint": "a:1", "error": "x", "has_proxy": True}, OPEN),
    ("s3", "storage.s3-endpoint", {"links": [], "endpoint": "a:1", "error": "", "refused": "public"}, Outcome.SKIPPED),
    ("nfs-stat", "storage.nfs-timeout", {"server": "nas", "unasked": "special"}, Outcome.SKIPPED),
]


@pytest.mark.parametrize(("name", "diagnosis", "values", "outcome"), JUDGED)
def test_a_verdict(name: str, diagnosis: str, values: dict[str, Json], outcome: Outcome) -> None:
    """By what the diagnosis predicts, and its rivals do not."""
    sample = Sample(values=values, is_complete=True, exit_status=0)

    assert named(name).judge(sample, Subject(diagnosis=diagnosis)).outcome is outcome


@pytest.mark.parametrize(("diagnosis", "outcome"), [("storage.nfs-timeout", CONFIRMED), ("storage.nfs-stale", OPEN)])
def test_a_mount_that_hangs(diagnosis: str, outcome: Outcome) -> None:
    """No answer is the failure itself, and the last step told is where it hangs."""
    sample = Sample(values={"place": "/nfs", "stage": "statvfs"}, is_timed_out=True, seconds=12.0)

    result = named("nfs-stat").judge(sample, Subject(diagnosis=diagnosis))

    assert (result.outcome, result.detail.en) == (outcome, "/nfs does not answer: statvfs hangs, ended after 12 s")


@pytest.mark.parametrize("name", ["path-writable", "nfs-stat", "store-round-trip", "block-io", "disk-space"])
def test_a_healthy_folder(name: str, tmp_path: Path) -> None:
    """Asked for real, it passes, and nothing is left in it."""
    probe = named(name)
    subject = Subject(diagnosis=probe.answers[0], facts=(("path", str(tmp_path)),))
    wishes = probe.wishes(subject)
    assert not isinstance(wishes, Words)
    if "blocks" in wishes:
        wishes = {**wishes, "blocks": 4, "block_bytes": 4096}

    sample = run(probe, wishes)

    assert sample.is_complete, sample.output
    assert probe.judge(sample, subject).outcome in {REFUTED, CONFIRMED} if name == "block-io" else REFUTED
    assert list(tmp_path.iterdir()) == []


def test_an_endpoint() -> None:
    """A socket that listens refutes, one that does not confirms."""
    probe = named("s3")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        taken = run(probe, {"endpoint": f"http://127.0.0.1:{port}"})
    refused = run(probe, {"endpoint": f"http://127.0.0.1:{port}"})
    subject = Subject(diagnosis="storage.s3-endpoint")

    outcomes = [probe.judge(sample, subject).outcome for sample in (taken, refused)]

    assert outcomes == [REFUTED, CONFIRMED]


def test_links_of_the_chain(tmp_path: Path) -> None:
    """Each place that boto looks into, named without what it holds."""
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "credentials").write_text("[work]\naws_access_key_id = x\n", encoding="ascii")
    (tmp_path / ".aws" / "config").write_text("[profile work]\nrole_arn = x\n", encoding="ascii")
    (tmp_path / "token").touch()
    variables = {
        "AWS_PROFILE": "work",
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y",
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(tmp_path / "token"),
        "AWS_ROLE_ARN": "z",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1",
    }

    found = list(links(variables, tmp_path))

    assert found == [
        "environment",
        "web identity",
        "credentials file, profile work",
        "configuration file, profile work",
        "container",
    ]
    assert list(links({}, tmp_path)) == []
    (tmp_path / ".aws" / "credentials").write_bytes(b"\xff[")
    assert list(links({}, tmp_path)) == []


@pytest.mark.parametrize(
    ("endpoint", "where"),
    [
        ("https://minio.local:9000/models", ("minio.local", 9000)),
        ("https://s3.example.net", ("s3.example.net", 443)),
        ("http://s3.example.net/x", ("s3.example.net", 80)),
        ("minio.local:9000", ("minio.local", 9000)),
        ("https://[::1", None),
        ("http://x:99999", None),
        ("", None),
    ],
)
def test_an_address(endpoint: str, where: tuple[str, int] | None) -> None:
    """Host and port, or nothing."""
    assert address(endpoint) == where


def test_a_model_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its largest files first, from a folder or from the hub's cache; nothing is written."""
    (tmp_path / "models--a--b" / "snapshots").mkdir(parents=True)
    (tmp_path / "models--a--b" / "snapshots" / "small").write_bytes(b"x" * 10)
    (tmp_path / "models--a--b" / "snapshots" / "large").write_bytes(b"x" * 100_000)

    sample = run(named("read-speed"), {"model": "a/b", "most_bytes": 1024}, environment={"HF_HUB_CACHE": str(tmp_path)})

    assert (sample.values["files"], sample.values["size_bytes"], sample.values["read_bytes"]) == (2, 100_010, 100_000)


def test_mounts() -> None:
    """Those of NFS, with spaces as they are."""
    text = "nas:/kv /mnt/my\\040kv nfs4 rw 0 0\n/dev/sda1 / ext4 rw 0 0\nbroken\n"

    assert nfs_mounts(text) == {"/mnt/my kv": "nas:/kv"}


@pytest.mark.parametrize(
    ("name", "facts"),
    [("s3", {"endpoint": "http://169.254.169.254/latest"}), ("nfs-stat", {"server": "169.254.169.254:/x"})],
)
def test_metadata_servers_are_not_asked(name: str, facts: dict[str, str]) -> None:
    """Whatever the log calls them."""
    probe = named(name)
    subject = Subject(
        diagnosis=probe.answers[0] if name == "nfs-stat" else "storage.s3-endpoint", facts=tuple(facts.items())
    )
    wishes = probe.wishes(subject)
    assert isinstance(wishes, dict)

    found = probe.judge(run(probe, wishes), subject)

    assert found.outcome is Outcome.SKIPPED
    assert "metadata" in found.detail.en


def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    """Reading takes from it, and opening it waits for a writer."""
    os.mkfifo(tmp_path / "pipe")

    sample = run(named("path-writable"), {"path": str(tmp_path / "pipe")})

    assert (sample.is_complete, sample.values["kind"]) == (True, "other")


def test_slow_folder_is_measured_with_fewer_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the slow one that has to get its verdict within the limit."""
    monkeypatch.setattr(blocks, "SECONDS", 0.0)

    values = blocks.measure({"path": str(tmp_path), "block_bytes": 4096, "blocks": 64})

    assert (values["blocks"], values["intact"]) == (blocks.FEWEST, blocks.FEWEST)


def test_proxy_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """A direct connection says nothing of a way by a proxy."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", ".intern")
    monkeypatch.setattr(s3, "connect", lambda _wishes: {"attempts": [{"error": "ETIMEDOUT"}]})
    asked = ("https://s3.example.com", "http://s3.example.com", "https://s3.intern")

    told = [list(s3.measure({"endpoint": endpoint}))[-1]["has_proxy"] for endpoint in asked]

    assert told == [True, False, False]
