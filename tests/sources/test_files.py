"""Reading: real files of every kind and every bad input, through the functions that the pipeline calls."""

from __future__ import annotations

import bz2
import gzip
import io
import itertools
import lzma
import os
import socket
import tarfile
import threading
import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Block, Notice, NoticeKind, Where
from logsleuth.sources import Input, from_bytes, from_lines, read

TEXT = "".join(f"INFO 12:00:{n % 60:02} step {n} 错误\n" for n in range(30_000)).encode()
SHORT = b"ERROR engine died\n"


def gathered(items: Iterable[Block | Notice]) -> tuple[dict[str, bytes], list[Notice]]:
    """The text of each source and what was said, after checking that blocks are whole, numbered and ended."""
    texts: dict[str, bytes] = {}
    notices: list[Notice] = []
    ended: set[str] = set()
    for item in items:
        if isinstance(item, Notice):
            notices.append(item)
            continue
        assert item.source not in ended
        assert item.is_last or item.data.endswith(b"\n")
        assert item.first_line == texts.get(item.source, b"").count(b"\n") + 1
        texts[item.source] = texts.get(item.source, b"") + item.data
        ended |= {item.source} if item.is_last else set()
    assert ended == set(texts)
    return texts, notices


def tar(files: dict[str, bytes]) -> bytes:
    """An archive of these files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def notice(kind: NoticeKind, source: str, detail: str) -> Notice:
    """What is said about a whole source."""
    return Notice(kind=kind, where=Where(source=source), detail=detail)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", b""),
        (TEXT, TEXT),
        (TEXT[:-1], TEXT[:-1]),
        (TEXT.replace(b"\n", b"\r\n"), TEXT.replace(b"\n", b"\r\n")),
        (b"\xef\xbb\xbf" + SHORT, SHORT),
        (TEXT.decode().encode("utf-16"), TEXT),
        (b"\xfe\xff" + TEXT.decode().encode("utf-16-be"), TEXT),
        (TEXT.decode().encode("gbk"), TEXT),
        (gzip.compress(TEXT), TEXT),
        (gzip.compress(SHORT) + gzip.compress(SHORT), SHORT * 2),
        (bz2.compress(TEXT), TEXT),
        (lzma.compress(TEXT), TEXT),
        (zstandard.compress(TEXT), TEXT),
        (zstandard.compress(gzip.compress(TEXT)), TEXT),
        (gzip.compress(TEXT.decode().encode("utf-16")), TEXT),
    ],
)
def test_every_form_gives_its_text(tmp_path: Path, data: bytes, expected: bytes) -> None:
    """From a file, from standard input, and from memory, by content and not by name."""
    path = tmp_path / "misleading.png"
    path.write_bytes(data)

    results = [
        gathered(read(Input("x", path), limits=DEFAULT_LIMITS)),
        gathered(read(Input("x", None), limits=DEFAULT_LIMITS, stdin=io.BytesIO(data))),
        gathered(from_bytes("x", data, limits=DEFAULT_LIMITS)),
        gathered(from_lines("x", io.BytesIO(data), limits=DEFAULT_LIMITS)),
    ]

    assert results == [({"x": expected}, [])] * 4


@pytest.mark.parametrize("wrap", [bytes, gzip.compress, bz2.compress, lzma.compress, zstandard.compress])
def test_archives_give_their_members(tmp_path: Path, wrap: type[bytes]) -> None:
    """Each a source of its own, compressed or an archive itself; what is binary is said."""
    inner = tar({"deep.log": SHORT})
    files = {"a.log": TEXT, "b.gz": gzip.compress(SHORT), "lib.so": b"\x7fELF" + bytes(99), "none": b"", "c.tgz": inner}
    path = tmp_path / "logs.tar"
    path.write_bytes(wrap(tar(files)))

    result = gathered(read(Input("logs.tar", path), limits=DEFAULT_LIMITS))

    assert result == (
        {"logs.tar:a.log": TEXT, "logs.tar:b.gz": SHORT, "logs.tar:c.tgz:deep.log": SHORT},
        [notice(NoticeKind.BINARY, "logs.tar:lib.so", "is an ELF object; skipped")],
    )


def test_nesting_has_an_end() -> None:
    """Two compressions around a file, two archives inside one another, and no more."""
    gz = gzip.compress(gzip.compress(gzip.compress(SHORT)))
    data = tar({"a.log": SHORT, "b.tar": tar({"c.tar": tar({"d.log": SHORT})}), "e.gz": gz})

    result = gathered(from_bytes("x.tar", data, limits=DEFAULT_LIMITS))

    assert result == (
        {"x.tar:a.log": SHORT},
        [
            notice(NoticeKind.SOURCE_SKIPPED, "x.tar:b.tar:c.tar", "is an archive inside 2 others; skipped"),
            notice(NoticeKind.SOURCE_SKIPPED, "x.tar:e.gz", "is compressed more than 2 times; skipped"),
        ],
    )


def test_an_archive_of_too_many_files_is_cut() -> None:
    """At the limit, and said."""
    data = tar({f"{n}.log": SHORT for n in range(5)})

    texts, notices = gathered(from_bytes("x", data, limits=Limits(archive_members=3)))

    assert list(texts) == ["x:0.log", "x:1.log", "x:2.log"]
    assert notices == [notice(NoticeKind.LIMIT, "x", "holds more than 3 files; the rest is skipped")]


def test_an_archive_of_nothing_is_said() -> None:
    """Only folders and empty files."""
    result = gathered(from_bytes("x", tar({"a": b"", "b": b""}), limits=DEFAULT_LIMITS))

    assert result == ({}, [notice(NoticeKind.SOURCE_UNREADABLE, "x", "is an archive without files")])


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize(
    ("data", "is_skipped"),
    [
        (b'{"schema":"logsleuth.report/1","version":"0.1.0"}\n', True),
        (b'{\n  "schema": "logsleuth.report/1",\n  "version": "0.1.0"\n}\n', True),
        (b'{"schema":"logsleuth.report/1"', True),
        (b'{"msg":"wrote \\"schema\\":\\"logsleuth.report/1\\""}\n', False),
        (b'{"schema":"other/1"}\n', False),
        (b'{\n"msg": "a"}\n', False),
        (b"{" + b"\n" * 600 + b'"schema":"logsleuth.report/1"}\n', False),
        (b'INFO {"schema":"logsleuth.report/1"}\n', False),
    ],
)
def test_a_report_of_our_own_is_no_log(data: bytes, size: int, *, is_skipped: bool) -> None:
    """However its bytes arrive; what it quotes has happened elsewhere."""
    pipe = _Pipe([data[start : start + size] for start in range(0, len(data), size)])

    result = gathered(read(Input("x", None), limits=DEFAULT_LIMITS, stdin=pipe))

    said = notice(NoticeKind.SOURCE_SKIPPED, "x", "is a report of logsleuth; skipped")
    assert result == (({}, [said]) if is_skipped else ({"x": data}, []))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (gzip.compress(TEXT)[:-100], NoticeKind.SOURCE_TRUNCATED),
        (zstandard.compress(TEXT)[:-4], NoticeKind.SOURCE_TRUNCATED),
        (lzma.compress(TEXT)[:-30], NoticeKind.SOURCE_TRUNCATED),
        (bz2.compress(TEXT)[:-4], NoticeKind.SOURCE_TRUNCATED),
        (gzip.compress(TEXT) + b"rest of something", NoticeKind.SOURCE_SKIPPED),
    ],
)
def test_a_damaged_file_keeps_what_could_be_read(tmp_path: Path, data: bytes, kind: NoticeKind) -> None:
    """Nearly all of the text, and one notice."""
    path = tmp_path / "x.gz"
    path.write_bytes(data)

    texts, notices = gathered(read(Input("x.gz", path), limits=DEFAULT_LIMITS))

    assert TEXT.startswith(texts["x.gz"])
    assert len(texts["x.gz"]) > len(TEXT) * 0.6
    assert [(said.kind, said.where.source) for said in notices] == [(kind, "x.gz")]


@pytest.mark.parametrize("wrap", [bytes, gzip.compress])
def test_a_damaged_archive_keeps_what_could_be_read(wrap: type[bytes]) -> None:
    """The members before the damage are whole; the one it meets is said to be cut, once."""
    data = wrap(tar({"a.log": SHORT, "b.log": os.urandom(3) + b" is what it begins with\n" + TEXT}))
    data = data[: len(data) // 2]

    texts, notices = gathered(from_bytes("x.tar", data, limits=DEFAULT_LIMITS))

    assert list(texts) == ["x.tar:a.log", "x.tar:b.log"]
    assert texts["x.tar:a.log"] == SHORT
    assert [(said.kind, said.where.source) for said in notices] == [(NoticeKind.SOURCE_TRUNCATED, "x.tar:b.log")]


def test_a_damaged_header_ends_an_archive() -> None:
    """What came before it was read."""
    data = tar({"a.log": SHORT, "b.log": SHORT})

    texts, notices = gathered(from_bytes("x", data[:1100], limits=DEFAULT_LIMITS))

    assert texts == {"x:a.log": SHORT}
    assert [(said.kind, said.where.source) for said in notices] == [(NoticeKind.SOURCE_TRUNCATED, "x")]


@pytest.mark.parametrize("data", [b"\x7fELF" + bytes(5000), gzip.compress(b"\x89PNG\r\n\x1a\n"), os.urandom(9000)])
def test_a_binary_file_gives_no_blocks(data: bytes) -> None:
    """But a notice."""
    texts, notices = gathered(from_bytes("x", b"\n" + data if data[:1] > b"\x89" else data, limits=DEFAULT_LIMITS))

    assert texts == {}
    assert [said.kind for said in notices] == [NoticeKind.BINARY]


def test_what_cannot_be_opened_is_said(tmp_path: Path) -> None:
    """Missing files, folders, sockets, and devices, which would never end."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        paths = [tmp_path / "missing", tmp_path, tmp_path / "socket", Path("/dev/zero"), Path("a\0b")]

        results = [gathered(read(Input("x", path), limits=DEFAULT_LIMITS)) for path in paths]

    reasons = [
        "No such file or directory",
        "it is a folder",
        "it is a device or a socket",
        "it is a device or a socket",
        "embedded null byte",
    ]
    assert results == [
        ({}, [notice(NoticeKind.SOURCE_UNREADABLE, "x", f"cannot be read: {reason}")]) for reason in reasons
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_said(tmp_path: Path) -> None:
    """In the words of the system."""
    path = tmp_path / "x.log"
    path.touch(mode=0)

    result = gathered(read(Input("x", path), limits=DEFAULT_LIMITS))

    assert result == ({}, [notice(NoticeKind.SOURCE_UNREADABLE, "x", "cannot be read: Permission denied")])


def test_a_named_pipe_is_read_while_it_is_written(tmp_path: Path) -> None:
    """A line leaves before the writer goes on."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    may_go_on = threading.Event()

    def write() -> None:
        with path.open("wb", buffering=0) as out:
            out.write(b"first\nsec")
            may_go_on.wait(10)
            out.write(b"ond\n")

    writer = threading.Thread(target=write)
    writer.start()
    items = read(Input("pipe", path), limits=DEFAULT_LIMITS)
    first = next(items)
    may_go_on.set()
    rest = list(items)
    writer.join()

    assert isinstance(first, Block)
    assert first.data == b"first\n"
    assert [item.data for item in rest if isinstance(item, Block)] == [b"second\n", b""]


def test_standard_input_is_read_while_it_is_written() -> None:
    """Also through Python's buffer, and where its other end made it non-blocking."""
    readable, writable = os.pipe()
    os.set_blocking(readable, False)
    with os.fdopen(readable, "rb") as stdin, os.fdopen(writable, "wb", buffering=0) as out:
        items = read(Input("-", None), limits=DEFAULT_LIMITS, stdin=stdin)
        arrived = []
        for line in (b"one\n", b"two\n", b"three\n"):
            out.write(line)
            arrived.append(next(items))
        out.close()
        rest = list(items)

    assert [item.data for item in [*arrived, *rest] if isinstance(item, Block)] == [b"one\n", b"two\n", b"three\n", b""]


def test_the_process_own_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is what `-` means where no other stream is given."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(SHORT)))

    result = gathered(read(Input("-", None), limits=DEFAULT_LIMITS))

    assert result == ({"-": SHORT}, [])


def test_lines_of_text_need_no_newlines() -> None:
    """They get them."""
    result = gathered(from_lines("x", (line for line in ["one", "two\n", "", "three"]), limits=DEFAULT_LIMITS))

    assert result == ({"x": b"one\ntwo\n\nthree"}, [])


@given(st.binary(max_size=2000), st.lists(st.integers(min_value=0, max_value=2000)), st.sampled_from("fgzxt"))
def test_any_bytes_in_any_pieces_give_the_same(data: bytes, cuts: list[int], form: str) -> None:
    """Random bytes, bare, as damaged archives, or compressed, through a pipe that splits them anywhere."""
    wrapped = {
        "f": data,
        "g": gzip.compress(data),
        "z": zstandard.compress(data)[:-3] + data[:30],
        "x": gzip.compress(b"INFO ready\n" + data)[:-9],
        "t": tar({"a": data})[:1500] + data,
    }[form]
    edges = sorted({0, *(min(cut, len(wrapped)) for cut in cuts), len(wrapped)})
    pipe = _Pipe([wrapped[start:end] for start, end in itertools.pairwise(edges)])

    split = gathered(read(Input("x", None), limits=SMALL, stdin=pipe))

    assert split == gathered(from_bytes("x", wrapped, limits=SMALL))


SMALL = Limits(block_bytes=600, line_bytes=100)


class _Pipe(io.BytesIO):
    """Gives what was written together, and never more."""

    def __init__(self, chunks: list[bytes]) -> None:
        super().__init__()
        self._chunks = [chunk for chunk in chunks if chunk]

    def read1(self, size: int | None = -1, /) -> bytes:
        chunk = self._chunks.pop(0) if self._chunks else b""
        size = size or 0
        if len(chunk) > size:
            self._chunks.insert(0, chunk[size:])
        return chunk[:size]


@pytest.mark.slow
def test_200_mb_of_holes_take_no_memory(tmp_path: Path) -> None:
    """A sparse file with text around its holes, and the same bytes where holes cannot be seen."""
    path = tmp_path / "x.log"
    with path.open("wb") as out:
        out.write(b"before\n")
        out.truncate(200_000_000)
        out.seek(200_000_000)
        out.write(b"after\n")
    tracemalloc.start()

    from_file = gathered(read(Input("x", path), limits=DEFAULT_LIMITS))
    with path.open("rb") as stdin:
        from_stdin = gathered(read(Input("x", None), limits=DEFAULT_LIMITS, stdin=stdin))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    said = notice(NoticeKind.UNDECODABLE, "x", "left out 199999993 NUL bytes")
    assert from_file == from_stdin == ({"x": b"before\nafter\n"}, [said])
    assert peak < 8 * 2**20


@pytest.mark.slow
def test_a_line_of_64_mib_takes_no_memory(tmp_path: Path) -> None:
    """In a file, cut and said."""
    path = tmp_path / "x.log"
    with path.open("wb") as out:
        out.write(b"before\n")
        for _ in range(64):
            out.write(b"x" * 2**20)
        out.write(b"\nafter\n")
    tracemalloc.start()

    texts, notices = gathered(read(Input("x", path), limits=DEFAULT_LIMITS))

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert texts == {"x": b"before\n" + b"x" * 65536 + b"\nafter\n"}
    detail = f"cut 1 lines to 65536 bytes each, left out {2**26 - 65536} bytes"
    assert notices == [Notice(kind=NoticeKind.LINE_CUT, where=Where(source="x", line=2), detail=detail)]
    assert peak < 8 * 2**20
