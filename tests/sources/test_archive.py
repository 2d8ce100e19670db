"""Archives: the members of every kind of tar, without seeking."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.sources.archive import DAMAGED, TRUNCATED, Archive, is_tar
from logsleuth.sources.readers import ChunkReader, Trouble, exactly

FORMATS = pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])


def tar(files: dict[str, bytes], *, form: int = tarfile.GNU_FORMAT) -> bytes:
    """An archive of these files, with a folder and a link that hold nothing."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, kind in (("folder", tarfile.DIRTYPE), ("link", tarfile.SYMTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "elsewhere"
            archive.addfile(info)
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def members(data: bytes, *, chunk_bytes: int = 700) -> tuple[list[tuple[str, bytes]], list[Trouble | None]]:
    """All members, and the troubles of the last one and of the archive."""
    archive = Archive(ChunkReader(data[at : at + chunk_bytes] for at in range(0, len(data), chunk_bytes)))
    found, trouble = [], None
    for member in archive.members():
        found.append((member.name, exactly(member, 10**9)))
        trouble = member.trouble
    return found, [trouble, archive.trouble]


@FORMATS
@pytest.mark.parametrize("chunk_bytes", [1, 512, 10**6])
def test_members_come_in_order(form: int, chunk_bytes: int) -> None:
    """With their names and bytes; folders and links are none."""
    files = {"a.log": b"one\n", "empty": b"", "dir/b.log": b"x" * 512, "c": b"y" * 1500}

    result = members(tar(files, form=form), chunk_bytes=chunk_bytes)

    assert result == (list(files.items()), [None, None])


@FORMATS
def test_long_names_are_whole(form: int) -> None:
    """Longer than the field of a header, in the way of each format; pax writes UTF-8."""
    name = "/".join(["folder" * 6] * 5) + ("/name" if form == tarfile.USTAR_FORMAT else "/错误")

    found, _ = members(tar({name: b"a", "b": b"c"}, form=form))

    assert found == [(name, b"a"), ("b", b"c")]


def test_members_need_not_be_read() -> None:
    """What is left of one is passed over."""
    archive = Archive(ChunkReader([tar({"a": b"x" * 5000, "b": b"y" * 5000})]))

    heads = [(member.name, member.read(3)) for member in archive.members()]

    assert heads == [("a", b"xxx"), ("b", b"yyy")]
    assert archive.trouble is None


def test_sparse_members_have_their_data(tmp_path: Path) -> None:
    """As GNU tar stores them, with more pieces than one header holds."""
    path = tmp_path / "sparse.log"
    with path.open("wb") as out:
        for at in range(30):
            out.seek(at * 2**20)
            out.write(b"line\n" * 900)
    (tmp_path / "plain.log").write_bytes(b"after\n")
    data = subprocess.run(  # the real program, since no library writes this form
        ["/usr/bin/env", "tar", "--format=gnu", "-S", "-C", str(tmp_path), "-cf", "-", "./sparse.log", "./plain.log"],
        check=True,
        capture_output=True,
    ).stdout

    found, troubles = members(data)

    assert [name for name, _ in found] == ["sparse.log", "plain.log"]
    assert found[0][1].replace(b"\0", b"") == b"line\n" * 900 * 30
    assert troubles == [None, None]


def test_a_size_in_binary() -> None:
    """GNU's way for what octal digits cannot hold."""
    data = bytearray(tar({"a": b"abc"}))
    at = data.index(b"a\0")
    data[at + 124 : at + 136] = b"\x80" + (3).to_bytes(11, "big")
    data[at + 148 : at + 156] = b" " * 8
    data[at + 148 : at + 156] = b"%06o\0 " % sum(data[at : at + 512])

    found, _ = members(bytes(data))

    assert found == [("a", b"abc")]


@pytest.mark.parametrize(
    ("keep", "names", "troubles"),
    [
        (512 * 2, [], [None, None]),
        (512 * 2 + 100, [], [None, TRUNCATED]),
        (512 * 3, ["a"], [TRUNCATED, None]),
        (512 * 3 + 700, ["a"], [TRUNCATED, None]),
        (512 * 5, ["a"], [None, None]),
        (512 * 5 + 100, ["a"], [None, TRUNCATED]),
    ],
)
def test_a_missing_end_is_told_once(keep: int, names: list[str], troubles: list[Trouble | None]) -> None:
    """By the member that misses it, or by the archive."""
    found, result = members(tar({"a": b"x" * 1000, "b": b"y"})[:keep])

    assert ([name for name, _ in found], result) == (names, troubles)


def test_an_unread_member_that_is_missing_is_told_by_the_archive() -> None:
    """Nobody else has noticed."""
    archive = Archive(ChunkReader([tar({"a": b"x" * 5000})[:3000]]))

    for member in archive.members():
        member.read(1)

    assert archive.trouble == TRUNCATED


@pytest.mark.parametrize("keep", [512 * 3, 512 * 3 + 100])
def test_a_missing_name_is_told(keep: int) -> None:
    """The archive ends inside the header of a header."""
    _, troubles = members(tar({"n" * 200: b"a"})[:keep])

    assert troubles == [None, TRUNCATED]


@pytest.mark.parametrize(("at", "junk"), [(512 * 4, b"garbage " * 64), (512 * 4 + 124, b"not octal")])
def test_damage_ends_an_archive(at: int, junk: bytes) -> None:
    """A header whose checksum is wrong says nothing about what follows."""
    data = bytearray(tar({"a": b"x" * 10, "b": b"y"}))
    data[at : at + len(junk)] = junk

    found, troubles = members(bytes(data))

    assert (found, troubles) == ([("a", b"x" * 10)], [None, DAMAGED])


def test_a_size_that_is_no_number_ends_an_archive() -> None:
    """Even under a valid checksum."""
    data = bytearray(tar({}))
    data[124:136] = b"not octal..."
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])

    found, troubles = members(bytes(data))

    assert (found, troubles) == ([], [None, DAMAGED])


def test_a_pax_header_gives_a_size() -> None:
    """It stands above that of the header; a hostile length of it is not read."""
    info = tarfile.TarInfo("a")
    info.size = 3
    info.pax_headers = {"size": "3", "comment": "c" * 10}
    long = tarfile.TarInfo("b")
    long.size = 1
    long.pax_headers = {"comment": "c" * 100_000}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info, io.BytesIO(b"abc"))
        archive.addfile(long, io.BytesIO(b"d"))

    found, _ = members(out.getvalue())

    assert found == [("a", b"abc"), ("b", b"d")]


@pytest.mark.parametrize(
    ("head", "expected"), [(b"", False), (bytes(512), False), (b"INFO ready\n" * 60, False), (tar({}), True)]
)
def test_archives_are_recognised_by_their_checksum(head: bytes, *, expected: bool) -> None:
    """No text has one."""
    result = is_tar(head)

    assert result is expected


@given(st.binary(max_size=3000), st.integers(min_value=0, max_value=4000))
def test_any_bytes_come_to_an_end(junk: bytes, at: int) -> None:
    """Whatever stands in an archive, its walk ends with at most one trouble of each kind."""
    data = tar({"a": b"x" * 1000, "n" * 200: b"y"})

    found, _ = members(data[:at] + junk + data[at + len(junk) :])

    assert sum(len(text) for _, text in found) <= len(data) + len(junk)
