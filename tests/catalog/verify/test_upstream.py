"""Files come out of folders and archives; hostile archives are refused, and nothing is written to disk."""

from __future__ import annotations

import io
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from logsleuth.catalog.verify import upstream
from logsleuth.catalog.verify.upstream import files_of
from logsleuth.errors import UsageError


def read(path: Path) -> dict[str, bytes]:
    """The .py files of an upstream."""
    return {file.path: b"".join(file.chunks) for file in files_of(path, (".py",))}


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    """A wheel."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def tarred(path: Path, members: dict[str, bytes]) -> Path:
    """An sdist, with a link and a device beside its files."""
    with tarfile.open(path, "w:gz") as archive:
        for name, kind in (("link.py", tarfile.SYMTYPE), ("device.py", tarfile.CHRTYPE)):
            other = tarfile.TarInfo(name)
            other.type, other.linkname = kind, "/etc/passwd"
            archive.addfile(other)
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def test_a_folder(tmp_path: Path) -> None:
    """Sorted, without hidden folders, links and other kinds of files."""
    for name in ("b.py", "a/c.py", ".git/x.py", "a/readme.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "link.py").symlink_to(tmp_path / "b.py")
    os.mkfifo(tmp_path / "pipe.py")

    assert read(tmp_path) == {"b.py": b"b.py", "a/c.py": b"a/c.py"}


@pytest.mark.parametrize(("write", "name"), [(zipped, "a-1.whl"), (zipped, "a.zip"), (tarred, "a.tar.gz")])
def test_an_archive(write: Callable[[Path, dict[str, bytes]], Path], name: str, tmp_path: Path) -> None:
    """Its regular files, read from it directly."""
    path = write(tmp_path / name, {"a/b.py": b"1", "a/b.txt": b"2"})

    assert read(path) == {"a/b.py": b"1"}
    assert [one.name for one in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("member", ["../a.py", "/a.py", "a/../../b.py", "..\\a.py"])
@pytest.mark.parametrize(("write", "name"), [(zipped, "a.whl"), (tarred, "a.tar.gz")])
def test_a_member_that_leaves_the_archive(
    member: str, write: Callable[[Path, dict[str, bytes]], Path], name: str, tmp_path: Path
) -> None:
    """The archive is refused, not only the member."""
    with pytest.raises(UsageError, match="leaves the archive: refused"):
        read(write(tmp_path / name, {"fine.py": b"", member: b""}))


def test_a_bomb(tmp_path: Path) -> None:
    """A member that is out of proportion."""
    path = zipped(tmp_path / "a.whl", {"a.py": b"\0" * (upstream.RATIO_FROM + 1)})

    with pytest.raises(UsageError, match=r"'a.py' unpacks to \d+ bytes: refused"):
        read(path)


@pytest.mark.parametrize(("write", "name"), [(zipped, "a.whl"), (tarred, "a.tar.gz")])
@pytest.mark.parametrize(("bound", "value"), [("MAX_MEMBERS", 1), ("MAX_BYTES", 10), ("MAX_SDIST_BYTES", 10)])
def test_bounds(
    write: Callable[[Path, dict[str, bytes]], Path],
    name: str,
    bound: str,
    value: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Too many members, too many bytes."""
    monkeypatch.setattr(upstream, bound, value)
    path = write(tmp_path / name, {"a.py": b"1234567", "b.py": b"1234567"})
    is_other = (name == "a.whl") == (bound == "MAX_SDIST_BYTES") and bound != "MAX_MEMBERS"

    if is_other:
        assert len(read(path)) == 2
    else:
        with pytest.raises(UsageError, match=r"unpacks to more than .*: refused"):
            read(path)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.whl", b"not a zip", "broken archive"),
        ("a.tar.gz", b"\x1f\x8b\x08\x00broken", "broken archive"),
        ("a.tar.gz", b"not gzip", "cannot be read"),
        ("a.txt", b"", "neither a folder nor"),
    ],
)
def test_what_is_no_upstream(name: str, data: bytes, message: str, tmp_path: Path) -> None:
    """One error that says so."""
    (tmp_path / name).write_bytes(data)

    with pytest.raises(UsageError, match=message):
        read(tmp_path / name)


def test_what_does_not_exist(tmp_path: Path) -> None:
    """As the operating system says."""
    with pytest.raises(UsageError, match="No such file"):
        read(tmp_path / "a.whl")
