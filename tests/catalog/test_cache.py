"""A stored catalog is believed only when everything about it fits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from logsleuth.catalog import cache
from logsleuth.model import Role, Signature

KEY = "0123456789abcdef" * 2


@pytest.fixture
def stored(signature: Signature) -> cache.Stored:
    """What is kept of a catalog of one."""
    return cache.Stored(signatures=(signature,), classes={"vllm": Role.ROOT}, digest="d")


def test_what_was_written_is_read(tmp_path: Path, stored: cache.Stored) -> None:
    """Whole values come back, in their types."""
    cache.write(tmp_path / "new" / "c.bin", KEY, stored)

    assert cache.read(tmp_path / "new" / "c.bin", KEY) == stored
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["c.bin"]


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda data: data[:40],
        lambda data: data[:-1],
        lambda data: data + b"x",
        lambda data: data.replace(b"catalog-1", b"catalog-0"),
        lambda data: data.replace(b"critical", b"harmless"),
        lambda _: b"\x80\x04.",
    ],
)
def test_damaged_files_are_ignored(tmp_path: Path, stored: cache.Stored, damage: Callable[[bytes], bytes]) -> None:
    """Whatever happened to the file, it is no error."""
    cache.write(tmp_path / "c.bin", KEY, stored)
    path = tmp_path / "c.bin"
    path.write_bytes(damage(path.read_bytes()))

    assert cache.read(tmp_path / "c.bin", KEY) is None


def test_another_model_under_a_right_checksum_is_ignored(tmp_path: Path, stored: cache.Stored) -> None:
    """Data of another shape does not decode."""
    cache.write(tmp_path / "c.bin", KEY, stored)
    head = cache.FORMAT + bytes.fromhex(KEY)
    body = b"\x81\xa1a\x01"
    (tmp_path / "c.bin").write_bytes(head + cache.checksum(body) + body)

    assert cache.read(tmp_path / "c.bin", KEY) is None


def test_another_key_finds_nothing(tmp_path: Path, stored: cache.Stored) -> None:
    """The files have changed since."""
    cache.write(tmp_path / "c.bin", KEY, stored)

    assert cache.read(tmp_path / "c.bin", KEY[::-1]) is None
    assert cache.read(tmp_path / "nowhere", KEY) is None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path, stored: cache.Stored) -> None:
    """It is only slower the next time."""
    (tmp_path / "file").write_text("")

    cache.write(tmp_path / "file" / "c.bin", KEY, stored)

    assert cache.read(tmp_path / "file" / "c.bin", KEY) is None


def test_the_key_knows_the_files(tmp_path: Path) -> None:
    """Their names and their state."""
    path = tmp_path / "a.yaml"
    absent = cache.key([path])
    path.write_text("a")
    present = cache.key([path])

    assert len({absent, present, cache.key([]), cache.key([path, path])}) == 4
    assert cache.key([path]) == present
    assert cache.name([path]) != cache.name([path, path])


def test_a_replacement_that_fails_leaves_nothing(tmp_path: Path, stored: cache.Stored) -> None:
    """No half-written file stays behind."""
    (tmp_path / "new" / "c.bin" / "x").mkdir(parents=True)

    cache.write(tmp_path / "new" / "c.bin", KEY, stored)

    assert [path.name for path in (tmp_path / "new").iterdir()] == ["c.bin"]


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    """It cannot be ours."""
    with (tmp_path / "c.bin").open("wb") as file:
        file.truncate(65 * 1024 * 1024)

    assert cache.read(tmp_path / "c.bin", KEY) is None
