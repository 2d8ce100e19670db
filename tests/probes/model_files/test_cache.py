"""The cache of the hub's library, as it lies on disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from logsleuth.probes.model_files.cache import cached, measure, snapshot

COMMIT = "0123456789abcdef"


def cache(root: Path) -> Path:
    """A model of one file, whole."""
    folder = root / "models--org--name"
    (folder / "blobs").mkdir(parents=True)
    (folder / "refs").mkdir()
    (folder / "snapshots" / COMMIT).mkdir(parents=True)
    (folder / "blobs" / "aa").write_text("{}", encoding="utf-8")
    (folder / "refs" / "main").write_text(COMMIT, encoding="ascii")
    (folder / "snapshots" / COMMIT / "config.json").symlink_to("../../blobs/aa")
    return folder


def test_whole_model(tmp_path: Path) -> None:
    """Nothing is wrong, and its files are found by its name."""
    folder = cache(tmp_path)

    found = measure({"model": "org/name", "cache": str(tmp_path)})

    assert (found["is_found"], found["problems"]) == (True, [])
    assert snapshot("org/name", str(tmp_path)) == folder / "snapshots" / COMMIT


def test_broken_links_and_unfinished_downloads(tmp_path: Path) -> None:
    """What an interrupted download leaves behind."""
    folder = cache(tmp_path)
    (folder / "blobs" / "aa").rename(folder / "blobs" / "aa.incomplete")

    found = measure({"model": "org/name", "cache": str(tmp_path)})["problems"]

    assert isinstance(found, list)
    assert [row["class"] for row in found if isinstance(row, dict)] == [
        "model.weights-missing",
        "model.checkpoint-corrupt.truncated",
    ]


def test_reference_to_a_snapshot_that_is_not_here(tmp_path: Path) -> None:
    """A folder that was removed by hand."""
    folder = cache(tmp_path)
    (folder / "refs" / "main").write_text("fedcba9876543210", encoding="ascii")

    found = measure({"model": "org/name", "cache": str(tmp_path)})["problems"]

    assert isinstance(found, list)
    assert "refs/main" in str(found[0])


@pytest.mark.parametrize("model", ["../../etc", "/etc", "a/b/c", "", "a b", "org/..name"])
def test_what_is_no_name_of_a_model_has_no_folder(model: str) -> None:
    """A log must not lead out of the cache."""
    assert cached(model) is None


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"HF_HUB_CACHE": "/c"}, "/c"),
        ({"HUGGINGFACE_HUB_CACHE": "/old"}, "/old"),
        ({"HF_HOME": "/h"}, "/h/hub"),
        ({"XDG_CACHE_HOME": "/x"}, "/x/huggingface/hub"),
        ({"HOME": "/home/u"}, "/home/u/.cache/huggingface/hub"),
    ],
)
def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], folder: str) -> None:
    """As the hub's own library looks for it."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert cached("org/name") == Path(folder) / "models--org--name"


def test_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a container a user may have no name and no home: that is no error."""
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)

    assert measure({"model": "org/name"})["is_found"] is False
