"""Following: whatever a rotation does, each line comes once, in order, with its number."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Block, Notice, NoticeKind
from logsleuth.sources.follow import Follower
from logsleuth.sources.follow_tail import Saved


class Reader:
    """A follower with a clock of its own, and what it has read."""

    def __init__(self, *paths: Path | str, resume: dict[str, Saved] | None = None, **options: bool) -> None:
        self.follower = Follower([str(path) for path in paths], limits=DEFAULT_LIMITS, resume=resume, **options)
        self.now = 100.0
        self.lines: list[str] = []
        self.blocks: list[Block] = []
        self.notices: list[Notice] = []

    def take(self, seconds: float = 1.0) -> list[str]:
        """What comes within a second."""
        before = len(self.lines)
        self.now += seconds
        self._keep(self.follower.poll(self.now))
        while self.follower.is_behind:
            self._keep(self.follower.poll(self.now))
        return self.lines[before:]

    def finish(self, *, is_final: bool = True) -> list[str]:
        """What comes at the end."""
        before = len(self.lines)
        self._keep(self.follower.finish(is_final=is_final))
        return self.lines[before:]

    def _keep(self, items: Iterable[Block | Notice]) -> None:
        for item in items:
            if isinstance(item, Notice):
                self.notices.append(item)
            else:
                self.blocks.append(item)
                self.lines += item.data.decode().splitlines()


def write(path: Path, text: str) -> None:
    """Write at the end of a file."""
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


def append(path: Path, *lines: str) -> None:
    """Write lines at the end of a file."""
    write(path, "".join(f"{line}\n" for line in lines))


def shift(log: Path) -> None:
    """Make room for the next old file."""
    for number in range(30, 0, -1):
        for suffix in ("", ".gz"):
            older = log.with_name(f"{log.name}.{number}{suffix}")
            if older.exists():
                older.rename(log.with_name(f"{log.name}.{number + 1}{suffix}"))


def rename(log: Path) -> None:
    """What logrotate does with `create`."""
    shift(log)
    log.rename(log.with_name(f"{log.name}.1"))
    log.touch()


def copy_and_truncate(log: Path) -> None:
    """What logrotate does with `copytruncate`."""
    shift(log)
    shutil.copyfile(log, log.with_name(f"{log.name}.1"))
    os.truncate(log, 0)


def delete(log: Path) -> None:
    """A file that is deleted and made again; the reader holds its inode."""
    log.unlink()
    log.touch()


def compress(log: Path) -> None:
    """A rotation that compresses at once."""
    rename(log)
    old = log.with_name(f"{log.name}.1")
    with gzip.open(log.with_name(f"{log.name}.1.gz"), "wb") as packed:
        packed.write(old.read_bytes())
    os.utime(log.with_name(f"{log.name}.1.gz"), ns=(old.stat().st_mtime_ns, old.stat().st_mtime_ns))
    old.unlink()


def dated(log: Path) -> None:
    """A rotation that puts the date into the name."""
    number = len(list(log.parent.iterdir()))
    log.rename(log.with_name(f"{log.stem}.2026-11-{number:02}{log.suffix}"))
    log.touch()


ROTATIONS = (rename, copy_and_truncate, delete, compress, dated)
Rotation = Callable[[Path], None]


def test_lines_come_as_they_are_written(tmp_path: Path) -> None:
    """Whole ones only, numbered through."""
    log = tmp_path / "a.log"
    log.write_text("one\ntwo", encoding="utf-8")
    reader = Reader(log)

    assert reader.take() == ["one"]
    append(log, "!", "three")
    assert reader.take() == ["two!", "three"]
    assert reader.take() == []
    append(log)
    write(log, "end")
    assert reader.take() == []
    assert reader.finish() == ["end"]
    assert [(block.source, block.first_line) for block in reader.blocks] == [
        (str(log), 1),
        (str(log), 2),
        (str(log), 4),
    ]
    assert reader.blocks[-1].is_last


@pytest.mark.parametrize("is_folder", [False, True])
@pytest.mark.parametrize("rotate", ROTATIONS)
def test_each_line_comes_once_over_many_rotations(tmp_path: Path, rotate: Rotation, *, is_folder: bool) -> None:
    """Lines written just before, just after, and long before a rotation."""
    log = tmp_path / "app.log"
    append(log, "start 0")
    reader = Reader(tmp_path if is_folder else log)
    written = ["start 0"]
    for number in range(20):
        if number % 3 != 1:
            reader.take(0.1)
        append(log, f"before {number}", f"last of {number}")
        if rotate is delete:
            reader.take(1)
        rotate(log)
        if number % 3 == 0:
            reader.take(0.5)
        append(log, f"after {number}")
        reader.take(1)
        written += [f"before {number}", f"last of {number}", f"after {number}"]
    reader.take(20)
    reader.take(20)

    assert reader.lines == written
    assert {block.source for block in reader.blocks} == {str(log)}
    assert reader.notices == []


@pytest.mark.parametrize("rotate", [rename, dated])
def test_files_that_come_and_go_between_two_looks_are_read(tmp_path: Path, rotate: Rotation) -> None:
    """In the order in which they were written."""
    log = tmp_path / "app.log"
    append(log, "0")
    os.utime(log, ns=(10**9, 10**9))
    reader = Reader(log)
    reader.take()
    for number in range(1, 5):
        rotate(log)
        append(log, str(number))
        os.utime(log, ns=(10**9 * (number + 1), 10**9 * (number + 1)))

    assert reader.take() == ["1", "2", "3", "4"]
    assert reader.take(30) == []


def test_a_writer_may_go_on_in_the_renamed_file(tmp_path: Path) -> None:
    """Until it opens its log again."""
    log = tmp_path / "app.log"
    with log.open("a", encoding="utf-8", buffering=1) as late:
        late.write("a\n")
        reader = Reader(log)
        reader.take()
        rename(log)
        append(log, "c")
        reader.take()
        late.write("b\nno end")

        assert reader.take() == ["b"]
    assert reader.take(30) == ["no end"]
    assert reader.lines == ["a", "c", "b", "no end"]


def test_a_link_may_be_swapped(tmp_path: Path) -> None:
    """As the links of containers are when one is started again."""
    for number in range(2):
        append(tmp_path / f"{number}.log", f"of {number}")
    link = tmp_path / "pod.log"
    link.symlink_to("0.log")
    reader = Reader(link)
    reader.take()
    append(tmp_path / "0.log", "last words")
    (tmp_path / "next").symlink_to("1.log")
    (tmp_path / "next").rename(link)

    assert reader.take() == ["last words", "of 1"]


def test_new_files_in_a_folder_and_of_a_pattern(tmp_path: Path) -> None:
    """With their first line; binary and compressed ones are left out."""
    append(tmp_path / "a.log", "a")
    reader = Reader(tmp_path, str(tmp_path / "*.txt"))
    reader.take()
    append(tmp_path / "b.log", "b")
    append(tmp_path / "c.txt", "c")
    (tmp_path / "d.log").write_bytes(b"\x7fELF" + bytes(600) + b"\n")
    with gzip.open(tmp_path / "e.log.gz", "wb") as packed:
        packed.write(b"packed\n")

    assert sorted(reader.take(2)) == ["b", "c"]
    assert [(notice.kind, notice.where.source) for notice in reader.notices] == [
        (NoticeKind.BINARY, str(tmp_path / "d.log"))
    ]
    assert reader.take(2) == []
    assert len(reader.notices) == 1


def test_a_file_that_is_not_there_is_waited_for(tmp_path: Path) -> None:
    """And one that is deleted for good is no error."""
    log = tmp_path / "late.log"
    reader = Reader(log)
    assert reader.take() == []
    append(log, "here")
    assert reader.take() == ["here"]
    log.unlink()
    assert reader.take(60) == []
    append(log, "again")
    assert reader.take(60) == ["again"]


def test_files_that_are_gone_for_good_are_forgotten(tmp_path: Path) -> None:
    """Those that a search found: their sources end; one that comes back is new."""
    (tmp_path / "pods").mkdir()
    named, found = tmp_path / "named.log", tmp_path / "pods" / "found.log"
    append(named, "a")
    append(found, "b")
    reader = Reader(named, tmp_path / "pods")
    reader.take()
    named.unlink()
    found.unlink()
    for _ in range(20):
        reader.take(60)

    assert reader.follower.file_count == 1
    assert [block.source for block in reader.blocks if block.is_last] == [str(found)]
    append(found, "c")
    assert reader.take(30) == ["c"]
    assert reader.blocks[-1].first_line == 1


def test_a_hole_that_a_copytruncate_left_is_skipped(tmp_path: Path) -> None:
    """A writer without O_APPEND goes on where it was."""
    log = tmp_path / "app.log"
    with log.open("w", encoding="utf-8") as writer:
        writer.write("x" * 9000 + "\n")
        writer.flush()
        reader = Reader(log)
        reader.take()
        copy_and_truncate(log)
        reader.take()
        writer.write("after\n")
        writer.flush()

        assert reader.take() == ["after"]


def test_what_grew_again_beyond_the_place_is_noticed(tmp_path: Path) -> None:
    """By the bytes before the place, when size and name say nothing."""
    log = tmp_path / "app.log"
    append(log, "first", "second")
    reader = Reader(log)
    reader.take()
    copy_and_truncate(log)
    append(log, *(f"new line {number}" for number in range(10)))

    assert reader.take() == [f"new line {number}" for number in range(10)]


def test_from_the_end(tmp_path: Path) -> None:
    """What is there is history; new files are read whole."""
    append(tmp_path / "a.log", "old")
    reader = Reader(tmp_path, is_from_end=True)
    assert reader.take() == []
    append(tmp_path / "a.log", "new")
    append(tmp_path / "b.log", "whole")
    assert sorted(reader.take(2)) == ["new", "whole"]


@pytest.mark.parametrize("rotate", [None, rename, copy_and_truncate, compress, dated])
@pytest.mark.parametrize("times", [1, 3])
def test_another_run_goes_on(tmp_path: Path, rotate: Rotation | None, times: int) -> None:
    """Where the one before stopped, whatever was rotated in between."""
    log = tmp_path / "app.log"
    append(log, "one", "two")
    first = Reader(log)
    first.take()
    first.finish(is_final=False)
    written = ["one", "two"]
    for number in range(times):
        append(log, f"unseen {number}")
        if rotate:
            os.utime(log, ns=(2 * 10**18 + number, 2 * 10**18 + number))
            rotate(log)
        append(log, f"after {number}")
        written += [f"unseen {number}", f"after {number}"]
    second = Reader(log, resume=first.follower.saved())
    second.take()
    second.take(30)

    assert (first.lines + second.lines)[: len(written)] == written or rotate is copy_and_truncate
    assert sorted(set(written) - set(first.lines + second.lines)) == []
    assert len(first.lines + second.lines) == len(written)
    assert second.blocks[0].first_line == 3


def test_a_file_that_nobody_kept_is_said(tmp_path: Path) -> None:
    """The lines that were lost cannot be counted, but it is told that there may be some."""
    log = tmp_path / "app.log"
    append(log, "one")
    first = Reader(log)
    first.take()
    log.rename(tmp_path / "elsewhere")
    shutil.rmtree(tmp_path / "elsewhere", ignore_errors=True)
    (tmp_path / "elsewhere").unlink()
    append(log, "two")
    second = Reader(log, resume=first.follower.saved())

    assert second.take() == ["two"]
    assert [notice.kind for notice in second.notices] == [NoticeKind.SOURCE_TRUNCATED]


def test_a_line_without_its_end_is_left_for_the_next_run(tmp_path: Path) -> None:
    """Unless this is the last one."""
    log = tmp_path / "app.log"
    log.write_text("one\nhalf a", encoding="utf-8")
    first = Reader(log)
    first.take()
    assert first.finish(is_final=False) == []
    write(log, " line\n")

    assert Reader(log, resume=first.follower.saved()).take() == ["half a line"]


def test_long_lines_are_cut(tmp_path: Path) -> None:
    """Without being kept in memory."""
    log = tmp_path / "app.log"
    log.write_text("x" * 500_000, encoding="utf-8")
    reader = Reader(log)
    reader.take()
    append(log, "end", "next")
    reader.take()
    reader.finish()

    assert [len(line) for line in reader.lines] == [Limits().line_bytes, 4]
    assert reader.notices[0].kind is NoticeKind.LINE_CUT


def test_thousands_of_files_at_rest_are_looked_at_seldom(tmp_path: Path) -> None:
    """And descriptors are not kept."""
    for number in range(600):
        append(tmp_path / f"{number}.log", "x")
    before = len(list(Path("/proc/self/fd").iterdir()))
    reader = Reader(tmp_path)
    assert len(reader.take()) == 600
    assert len(list(Path("/proc/self/fd").iterdir())) - before < 300
    append(tmp_path / "77.log", "y")
    assert reader.take(1) == ["y"]
