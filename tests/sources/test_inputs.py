"""Inputs: files, folders, patterns and standard input, each once and in order."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Notice, NoticeKind, Where
from logsleuth.sources.inputs import Input, expand, why_unreadable


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of logs, entered."""
    for name in ("b.log", "logs/rank10.log", "logs/rank2.log", "logs/deep/x", "logs/model.safetensors"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text\n")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def unreadable(source: str, detail: str) -> Notice:
    """What is said about something that cannot be read."""
    return Notice(kind=NoticeKind.SOURCE_UNREADABLE, where=Where(source=source), detail=detail)


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        ([], []),
        (["b.log"], ["b.log"]),
        (["-", "b.log", "-"], ["-", "b.log"]),
        (["logs"], ["logs/deep/x", "logs/rank2.log", "logs/rank10.log"]),
        (["b.log", "logs/rank10.log", "logs"], ["b.log", "logs/rank10.log", "logs/deep/x", "logs/rank2.log"]),
        (["b.log", "./b.log", "logs/../b.log"], ["b.log"]),
        (["logs/model.safetensors"], ["logs/model.safetensors"]),
        (["logs/*.log"], ["logs/rank2.log", "logs/rank10.log"]),
        (["**/*.log"], ["b.log", "logs/rank2.log", "logs/rank10.log"]),
    ],
)
def test_paths_are_expanded_in_order(folder: Path, paths: list[str], names: list[str]) -> None:
    """As given; folders and patterns in natural order; no file twice."""
    inputs, notices = expand(paths, limits=DEFAULT_LIMITS)

    assert [item.name for item in inputs] == names
    assert [item.path for item in inputs] == [None if name == "-" else Path(name) for name in names]
    assert notices == ()


def test_two_names_of_one_file_are_one_input(folder: Path) -> None:
    """A link to it, as the kubelet makes them, and another name on disk."""
    (folder / "link.log").symlink_to("b.log")
    (folder / "hard.log").hardlink_to(folder / "b.log")

    inputs, _ = expand(["link.log", "hard.log", "b.log"], limits=DEFAULT_LIMITS)

    assert inputs == (Input("link.log", Path("link.log")),)


def test_what_is_missing_does_not_stop_the_rest(folder: Path) -> None:
    """One notice each."""
    result = expand(["gone.log", "empty", "b.log", "no*.log", "a\0b"], limits=DEFAULT_LIMITS)

    assert result == (
        (Input("b.log", Path("b.log")),),
        (
            unreadable("gone.log", "cannot be read: No such file or directory"),
            unreadable("empty", "is a folder without logs"),
            unreadable("no*.log", "matches no logs"),
            unreadable("a\0b", "cannot be read: embedded null byte"),
        ),
    )


def test_devices_and_sockets_are_refused_and_pipes_taken(folder: Path) -> None:
    """A device never ends; a pipe that somebody named does."""
    os.mkfifo(folder / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")

        inputs, notices = expand(["/dev/zero", "socket", "pipe"], limits=DEFAULT_LIMITS)

    assert inputs == (Input("pipe", Path("pipe")),)
    assert notices == tuple(
        unreadable(name, "cannot be read: it is a device or a socket") for name in ("/dev/zero", "socket")
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may enter everything")
def test_a_folder_without_permission_is_said(folder: Path) -> None:
    """The rest of its parent is read."""
    (folder / "logs/deep").chmod(0)

    inputs, notices = expand(["logs"], limits=DEFAULT_LIMITS)

    assert [item.name for item in inputs] == ["logs/rank2.log", "logs/rank10.log"]
    assert notices == (unreadable("logs/deep", "cannot be read: Permission denied"),)


def test_a_file_with_the_name_of_a_pattern_is_a_file(folder: Path) -> None:
    """What exists is meant."""
    (folder / "[1].log").write_text("text\n")

    inputs, _ = expand(["[1].log"], limits=DEFAULT_LIMITS)

    assert [item.name for item in inputs] == ["[1].log"]


def test_too_many_files_are_cut(folder: Path) -> None:
    """At the limit, and said; exactly as many are not."""
    cut, exact = (expand(["logs"], limits=Limits(folder_files=count)) for count in (2, 3))

    assert [item.name for item in cut[0]] == ["logs/deep/x", "logs/rank2.log"]
    detail = "has more than 2 files; the rest is skipped"
    assert cut[1] == (Notice(kind=NoticeKind.LIMIT, where=Where(source="logs"), detail=detail),)
    assert (len(exact[0]), exact[1]) == (3, ())


def test_a_name_that_is_no_utf8_can_be_printed(folder: Path) -> None:
    """The name is readable; the path still opens the file."""
    Path(os.fsdecode(b"bad\xff.log")).write_text("text\n")

    inputs, _ = expand(["*\udcff.log"], limits=DEFAULT_LIMITS)

    assert inputs == (Input("bad\N{REPLACEMENT CHARACTER}.log", Path("bad\udcff.log")),)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (stat.S_IFREG, None),
        (stat.S_IFIFO, None),
        (stat.S_IFDIR, "it is a folder"),
        (stat.S_IFCHR, "it is a device or a socket"),
        (stat.S_IFBLK, "it is a device or a socket"),
        (stat.S_IFSOCK, "it is a device or a socket"),
    ],
)
def test_only_files_and_pipes_are_read(mode: int, expected: str | None) -> None:
    """The reason for the others."""
    result = why_unreadable(mode)

    assert result == expected
