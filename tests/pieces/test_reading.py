"""Pieces are cut by the bytes alone, and what lies across a cut is found once, as if there were none."""

from __future__ import annotations

import gzip
import io
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsleuth.limits import DEFAULT_LIMITS, Limits
from logsleuth.model import Notice, NoticeKind
from logsleuth.part import Part
from logsleuth.pieces import Fold, Work, list_units, read_sources, read_unit
from logsleuth.pieces.listing import STREAM
from logsleuth.pipeline import Analysis
from logsleuth.plan import Plan
from logsleuth.sources import Input, from_bytes
from logsleuth.sources.files import in_bytes, opened
from tests.pieces.conftest import TINY, folded, serving, told

Working = Callable[[Limits], Work]
FLOOD = b"gpu-1:4100:4131 [0] NCCL INFO comm 0x55d1 rank 0 nranks 4 cudaDev 0 busId 19000 - Init COMPLETE\n"


def uncut(data: bytes, plan: Plan, name: str = "log") -> bytes:
    """What an analysis says that reads all at once."""
    analysis = Analysis(plan)
    analysis.add(from_bytes(name, data, limits=DEFAULT_LIMITS))
    return told(analysis.report())


def streamed(data: bytes, plan: Plan, limits: Limits, name: str = "log") -> tuple[bytes, list[Part]]:
    """What the pieces of a stream come to."""
    parts = list(read_sources(in_bytes(name, data, limits=limits), plan, limits=limits))
    fold = Fold(plan, limits=limits)
    for part in parts:
        fold.absorb(part)
    return told(fold.report()), parts


def cri(data: bytes) -> bytes:
    """A container's file: every line in three fragments."""
    found: list[bytes] = []
    for line in data.splitlines():
        third = len(line) // 3
        for tag, text in ((b"P", line[:third]), (b"P", line[third : 2 * third]), (b"F", line[2 * third :])):
            found.append(b"2026-11-20T06:00:00.123456789Z stdout " + tag + b" " + text + b"\n")
    return b"".join(found)


def jsonl(data: bytes) -> bytes:
    """JSON lines, a traceback in each one's message."""
    return b"".join(
        json.dumps({"log": line.decode() + "\n", "stream": "stdout"}).encode() + b"\n" for line in data.splitlines()
    )


@pytest.mark.parametrize("carried", [bytes, cri, jsonl])
@pytest.mark.parametrize("piece_bytes", [700, 1000, 8192])
def test_a_cut_anywhere_changes_nothing(carried: Callable[[bytes], bytes], piece_bytes: int, plan: Plan) -> None:
    """Tracebacks, fragments and records that lie across cuts are found once, with the same lines."""
    data = carried(serving(120, failures=(3, 40, 41, 77, 119)))

    said, parts = streamed(data, plan, replace(TINY, piece_bytes=piece_bytes))

    assert len(parts) > 1
    assert said == uncut(data, plan)


@given(piece_bytes=st.integers(300, 6000), failures=st.sets(st.integers(0, 39), max_size=6))
def test_no_piece_size_changes_the_answer(plan: Plan, piece_bytes: int, failures: set[int]) -> None:
    """Wherever the cuts fall."""
    data = serving(40, failures=sorted(failures))

    assert streamed(data, plan, replace(TINY, piece_bytes=piece_bytes))[0] == uncut(data, plan)


@pytest.mark.parametrize(
    ("data", "starts"),
    [
        (b"", [0]),
        (b"abc\n", [0]),
        (b"aaaa\nbbbb\ncccc\n", [0, 10]),
        (b"aaaaaaa\nb\n", [0, 8]),
        (b"a" * 40 + b"\nb\nc\n", [0, 41]),
        (b"aaaa\nbbbb\n" + b"c" * 30 + b"\nd\n", [0, 10, 41]),
    ],
)
def test_where_pieces_begin(data: bytes, starts: list[int], plan: Plan) -> None:
    """Behind the first line end at or after each multiple; a line that is longer takes the pieces it lies in."""
    _, parts = streamed(data, plan, replace(TINY, piece_bytes=8))
    sizes = [part.counts.bytes for part in parts]

    assert [sum(sizes[:index]) for index in range(len(sizes))] == starts
    assert [part.is_last for part in parts] == [*([False] * (len(parts) - 1)), True]


@pytest.mark.parametrize(
    "data",
    [
        serving(300, failures=(5, 150, 299)),
        serving(300, failures=(5, 150, 299)).removesuffix(b"\n"),
        b"\0" * 9000 + serving(300, failures=(150,)),
        b"\xef\xbb\xbf" + serving(300, failures=(150,)),
        serving(100) + b"x" * 30_000 + b"\n" + serving(100, failures=(50,)),
        serving(100) + b"50%\r" * 9000 + b"\n" + serving(100, failures=(50,)),
        serving(100) + b"\0" * 20_000 + serving(100, failures=(50,)),
        "ERROR 显存不足\n".encode("gb18030") * 2000,
        serving(50).decode().encode("utf-16"),
    ],
    ids=["log", "no-end", "hole-first", "bom", "long-line", "progress-bar", "hole", "gbk", "utf-16"],
)
def test_a_file_a_pipe_and_a_gzip_are_the_same(data: bytes, work: Working, tmp_path: Path) -> None:
    """Pieces that are opened anywhere, those of a stream, and those of what is decompressed."""
    limits = replace(TINY, line_bytes=16 * 1024, block_bytes=32 * 1024)
    path = tmp_path / "log"
    path.write_bytes(data)
    packed = tmp_path / "packed" / "log"
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress(data))

    said = told(folded([path], work(limits))).replace(str(path).encode(), b"log")

    assert said == streamed(data, work(limits).plan, limits)[0]
    assert said == told(folded([packed], work(limits))).replace(str(packed).encode(), b"log")
    assert said == piped(data, work(limits))


