"""Weight files, written by hand and then broken."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from logsleuth.probes.model_files.problem import HEADER, MISMATCH, MISSING, TRUNCATED
from logsleuth.probes.model_files.weights import against_index, shard, weight_files


def safetensors(names: tuple[str, ...] = ("a", "b"), **changes: object) -> bytes:
    """A file of tensors of two by three BF16 each; `changes` go into the first of them."""
    told: dict[str, object] = {"__metadata__": {"format": "pt"}}
    for index, name in enumerate(names):
        told[name] = {"dtype": "BF16", "shape": [2, 3], "data_offsets": [12 * index, 12 * index + 12]}
    first = told[names[0]]
    assert isinstance(first, dict)
    first |= changes
    header = json.dumps(told).encode()
    return len(header).to_bytes(8, "little") + header + bytes(12 * len(names))


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 4976698672\n"


@pytest.mark.parametrize(
    ("content", "class_id", "said"),
    [
        (safetensors(), "", ""),
        (safetensors()[:-5], TRUNCATED, "5 bytes of 24 are missing"),
        (safetensors()[:40], TRUNCATED, "within its header"),
        (safetensors() + b"more", HEADER, "4 bytes follow"),
        (safetensors(shape=[2, 4]), HEADER, "'a' do not go together"),
        (safetensors(data_offsets=[1, 13]), HEADER, "gap or an overlap"),
        (safetensors(data_offsets="x"), HEADER, "'a' do not go together"),
        (safetensors(dtype="NEW9"), "", ""),
        (POINTER, HEADER, "Git LFS pointer"),
        (b"<!DOCTYPE html><html>", HEADER, "web page"),
        (b"", HEADER, "empty"),
        (bytes(1000), HEADER, "zeros"),
        (b"\xff" * 100, HEADER, "no safetensors file"),
        ((4).to_bytes(8, "little") + b"{[]}", HEADER, "no JSON"),
        ((2).to_bytes(8, "little") + b"[]", HEADER, "no mapping"),
        (b"ab", HEADER, "no safetensors file"),
    ],
    ids=range(16),
)
def test_header_against_its_file(tmp_path: Path, content: bytes, class_id: str, said: str) -> None:
    """Every kind of damage that downloads leave, and none where there is none."""
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)

    found = shard(path)

    assert (found.problem[0], said in found.problem[1]) == (class_id, True), found.problem


def test_archive_of_torch(tmp_path: Path) -> None:
    """The end of a zip file is its table: without it the file was cut off."""
    path = tmp_path / "pytorch_model.bin"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.pkl", b"x" * 100)
    assert shard(path).problem == ("", "")

    path.write_bytes(path.read_bytes()[:-40])

    assert shard(path).problem[0] == TRUNCATED


def index(folder: Path, weights: dict[str, str]) -> None:
    """The index beside the shards."""
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weights}), encoding="utf-8")


def test_index_against_shards(tmp_path: Path) -> None:
    """A missing shard, a tensor that is not where the index says, one that is in two shards."""
    (tmp_path / "1.safetensors").write_bytes(safetensors(("a", "b")))
    (tmp_path / "2.safetensors").write_bytes(safetensors(("b", "c")))
    index(tmp_path, {"a": "1.safetensors", "d": "2.safetensors", "e": "3.safetensors"})

    found = list(against_index(tmp_path, tuple(shard(path) for path in weight_files(tmp_path))))

    assert [row["class"] for row in found] == [MISSING, MISMATCH, f"{MISMATCH}.shard-conflict"]
    assert "3.safetensors" in str(found[0]["reason"])
    assert "d" in str(found[1]["reason"])
    assert "b" in str(found[2]["reason"])


@pytest.mark.parametrize("text", ["[]", "{}", "{", '{"weight_map": []}', "[" * 100_000])
def test_index_that_is_none(tmp_path: Path, text: str) -> None:
    """It is told as a damaged text, whatever it is."""
    (tmp_path / "model.safetensors.index.json").write_text(text, encoding="utf-8")

    assert [row["class"] for row in against_index(tmp_path, ())] == ["model.checkpoint-corrupt.text-file"]


def test_broken_link_is_a_missing_file(tmp_path: Path) -> None:
    """As an interrupted download leaves it in the cache of the hub."""
    (tmp_path / "model.safetensors").symlink_to("../blobs/none")

    assert [shard(path).problem[0] for path in weight_files(tmp_path)] == [MISSING]
