"""Names that rotations make, and what they hold."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from logsleuth.limits import DEFAULT_LIMITS
from logsleuth.sources.follow_family import (
    bases,
    by_identity,
    holds,
    is_compressed,
    is_family,
    open_file,
    siblings,
    unpacked,
)
from logsleuth.sources.follow_position import Position, fingerprint


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("app.log.1", True),
        ("app.log.12.gz", True),
        ("app.log-20261120", True),
        ("app.log_old", True),
        ("app.2026-11-20_06-00.log", True),
        ("app.log", False),
        ("app.logs", False),
        ("app2.log", False),
        ("app.txt", False),
        ("0.log.20261120-060000", False),
    ],
)
def test_a_family_is_known_by_its_names(name: str, *, is_one: bool) -> None:
    """And the other way round."""
    assert is_family(name, "app.log") is is_one
    assert ("app.log" in set(bases(name)) - {name}) is is_one


@pytest.mark.parametrize(("name", "is_packed"), [("a.gz", True), ("a.log.zst", True), ("a.log", False), ("gz", False)])
def test_compressed_names(name: str, *, is_packed: bool) -> None:
    """Finished files."""
    assert is_compressed(name) is is_packed


def test_siblings_stand_in_the_order_of_their_age(tmp_path: Path) -> None:
    """By their times, and in the same instant by their numbers; folders and links are none."""
    for name, second in (("a.log.1", 9), ("a.log.2", 9), ("a.log.3", 5), ("a.log", 10), ("b.log", 1)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (second, second))
    (tmp_path / "a.log.d").mkdir()
    (tmp_path / "a.log.l").symlink_to("b.log")

    assert [Path(item.path).name for item in siblings(str(tmp_path / "a.log"))] == ["a.log.3", "a.log.2", "a.log.1"]
    assert siblings(str(tmp_path / "no" / "a.log")) == []


def test_a_file_is_found_by_its_identity(tmp_path: Path) -> None:
    """Whatever it is called now."""
    (tmp_path / "x").touch()
    status = (tmp_path / "x").stat()

    assert by_identity(str(tmp_path), (status.st_dev, status.st_ino)) == str(tmp_path / "x")
    assert by_identity(str(tmp_path), (status.st_dev + 1, status.st_ino)) is None


def test_only_files_are_opened(tmp_path: Path) -> None:
    """A pipe would wait for its writer."""
    os.mkfifo(tmp_path / "fifo")

    assert open_file(str(tmp_path / "fifo")) is None
    assert open_file(str(tmp_path)) is None
    assert open_file(str(tmp_path / "none")) is None


@pytest.mark.parametrize(
    ("content", "is_held"),
    [(b"one\ntwo\nmore", True), (b"one\nTwo\n", False), (b"One\ntwo\n", False), (b"one\n", False)],
)
def test_a_file_holds_what_was_read(tmp_path: Path, content: bytes, *, is_held: bool) -> None:
    """By its size, its first and its last bytes."""
    log = tmp_path / "a.log"
    log.write_bytes(b"one\ntwo\n")
    with log.open("rb") as file:
        position = Position(device=0, inode=0, offset=8, head=fingerprint(file.fileno(), 8), tail=b"wo\n".hex())
    log.write_bytes(content)

    with log.open("rb") as file:
        assert holds(file.fileno(), position) is is_held


def test_a_compressed_file_is_unpacked_once_it_is_whole(tmp_path: Path) -> None:
    """One that is still being written, or is none, gives nothing."""
    packed = tmp_path / "a.gz"
    packed.write_bytes(gzip.compress(b"line\n" * 1000))

    descriptor = unpacked(str(packed), limits=DEFAULT_LIMITS)

    assert descriptor is not None
    assert os.pread(descriptor, 10_000, 0) == b"line\n" * 1000
    os.close(descriptor)
    packed.write_bytes(packed.read_bytes()[:-20])
    assert unpacked(str(packed), limits=DEFAULT_LIMITS) is None
    packed.write_bytes(b"plain text, long enough\n")
    assert unpacked(str(packed), limits=DEFAULT_LIMITS) is None
    assert unpacked(str(tmp_path / "none"), limits=DEFAULT_LIMITS) is None