def piped(data: bytes, work: Work) -> bytes:
    """What is said of standard input that gives a few bytes at a time."""
    stdin = cast("BinaryIO", io.BufferedReader(Dribble(data)))
    fold = Fold(work.plan, limits=work.limits)
    sources = opened(Input("log", None), limits=work.limits, stdin=stdin)
    for part in read_sources(sources, work.plan, limits=work.limits):
        fold.absorb(part)
    return told(fold.report())


class Dribble(io.RawIOBase):
    """Gives 997 bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]  # what `io` hands over
        """Some bytes."""
        data = self._data.read(min(len(buffer), 997))
        buffer[: len(data)] = data
        return len(data)


def test_a_dump_is_never_cut(work: Working, tmp_path: Path) -> None:
    """A flight recorder's file is one value."""
    entry = {"pg_id": 0, "process_group": ["0", "default_pg"], "collective_seq_id": 17, "state": "started"}
    dump = {"version": "2.5", "pg_status": {"0": {"last_enqueued_collective": "19"}}, "entries": [entry] * 200}
    path = tmp_path / "nccl_trace_rank_3.json"
    path.write_text(json.dumps(dump, indent=1), encoding="utf-8")
    limits = replace(TINY, piece_bytes=512)
    (unit,) = list_units([str(path)], limits=limits).units

    (part,) = read_unit(unit, work(limits).plan, limits=limits)

    assert unit.slot == STREAM
    assert part.is_dump
    assert part.reports[0].rank == 3


def test_what_cannot_be_read_is_said(work: Working, tmp_path: Path) -> None:
    """A file that went away after it was listed."""
    path = tmp_path / "log"
    path.write_bytes(serving(300))
    listing = list_units([str(path)], limits=TINY)
    path.unlink()

    notices = [notice for unit in listing.units for notice in _notices(read_unit(unit, work(TINY).plan, limits=TINY))]

    assert {notice.kind for notice in notices} == {NoticeKind.SOURCE_UNREADABLE}
    assert len(notices) == len(listing.units)


def _notices(parts: Iterator[Part]) -> Iterator[Notice]:
    return (notice for part in parts for notice in part.notices)


def test_members_of_communicators_go_on_across_pieces(plan: Plan) -> None:
    """Where the last one was seen, and what its source ends with."""
    data = serving(40) + FLOOD + serving(200, seed=2)

    said, parts = streamed(data, plan, replace(TINY, piece_bytes=2000))

    assert sum(len(part.learnt.members.members) for part in parts) == 1
    assert said == uncut(data, plan)


BAR = b"Loading:  10%\rLoading:  50%\rLoading: 100%\n"
LONE = b"".join(
    (
        b'  File "/app/engine.py", line 10, in step\n',
        b"    self.run(batch)\n",
        b'  File "/app/runner.py", line 20, in run\n',
        b"    raise RuntimeError(1)\n",
        b"RuntimeError: alloc_req_slots runs out of memory\n",
    )
)


@pytest.mark.parametrize("bars", [0, 1, 7])
def test_lines_keep_their_numbers_beside_progress_bars(bars: int, plan: Plan) -> None:
    """Of frames whose head was not seen as well, wherever a piece begins among them."""
    data = serving(30) + BAR * bars + b"Scheduler hit an exception:\n" + LONE + BAR * 3 + serving(30)
    first = 32 + bars

    for piece_bytes in (700, len(data) - len(serving(30)) - len(BAR) * 3 - 60):
        said, parts = streamed(data, plan, replace(TINY, piece_bytes=piece_bytes))
        assert said == uncut(data, plan)
    events = [tallied.first.event for part in parts for tallied in part.learnt.tallied]
    assert {event.lines[0].number for event in events if event.raised} <= {first}
    assert b'"line":%d,' % (first + 4) in said


def test_the_first_of_two_starts_is_believed(plan: Plan) -> None:
    """By where it began, not by which event ended first."""
    start = b"(APIServer pid=%d) INFO 11-20 06:01:02 [api_server.py:1] vLLM API server version 0.%d.0\n"
    data = b"".join(start % (pid, pid) + serving(3, seed=pid) for pid in range(10, 20))

    for piece_bytes in (300, 1000):
        assert streamed(data, plan, replace(TINY, piece_bytes=piece_bytes))[0] == uncut(data, plan)


@pytest.mark.parametrize("kept", [0, 5000, 20_000])
def test_a_file_that_became_shorter_is_said(kept: int, work: Working, tmp_path: Path) -> None:
    """Once, with what stands before read; nothing is left out in silence."""
    path = tmp_path / "server.log"
    path.write_bytes(serving(400))
    listing = list_units([str(path)], limits=TINY)
    os.truncate(path, kept)

    fold = Fold(work(TINY).plan, limits=TINY, notices=listing.notices)
    for unit in listing.units:
        for part in read_unit(unit, work(TINY).plan, limits=TINY):
            fold.absorb(part)
    report = fold.report()

    assert [notice.detail.partition(";")[0] for notice in report.notices] == ["has become shorter since it was listed"]
    assert report.stats.bytes == kept


def test_a_file_that_is_gone_is_said_once(work: Working, tmp_path: Path) -> None:
    """Though each of its pieces was looked for."""
    path = tmp_path / "server.log"
    path.write_bytes(serving(400))
    listing = list_units([str(path)], limits=TINY)
    path.unlink()

    fold = Fold(work(TINY).plan, limits=TINY)
    for unit in listing.units:
        for part in read_unit(unit, work(TINY).plan, limits=TINY):
            fold.absorb(part)
    report = fold.report()

    assert len(listing.units) > 1
    assert (len(report.notices), report.stats.sources) == (1, 0)
