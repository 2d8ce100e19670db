"""The keys of a sealed segment."""

from __future__ import annotations

from pathlib import Path

import pytest

from logsleuth.server import keys

KEYS = bytes(range(48))


def test_keys_come_back(tmp_path: Path) -> None:
    """With the time of the seal."""
    path = keys.path_of(tmp_path, 7)
    keys.save(path, KEYS, 12345)

    assert keys.load(path) == (KEYS, 12345)
    assert [item.name for item in tmp_path.iterdir()] == ["0000000000000007.keys"]


def test_a_file_that_is_not_there_has_none(tmp_path: Path) -> None:
    """No error."""
    assert keys.load(tmp_path / "none.keys") is None


@pytest.mark.parametrize("at", range(68))
def test_damage_anywhere_is_noticed(tmp_path: Path, at: int) -> None:
    """Also a cut at that place."""
    path = keys.path_of(tmp_path, 1)
    keys.save(path, KEYS, 12345)
    data = path.read_bytes()

    path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    flipped = keys.load(path)
    path.write_bytes(data[:at])

    assert (flipped, keys.load(path)) == (None, None)
