"""An upstream is read whole: every language, its name and its version."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from logsleuth.catalog.verify import literals
from logsleuth.catalog.verify.literals import read_upstream

FILES = {
    "vllm/a.py": b'raise ValueError("from python code")',
    "vllm/b.py": b"def (",
    "vllm/c.cc": b'WARN("from native code");',
    "vllm/d.so": b"\0from a library\0from a library\0",
    "vllm/e.txt": b'raise ValueError("not code at all")',
    "tests/f.py": b'raise ValueError("only a test")',
    "vllm/third_party/g.cc": b'WARN("of somebody else");',
}


def wheel(folder: Path, name: str) -> Path:
    """A small wheel."""
    with zipfile.ZipFile(folder / name, "w") as archive:
        for member, data in FILES.items():
            archive.writestr(member, data)
    return folder / name


def test_every_language(tmp_path: Path) -> None:
    """Texts of a library once; tests and other people's code left out; what does not parse is named."""
    found = read_upstream(wheel(tmp_path, "vllm-0.11.0-cp38-abi3-linux.whl"))

    assert [one.text for one in found.templates] == ["from python code", "from native code", "from a library"]
    assert (found.files, found.unread, found.is_cut) == (4, ("vllm/b.py",), False)


@pytest.mark.parametrize(
    ("name", "component", "version"),
    [
        ("vllm-0.11.0-cp38-abi3-manylinux1_x86_64.whl", "vllm", "0.11.0"),
        ("uc_manager-0.9.0rc3-py3-none-any.whl", "ucm", "0.9.0rc3"),
        ("nvidia_nccl_cu12-2.27.5-py3-none-manylinux2014.whl", "nccl", "2.27.5"),
        ("huggingface_hub-0.34.4-py3-none-any.whl", "huggingface_hub", "0.34.4"),
        ("torch-2.8.0+cu128-cp311-cp311-linux.whl", "torch", "2.8.0+cu128"),
        ("vllm.zip", "vllm.zip", ""),
    ],
)
def test_names(tmp_path: Path, name: str, component: str, version: str) -> None:
    """A distribution's name says whose signatures are meant."""
    found = read_upstream(wheel(tmp_path, name))

    assert (found.component, found.version) == (component, version)


def test_a_folder_with_a_version(tmp_path: Path) -> None:
    """Or what the caller says."""
    (tmp_path / "nccl-v2.27.7").mkdir()
    (tmp_path / "nccl-v2.27.7" / "a.cc").write_bytes(b'WARN("it is so");')

    found = read_upstream(tmp_path / "nccl-v2.27.7")
    named = read_upstream(tmp_path / "nccl-v2.27.7", component="ucm", version="1")

    assert (found.component, found.version, len(found.templates)) == ("nccl", "2.27.7", 1)
    assert (named.component, named.version) == ("ucm", "1")


def test_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large files are named, and too many messages are cut."""
    monkeypatch.setattr(literals, "MAX_SOURCE_BYTES", 30)
    monkeypatch.setattr(literals, "MAX_TEMPLATES", 1)

    found = read_upstream(wheel(tmp_path, "vllm-1-py3-none-any.whl"))

    assert found.unread == ("vllm/a.py", "vllm/b.py")
    assert ([one.text for one in found.templates], found.is_cut) == (["from native code"], True)
